//! Blocks of models on images with a different number of channels.

use nnx::models::{MbConv, SqueezeExcite};
use nnx::prelude::*;

fn forward(weights: &SqueezeExcite<U8, U2>, block: &MbConv<U3, U8, U6>, x: Tensor![1, 6, 6, 4]) {
    let _ = weights.infer(x.clone());
    let _ = block.infer(x);
}

fn main() {}
