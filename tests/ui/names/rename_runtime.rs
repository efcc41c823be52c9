//! The size of a runtime axis is known when the program runs, too late for a name with a size.

use nnx::prelude::*;

axis!(Heads = 8);

fn renamed(x: Tensor![Batch, Time]) {
    let _ = x.rename_axis::<1, Heads>();
}

fn main() {}
