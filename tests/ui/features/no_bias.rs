//! `Relu` has no bias to leave out.

use nnx::prelude::*;

fn forward(_layer: &WithoutBias<Relu>) {}

fn main() {}
