//! A vector has no second axis to flatten with the first into a size.

use nnx::prelude::*;

fn flat(x: Tensor![12]) {
    let _ = x.flatten_axes_to::<0, U12>();
}

fn main() {}
