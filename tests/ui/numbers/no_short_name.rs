//! Short names exist up to `U999`, and for some larger sizes that models often use.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    dense: Linear<U1700, U10>,
}

fn main() {}
