//! A skip connection to a length that was halved and doubled, which differs if the length is odd.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, Time, 16]) {
    let up = x.clone().max_pool::<(U2,)>().upsample::<(U2,)>();
    let _ = up.concat::<2, _>(x);
}

fn main() {}
