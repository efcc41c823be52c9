//! Two fields at one path would overwrite each other in a checkpoint.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    first: Linear<U2, U3>,
    #[module(rename = "first")]
    second: Linear<U2, U3>,
}

fn main() {}
