//! The matrices have 4 rows, the right sides 3.

use nnx::prelude::*;

fn forward(a: Tensor![Batch, 4, 4], b: Tensor![Batch, 3, 1]) {
    let _ = a.solve(b);
}

fn main() {}
