//! A scalar as an input of `vmap`: it has no members, and must be `Shared`.

use nnx::prelude::*;

fn scaled(x: Tensor![Batch, 3], scale: Tensor![]) -> Tensor![Batch, 3] {
    vmap(|(x, scale): (Tensor![3], Tensor![])| x * scale, (x, scale))
}

fn main() {}
