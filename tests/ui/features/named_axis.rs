//! The layer takes features, and the last axis of its input is time.

use nnx::prelude::*;

fn forward(layer: &Linear<U128, U10>, x: Tensor![Batch, Time]) {
    let _ = layer.infer(x);
}

fn main() {}
