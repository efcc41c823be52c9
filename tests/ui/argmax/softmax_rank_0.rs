//! A number has no axis over which it could be normalized.

use nnx::prelude::*;

fn normalize(loss: Tensor![]) {
    let _ = loss.softmax();
}

fn main() {}
