//! An activation has no kernel to normalize.

use nnx::prelude::*;

fn wrap() {
    let _ = WeightNorm::new(Relu);
}

fn main() {}
