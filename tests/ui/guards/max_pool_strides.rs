//! A bound is missing: that the window fits into the length.

use nnx::prelude::*;

fn pooled<B: Dim, L: Size, C: Size>(x: Tensor![B, L, C]) {
    let _ = x.max_pool_with::<(U3,), Strided<U2>>();
}

fn main() {}
