//! A bound is missing: that the heads divide the width.

use nnx::prelude::*;

fn heads<D: Size, Heads: Size>(x: Tensor![Batch, Time, D]) {
    let _ = x.unflatten::<2, Heads>();
}

fn main() {}
