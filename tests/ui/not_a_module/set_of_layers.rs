//! A set of layers: the elements of a set can't be changed in place.

use nnx::prelude::*;
use std::collections::BTreeSet;

#[derive(Module)]
struct Model {
    layers: BTreeSet<Linear<U2, U3>>,
}

fn main() {}
