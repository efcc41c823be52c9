//! A field that is a vector of a type that is no module.

use nnx::prelude::*;

struct Tokenizer;

#[derive(Module)]
struct Model {
    dense: Linear<U2, U3>,
    tokenizers: Vec<Tokenizer>,
}

fn main() {}
