//! A bound is missing: that the axis is long enough.

use nnx::prelude::*;

fn head<B: Dim, D: Size>(x: Tensor![B, D]) -> Tensor![B, 2] {
    x.slice::<1, U0, U2>()
}

fn main() {}
