//! Attention scores of one text against the values of another.

use nnx::prelude::*;

axis!(Source, Target);

fn attend(scores: Tensor![Batch, Target, Target], values: Tensor![Batch, Source, 64]) {
    let _ = scores.matmul(values);
}

fn main() {}
