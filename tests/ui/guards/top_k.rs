//! A bound is missing: that the axis, a parameter, has as many elements as are taken.

use nnx::prelude::*;

fn best<B: Dim, N: Size>(scores: Tensor![B, N]) -> Tensor![B, 5] {
    scores.top_k::<5>().0
}

fn main() {}
