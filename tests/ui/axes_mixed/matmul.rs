//! The attention weights of one text times the values of another text.

use nnx::prelude::*;

axis!(Source, Target);

fn attend(scores: Tensor![Batch, Target, Target], values: Tensor![Batch, Source, 64]) {
    let _ = scores.matmul(values);
}

fn main() {}
