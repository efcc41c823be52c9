//! A bound is missing: that the image isn't empty. The method `x.adaptive_avg_pool()` needs none.

use nnx::prelude::*;

fn pooled<B: Dim, L: Size, C: Size>(x: Tensor![B, L, C]) -> Tensor![B, 7, C] {
    AdaptiveAvgPool::<(U7,)>::new().infer(x)
}

fn main() {}
