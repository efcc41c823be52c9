//! A runtime axis renamed to an axis with a size: its length is known too late.

use nnx::prelude::*;

axis!(Heads = 8);

fn renamed(x: Tensor![Batch, Time]) {
    let _ = x.rename_axis::<1, Heads>();
}

fn main() {}
