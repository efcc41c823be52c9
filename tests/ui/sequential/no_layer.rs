//! A field that is a module but no layer.

use nnx::prelude::*;

#[derive(Module)]
#[module(sequential)]
struct Mlp {
    hidden: Linear<U784, U128>,
    scale: Param<(U128,)>,
}

fn classify(model: &Mlp, images: Tensor![Batch, 784]) {
    let _ = model.infer(images);
}

fn main() {}
