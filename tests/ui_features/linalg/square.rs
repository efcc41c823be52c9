//! The matrix has 4 rows and 3 columns.

use nnx::prelude::*;

fn forward(a: Tensor![Batch, 4, 3]) {
    let _ = a.inverse();
}

fn main() {}
