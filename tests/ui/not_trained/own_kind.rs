//! A kind of one's own that isn't a kind of `Param`.

use nnx::prelude::*;

kind!(Counter: kind::Variable);

fn main() {
    let model = Linear::<U2, U3>::init(&mut Rngs::new(0));
    let _ = Optimizer::of_kind::<Counter, _>(&model, adam(1e-3));
}
