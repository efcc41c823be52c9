//! Tokens are integers.

use nnx::prelude::*;

fn look_up(words: &Embed<U1000, U64>, tokens: Tensor![Batch, Time]) {
    let _ = words.infer(tokens);
}

fn main() {}
