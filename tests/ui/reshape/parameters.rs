//! The formulas of parameters differ, though the numbers would be equal.

use nnx::prelude::*;

fn columns<B: Dim, H: Size, W: Size>(x: Tensor![B, H, W]) -> Tensor![B, { W * H }] {
    x.reshape()
}

fn main() {}
