//! A field that is neither a module nor a plain value.

use nnx::prelude::*;

struct Tokenizer;

#[derive(Module)]
struct Model {
    tokenizer: Tokenizer,
    dense: Linear<U2, U3>,
}

fn main() {}
