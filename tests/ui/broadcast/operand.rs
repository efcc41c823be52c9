//! The right operand of a function is of another type.

use nnx::prelude::*;

fn larger(x: Tensor![3]) {
    let _ = x.maximum("0");
}

fn main() {}
