//! More elements than an axis has, along an axis that isn't the last.

use nnx::prelude::*;

fn best(scores: Tensor![3, 10]) {
    let _ = scores.top_k_axis::<0, U5>();
}

fn main() {}
