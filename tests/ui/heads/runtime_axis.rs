//! Splitting an axis whose length the compiler doesn't know.

use nnx::prelude::*;

fn pairs(x: Tensor![Batch, Time, 64]) {
    let _ = x.unflatten::<1, U2>();
}

fn main() {}
