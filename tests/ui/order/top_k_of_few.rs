//! The five largest of fewer classes.

use nnx::prelude::*;

fn best(logits: Tensor![Batch, 3]) {
    let _ = logits.top_k::<5>();
}

fn main() {}
