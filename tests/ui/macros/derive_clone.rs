//! `derive(Clone)` of a generic struct that has macros in the types of its fields.

use nnx::prelude::*;

#[derive(Debug, Clone)]
struct Example<B: Dim> {
    image: Tensor![B, 28, 28, 1],
}

fn main() {}
