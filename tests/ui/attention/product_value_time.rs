//! `dot_product_attention` with 5 keys and 7 values.

use nnx::prelude::*;

fn attend(query: Tensor![Batch, 9, 8, 64], keys: Tensor![Batch, 5, 8, 64], values: Tensor![Batch, 7, 8, 64]) {
    let _ = dot_product_attention(query, keys, values, Causal);
}

fn main() {}
