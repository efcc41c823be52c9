//! An axis renamed to one of a different size.

use nnx::prelude::*;

axis!(Heads = 8);

fn renamed(x: Tensor![Batch, 6]) {
    let _ = x.rename_axis::<1, Heads>();
}

fn main() {}
