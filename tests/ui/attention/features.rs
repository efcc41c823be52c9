//! The attention takes 64 features, its input has 128.

use nnx::prelude::*;

fn attend(attention: &MultiHeadAttention<U4, U64>, x: Tensor![Batch, Time, 128]) {
    let _ = attention.infer(x);
}

fn main() {}
