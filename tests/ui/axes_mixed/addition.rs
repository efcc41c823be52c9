//! Two axes whose sizes are unknown never mix.

use nnx::prelude::*;

axis!(Tokens, Patches);

fn add(text: Tensor![Batch, Tokens, 64], image: Tensor![Batch, Patches, 64]) {
    let _ = text + image;
}

fn main() {}
