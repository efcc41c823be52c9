//! A row for each position of a sequence, and one for each sequence.

use nnx::prelude::*;

fn shifted(tokens: Tensor![Batch, Time, 8], shift: Tensor![Batch, 8]) {
    let _ = tokens.merge_axes() + shift;
}

fn main() {}
