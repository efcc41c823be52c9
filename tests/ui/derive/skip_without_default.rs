//! A skipped field is initialized by `Default`, which its type lacks.

use nnx::prelude::*;

struct Tokenizer;

#[derive(Module)]
struct Model {
    #[module(skip)]
    tokenizer: Tokenizer,
}

fn main() {
    let _ = Model::init(&mut Rngs::new(0));
}
