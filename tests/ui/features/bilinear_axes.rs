//! A bilinear layer whose inputs differ in more than the last axis.

use nnx::prelude::*;

fn forward(layer: &Bilinear<U4, U3, U8>, x: Tensor![Batch, Time, 4], z: Tensor![Batch, 3]) {
    let _ = layer.infer((x, z));
}

fn main() {}
