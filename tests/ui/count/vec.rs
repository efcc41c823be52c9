//! The number of layers in a `Vec` is known when the program runs.

use nnx::prelude::*;

#[derive(Module)]
struct Stack {
    blocks: Vec<Linear<U64, U64>>,
}

const _: () = assert!(Stack::PARAMETERS < 500_000);

fn main() {}
