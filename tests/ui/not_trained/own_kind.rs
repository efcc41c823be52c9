//! A user's kind that isn't based on `Param`.

use nnx::prelude::*;

kind!(Counter: kind::Variable);

fn main() {
    let model = Linear::<U2, U3>::init(&mut Rngs::new(0));
    let _ = Optimizer::of_kind::<Counter, _>(&model, adam(1e-3));
}
