//! A tensor of two axes has no axis 2.

use nnx::prelude::*;

axis!(Heads = 8);

fn renamed(x: Tensor![Batch, 8]) {
    let _ = x.rename_axis::<2, Heads>();
}

fn main() {}
