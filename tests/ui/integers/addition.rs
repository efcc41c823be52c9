//! Integers index, they don't add.

use nnx::prelude::*;

fn next(tokens: Tensor![Batch; i32]) {
    let _ = tokens.clone() + tokens;
}

fn main() {}
