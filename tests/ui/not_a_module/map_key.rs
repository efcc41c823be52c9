//! A map whose keys are pairs: a pair can't be a segment of a path.

use nnx::prelude::*;
use std::collections::HashMap;

#[derive(Module)]
struct Model {
    heads: HashMap<(u8, u8), Linear<U2, U3>>,
}

fn main() {}
