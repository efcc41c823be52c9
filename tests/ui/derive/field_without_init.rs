//! A field that is a number, without its initial value.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    dense: Linear<U2, U3>,
    rate: f32,
}

fn main() {
    let _ = Model::init(&mut Rngs::new(0));
}
