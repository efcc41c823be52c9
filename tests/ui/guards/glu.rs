//! A bound is missing: that the features are even. The method `x.glu()` needs none.

use nnx::prelude::*;

fn gated<B: Dim, D: Size>(x: Tensor![B, D]) {
    let _ = nnx::nn::Glu.infer(x);
}

fn main() {}
