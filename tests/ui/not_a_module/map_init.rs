//! `init` of a map of layers: it can't know their number.

use nnx::prelude::*;
use std::collections::BTreeMap;

#[derive(Module)]
struct Model {
    heads: BTreeMap<usize, Linear<U2, U3>>,
}

fn main() {
    let _ = Model::init(&mut Rngs::new(0));
}
