//! The variants of an enum are no chain.

use nnx::prelude::*;

#[derive(Module)]
#[module(sequential)]
enum Model {
    Dense(Linear<U2, U3>),
}

fn main() {}
