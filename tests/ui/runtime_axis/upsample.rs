//! Twice the positions in time: a length without a name.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, Time, 16]) {
    let _ = x.upsample::<(U2,)>();
}

fn main() {}
