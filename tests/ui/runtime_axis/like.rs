//! A skip connection that is no image.

use nnx::prelude::*;

axis!(Height, Width);

fn forward(x: Tensor![Batch, Height, Width, 16], skip: Tensor![Batch, Time, 16]) {
    let _ = x.resize_nearest_like(&skip);
}

fn main() {}
