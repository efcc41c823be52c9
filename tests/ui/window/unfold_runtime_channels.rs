//! The channels of an image are a size: here a runtime axis is where they should be.

use nnx::prelude::*;

fn frames(samples: Tensor![Batch, 80, Time]) {
    let _ = samples.unfold::<(U3,), Same, _>();
}

fn main() {}
