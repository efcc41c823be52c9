//! Features are a size; the last axis here is time.

use nnx::prelude::*;

fn forward(layer: &Linear<U128, U10>, x: Tensor![Batch, Time]) {
    let _ = layer.infer(x);
}

fn main() {}
