//! Images with the channels first, as in PyTorch.

use nnx::prelude::*;

fn forward(conv: &Conv<U3, U16, (U3, U3)>, images: Tensor![Batch, 3, 32, 32]) {
    let _ = conv.infer(images);
}

fn main() {}
