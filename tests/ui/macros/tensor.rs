//! A missing element type after `;`.

use nnx::prelude::*;

fn count(_labels: Tensor![Batch; ]) {}

fn main() {}
