//! The last layer takes 64 features, the one before gives 128.

use nnx::prelude::*;

type Mlp = Sequential<(Linear<U784, U128>, Relu, Linear<U64, U10>)>;

fn classify(model: &Mlp, images: Tensor![Batch, 784]) {
    let _ = model.infer(images);
}

fn main() {}
