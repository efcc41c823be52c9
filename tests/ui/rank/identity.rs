//! An identity matrix isn't square.

use nnx::prelude::*;

fn main() {
    let _ = <Tensor![3, 4]>::eye();
}
