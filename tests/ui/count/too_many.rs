//! The model has more parameters than the program allows.

use nnx::prelude::*;

#[derive(Module)]
struct Mlp {
    hidden: Linear<U784, U512>,
    output: Linear<U512, U10>,
}

const _: () = assert!(Mlp::PARAMETERS < 400_000, "the model doesn't fit into the device");

fn main() {}
