//! The decoder takes 64 channels, the encoder gives 32.

use nnx::prelude::*;

fn forward(up: &ConvTranspose<U64, U16, (U2, U2), Strided<U2>>, x: Tensor![Batch, 7, 7, 32]) {
    let _ = up.infer(x);
}

fn main() {}
