//! A pool over a generic axis that may be a runtime axis.

use nnx::prelude::*;

fn half<T: Dim>(x: Tensor![Batch, T, 8]) {
    let _ = x.max_pool::<(U2,)>();
}

fn main() {}
