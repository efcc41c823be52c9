//! A number has no axis of which to take the largest elements.

use nnx::prelude::*;

fn best(loss: Tensor![]) {
    let _ = loss.top_k::<1>();
}

fn main() {}
