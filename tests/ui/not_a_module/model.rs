//! A model without `#[derive(Module)]`.

use nnx::prelude::*;

struct Model {
    dense: Linear<U2, U3>,
}

fn main() {
    let model = Model { dense: Linear::init(&mut Rngs::new(0)) };
    let _ = Optimizer::new(&model, adam(1e-3));
}
