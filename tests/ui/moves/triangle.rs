//! `tril` of a vector.

use nnx::prelude::*;

fn lower(x: Tensor![5]) -> Tensor![5] {
    x.tril(0)
}

fn main() {}
