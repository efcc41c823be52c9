//! `eye` of a shape that isn't square.

use nnx::prelude::*;

fn main() {
    let _ = <Tensor![3, 4]>::eye();
}
