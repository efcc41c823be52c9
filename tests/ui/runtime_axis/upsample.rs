//! A skip connection that meets what was halved and doubled: where the length is odd it isn't the same.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, Time, 16]) {
    let up = x.clone().max_pool::<(U2,)>().upsample::<(U2,)>();
    let _ = up.concat::<2, _>(x);
}

fn main() {}
