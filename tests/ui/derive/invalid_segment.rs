//! A segment of a path has no `/` in it, and is not empty.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    #[module(rename = "encoder/first")]
    first: Linear<U2, U3>,
    #[module(rename = "")]
    second: Linear<U2, U3>,
}

fn main() {}
