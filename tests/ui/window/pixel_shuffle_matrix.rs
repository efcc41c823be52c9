//! `pixel_shuffle` takes images with a batch and channels, not a matrix of pixels.

use nnx::prelude::*;

fn larger(image: Tensor![28, 28]) {
    let _ = image.pixel_shuffle::<(U2, U2)>();
}

fn main() {}
