//! A type parameter decides whether a field is a module.

use nnx::prelude::*;

struct Tokenizer;

#[derive(Module)]
struct Model<T> {
    dense: Linear<U2, U3>,
    tokenizer: Option<T>,
}

fn takes_module(_: &impl Module) {}

fn main() {
    let model = Model { dense: Init::init(&mut Rngs::new(0)), tokenizer: Some(Tokenizer) };
    takes_module(&model);
}
