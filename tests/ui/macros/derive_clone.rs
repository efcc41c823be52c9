//! rustc's own derives don't look into macros in a generic struct.

use nnx::prelude::*;

#[derive(Debug, Clone)]
struct Example<B: Dim> {
    image: Tensor![B, 28, 28, 1],
}

fn main() {}
