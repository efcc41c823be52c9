//! Causal padding, which a transposed convolution doesn't have.

use nnx::prelude::*;

fn forward(conv: &ConvTranspose<U3, U8, (U3,), (Strided<U2>, Causal)>, x: Tensor![Batch, 8, 3]) {
    let _ = conv.infer(x);
}

fn main() {}
