//! A tensor over merged axes, and one over the first of them only.

use nnx::prelude::*;

fn shifted(tokens: Tensor![Batch, Time, 8], shift: Tensor![Batch, 8]) {
    let _ = tokens.merge_axes() + shift;
}

fn main() {}
