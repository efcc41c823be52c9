//! `attend` of queries that are wider than the embeddings.

use nnx::prelude::*;

fn logits(words: &Embed<U1000, U64>, x: Tensor![Batch, Time, 128], pass: &Pass) {
    let _ = words.attend(x, pass);
}

fn main() {}
