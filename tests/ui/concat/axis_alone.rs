//! `concat` has two parameters: the axis, and the shape of the argument.

use nnx::prelude::*;

fn joined(x: Tensor![Batch, 3], y: Tensor![Batch, 4]) -> Tensor![Batch, 7] {
    x.concat::<1>(y)
}

fn main() {}
