//! A bilinear layer whose second input has other features.

use nnx::prelude::*;

fn forward(layer: &Bilinear<U4, U3, U8>, x: Tensor![Batch, 4], z: Tensor![Batch, 2]) {
    let _ = layer.infer((x, z));
}

fn main() {}
