//! A bilinear layer whose first input has other features.

use nnx::prelude::*;

fn forward(layer: &Bilinear<U4, U3, U8>, x: Tensor![Batch, 5], z: Tensor![Batch, 3]) {
    let _ = layer.infer((x, z));
}

fn main() {}
