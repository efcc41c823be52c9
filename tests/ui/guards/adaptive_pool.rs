//! A bound is missing: that there is something to pool. The method `x.adaptive_avg_pool()` needs none.

use nnx::prelude::*;

fn pooled<B: Dim, L: Size, C: Size>(x: Tensor![B, L, C]) -> Tensor![B, 7, C] {
    AdaptiveAvgPool::<(U7,)>::new().infer(x)
}

fn main() {}
