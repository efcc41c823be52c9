//! A field of a variant whose type is no module.

use nnx::prelude::*;

struct Tokenizer;

#[derive(Module)]
enum Model {
    Dense(Linear<U2, U3>),
    Text { tokenizer: (Tokenizer, usize) },
}

fn main() {}
