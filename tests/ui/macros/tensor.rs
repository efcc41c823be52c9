//! The type of the elements is forgotten.

use nnx::prelude::*;

fn count(_labels: Tensor![Batch; ]) {}

fn main() {}
