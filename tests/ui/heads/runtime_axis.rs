//! The length of a sequence isn't known to the compiler, so that it can't be taken apart.

use nnx::prelude::*;

fn pairs(x: Tensor![Batch, Time, 64]) {
    let _ = x.unflatten::<1, U2>();
}

fn main() {}
