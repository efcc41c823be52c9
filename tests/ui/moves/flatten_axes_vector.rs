//! A vector has no second axis to flatten with the first.

use nnx::prelude::*;

fn flat(x: Tensor![12]) {
    let _ = x.flatten_axes::<0>();
}

fn main() {}
