//! The matrix has more columns than rows.

use nnx::prelude::*;

fn forward(a: Tensor![3, 4]) {
    let _ = a.qr();
}

fn main() {}
