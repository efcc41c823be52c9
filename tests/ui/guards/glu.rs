//! A bound is missing: that the features are even.

use nnx::prelude::*;

fn gated<B: Dim, D: Size>(x: Tensor![B, D]) {
    let _ = x.glu();
}

fn main() {}
