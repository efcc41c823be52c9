//! Integers of different widths don't mix.

use nnx::prelude::*;

fn next(tokens: Tensor![Batch; i64], steps: Tensor![Batch; i32]) {
    let _ = tokens + steps;
}

fn main() {}
