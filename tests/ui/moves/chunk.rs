//! 3 chunks of an axis of 64.

use nnx::prelude::*;

fn gates(x: Tensor![Batch, 64]) {
    let [_input, _forget, _output] = x.chunk::<1, 3>();
}

fn main() {}
