//! A bound is missing: that the image isn't empty. The method `x.global_avg_pool()` needs none.

use nnx::prelude::*;

fn pooled<B: Dim, H: Size, W: Size, C: Size>(x: Tensor![B, H, W, C]) -> Tensor![B, C] {
    GlobalAvgPool.infer(x)
}

fn main() {}
