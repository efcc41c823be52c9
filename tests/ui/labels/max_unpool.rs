//! The image in place of the indices of its maxima.

use nnx::prelude::*;

fn back(x: Tensor![Batch, 8, 8, 3]) {
    let y = x.max_pool::<(U2, U2)>();
    let _ = y.clone().max_unpool::<(U8, U8), _>(y);
}

fn main() {}
