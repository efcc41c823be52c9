//! The output of `vmap` has the members as its first axis.

use nnx::prelude::*;

fn norms(x: Tensor![Batch, 3]) -> Tensor![3] {
    vmap(|x: Tensor![3]| x.square().sum(), x)
}

fn main() {}
