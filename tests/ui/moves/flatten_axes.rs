//! One of two axes that are merged is a runtime axis.

use nnx::prelude::*;

fn steps(x: Tensor![Batch, Time, 3]) {
    let _ = x.flatten_axes::<0>();
}

fn main() {}
