//! `skip` belongs on a field.

use nnx::prelude::*;

#[derive(Module)]
#[module(skip)]
struct Model {
    dense: Linear<U2, U3>,
}

fn main() {}
