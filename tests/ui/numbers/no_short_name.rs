//! Short names end at `U999`, but for the sizes that models use most.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    dense: Linear<U1700, U10>,
}

fn main() {}
