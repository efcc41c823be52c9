//! A vector of what is no module.

use nnx::prelude::*;

struct Tokenizer;

#[derive(Module)]
struct Model {
    dense: Linear<U2, U3>,
    tokenizers: Vec<Tokenizer>,
}

fn main() {}
