//! Padding of height and width of an image that was flattened.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, 784]) {
    let _ = Pad::<(U1, U1), (U1, U1)>::new().infer(x);
}

fn main() {}
