//! Maxima of sequences, put back into images.

use nnx::prelude::*;

fn back(x: Tensor![Batch, 4, 3], indices: Tensor![Batch, 4, 3; i32]) {
    let _ = x.max_unpool::<(U8, U8), _>(indices);
}

fn main() {}
