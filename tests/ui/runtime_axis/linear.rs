//! A linear layer on a runtime axis: the number of its weights must be known to the compiler.

use nnx::prelude::*;

axis!(Height, Width);

struct Model {
    head: Linear<dim!(Height * 8), U10>,
}

fn main() {}
