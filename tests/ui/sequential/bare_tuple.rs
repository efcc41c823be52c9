//! A tuple of layers whose sizes don't match.

use nnx::prelude::*;

fn classify(model: &(Linear<U784, U128>, Linear<U64, U10>), images: Tensor![Batch, 784], pass: &mut Pass) {
    let _ = model.forward(images, pass);
}

fn main() {}
