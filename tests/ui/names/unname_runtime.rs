//! A runtime axis is no more than a name.

use nnx::prelude::*;

fn unnamed(x: Tensor![Batch, 8]) {
    let _ = x.unname_axis::<0>();
}

fn main() {}
