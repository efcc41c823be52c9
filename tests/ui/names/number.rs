//! A number isn't a named axis of that size.

use nnx::prelude::*;

axis!(Classes = 10);

fn shifted(logits: Tensor![Batch, Classes]) -> Tensor![Batch, Classes] {
    logits + Tensor::from([0.5; 10])
}

fn main() {}
