//! The last layer takes 64 features, the one before gives 128.

use nnx::prelude::*;

#[derive(Module)]
#[module(sequential)]
struct Mlp {
    hidden: Linear<U784, U128>,
    relu: Relu,
    output: Linear<U64, U10>,
}

fn classify(model: &Mlp, images: Tensor![Batch, 784]) {
    let _ = model.infer(images);
}

fn main() {}
