//! A bound is missing: that there is something to pool.

use nnx::prelude::*;

fn pooled<B: Dim, L: Size, C: Size>(x: Tensor![B, L, C]) -> Tensor![B, 7, C] {
    x.adaptive_avg_pool::<(U7,)>()
}

fn main() {}
