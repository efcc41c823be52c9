//! A sum of an image and one of half the height.

use nnx::prelude::*;

axis!(Height, Width);

fn add(x: Tensor![Batch, Height, Width, 3], half: Tensor![Batch, QuotientUp<Height, U2>, Width, 3]) {
    let _ = x + half;
}

fn main() {}
