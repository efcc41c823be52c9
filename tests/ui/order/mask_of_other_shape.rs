//! A mask has the shape of the tensor, or broadcasts to it.

use nnx::prelude::*;

fn mean(losses: Tensor![Batch, 8], padding: Tensor![Batch; bool]) {
    let _ = losses.mean_where(padding);
}

fn main() {}
