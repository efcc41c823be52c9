//! The first convolution halves an image of 4 x 4, and the pool after it has windows of 3 x 3.

use nnx::models::SmallResNet;
use nnx::prelude::*;

fn classify(model: &SmallResNet<U10>, images: Tensor![Batch, 4, 4, 3]) {
    model.infer(images);
}

fn main() {}
