//! `dot_product_attention` with 3 heads of keys for 8 heads of queries.

use nnx::prelude::*;

fn attend(query: Tensor![Batch, 9, 8, 64], memory: Tensor![Batch, 5, 3, 64]) {
    let _ = dot_product_attention(query, memory.clone(), memory, ());
}

fn main() {}
