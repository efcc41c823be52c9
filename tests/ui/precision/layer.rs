//! A layer of f32 on an input of f64.

use nnx::prelude::*;

fn forward(layer: &Linear<U784, U10>, x: Tensor![Batch, 784; f64]) {
    let _ = layer.infer(x);
}

fn main() {}
