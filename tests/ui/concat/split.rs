//! `split` of an axis of 8 into 3 and 4: the sizes don't add up to 8.

use nnx::prelude::*;

fn parts(x: Tensor![Batch, 8]) {
    let _ = x.split::<1, U3, U4>();
}

fn main() {}
