//! Indices are integers.

use nnx::prelude::*;

fn look_up(table: Tensor![1000, 64], tokens: Tensor![Batch]) {
    let _ = table.gather(tokens);
}

fn main() {}
