//! A bound is missing: that there is something to pool.

use nnx::prelude::*;

fn pooled<B: Dim, H: Size, W: Size, C: Size>(x: Tensor![B, H, W, C]) -> Tensor![B, C] {
    x.global_avg_pool()
}

fn main() {}
