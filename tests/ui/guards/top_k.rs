//! A bound is missing: that the axis, a parameter, has at least k elements.

use nnx::prelude::*;

fn best<B: Dim, N: Size>(scores: Tensor![B, N]) -> Tensor![B, 5] {
    scores.top_k::<5>().0
}

fn main() {}
