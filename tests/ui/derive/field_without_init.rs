//! A number has no beginning of its own.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    dense: Linear<U2, U3>,
    rate: f32,
}

fn main() {
    let _ = Model::init(&mut Rngs::new(0));
}
