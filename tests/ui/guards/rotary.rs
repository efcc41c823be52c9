//! A bound is missing: that the features are even.

use nnx::prelude::*;

fn turned<B: Dim, T: Dim, D: Size>(x: Tensor![B, T, D]) {
    let _ = Rotary::default().infer(x);
}

fn main() {}
