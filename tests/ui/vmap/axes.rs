//! Inputs whose members are along axes of different sizes.

use nnx::prelude::*;

fn products(x: Tensor![4, 3], y: Tensor![5, 3]) -> Tensor![4] {
    vmap(|(x, y): (Tensor![3], Tensor![3])| (x * y).sum(), (x, y))
}

fn main() {}
