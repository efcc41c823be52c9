//! A layer has weights for a number of features that the compiler knows.

use nnx::prelude::*;

axis!(Height, Width);

struct Model {
    head: Linear<dim!(Height * 8), U10>,
}

fn main() {}
