//! A misspelt attribute.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    #[module(renam = "kernel_2")]
    dense: Linear<U2, U3>,
}

fn main() {
    let _ = Model::init(&mut Rngs::new(0));
}
