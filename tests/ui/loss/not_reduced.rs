//! A loss function that returns a loss for each example, without `mean`.

use nnx::prelude::*;

fn train(model: &mut Linear<U784, U10>, images: Tensor![Batch, 784], labels: Tensor![Batch; i32]) {
    let _ = value_and_grad(model, |model, pass| {
        softmax_cross_entropy(model.forward(images, pass), labels)
    });
}

fn main() {}
