//! Sequences resized to the height and width of images.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, 4, 3]) {
    let _ = Resize::<(U8, U8)>::new().infer(x);
}

fn main() {}
