//! A layer computes with floating-point numbers.

use nnx::prelude::*;

fn forward(layer: &Linear<U784, U10>, pixels: Tensor![Batch, 784; u8]) {
    let _ = layer.infer(pixels);
}

fn main() {}
