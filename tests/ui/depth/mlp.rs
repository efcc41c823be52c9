//! An `Mlp` without layers.

use nnx::models::Mlp;
use nnx::prelude::*;

struct Classifier {
    mlp: Mlp<U784, U256, U10, U0>,
}

fn main() {}
