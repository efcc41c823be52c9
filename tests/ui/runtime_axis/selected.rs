//! How many elements a mask selects is known at run time only.

use nnx::prelude::*;

fn forward(x: Tensor![4], mask: Tensor![4; bool]) {
    let _ = x.masked_select::<U3, _>(&mask);
}

fn main() {}
