//! `unfold` takes images with a batch and channels, not a matrix of pixels.

use nnx::prelude::*;

fn patches(image: Tensor![28, 28]) {
    let _ = image.unfold::<(U3, U3), Same, _>();
}

fn main() {}
