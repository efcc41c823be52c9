//! No traversal can change a layer in a set.

use nnx::prelude::*;
use std::collections::BTreeSet;

#[derive(Module)]
struct Model {
    layers: BTreeSet<Linear<U2, U3>>,
}

fn main() {}
