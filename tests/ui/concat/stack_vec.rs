//! The number of tensors in a `Vec` isn't known to the compiler.

use nnx::prelude::*;

fn stacked(rows: Vec<Tensor![3]>) {
    let _ = Tensor::stack::<0>(rows);
}

fn main() {}
