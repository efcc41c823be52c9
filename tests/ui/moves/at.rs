//! `at` of axis 2: the shape has the axes 0 and 1.

use nnx::prelude::*;

fn last(x: Tensor![Batch, 4]) -> Tensor![Batch] {
    x.at::<2>(-1)
}

fn main() {}
