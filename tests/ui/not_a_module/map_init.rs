//! `init` doesn't know how many layers a map has.

use nnx::prelude::*;
use std::collections::BTreeMap;

#[derive(Module)]
struct Model {
    heads: BTreeMap<usize, Linear<U2, U3>>,
}

fn main() {
    let _ = Model::init(&mut Rngs::new(0));
}
