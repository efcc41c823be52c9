//! Maxima without their indices.

use nnx::prelude::*;

fn back(x: Tensor![Batch, 4, 4, 3]) {
    let _ = MaxUnpool::<(U8, U8)>::new().infer(x);
}

fn main() {}
