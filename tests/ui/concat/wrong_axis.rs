//! The channels differ, so the images can be concatenated along axis 3 only.

use nnx::prelude::*;

fn join(x: Tensor![Batch, 7, 7, 64], y: Tensor![Batch, 7, 7, 32]) {
    let _ = x.concat::<2, _>(y);
}

fn main() {}
