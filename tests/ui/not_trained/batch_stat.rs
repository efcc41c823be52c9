//! An optimizer of running statistics, which aren't trained.

use nnx::prelude::*;

fn main() {
    let model = Linear::<U2, U3>::init(&mut Rngs::new(0));
    let _ = Optimizer::of_kind::<kind::BatchStat, _>(&model, adam(1e-3));
}
