//! A number has no axis along which something could be largest.

use nnx::prelude::*;

fn largest(loss: Tensor![]) {
    let _ = loss.argmax();
}

fn main() {}
