//! The loss function returns a number instead of a tensor: it has no gradient.

use nnx::prelude::*;

fn train(model: &mut Linear<U784, U10>, images: Tensor![Batch, 784]) {
    let _ = value_and_grad(model, |model, pass| model.forward(images, pass).mean().item());
}

fn main() {}
