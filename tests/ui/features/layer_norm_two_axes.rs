//! The layer norm is over the last two axes, of which the first differs.

use nnx::prelude::*;

fn forward(norm: &LayerNorm<(U8, U16)>, x: Tensor![Batch, 4, 16]) {
    let _ = norm.infer(x);
}

fn main() {}
