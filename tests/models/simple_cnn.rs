//! `SimpleCnn`. Its goldens are compared in `tests/flax/simple_cnn.rs`.

use nnx::models::SimpleCnn;
use nnx::prelude::*;

use crate::support::{labels, numbers, overfits};

#[test]
fn it_overfits_one_batch() {
    let images: Tensor![Batch, 28, 28, 1] = numbers(&[8, 28, 28, 1]);
    let labels = labels(8, 5);
    let model = SimpleCnn::<U5>::init(&mut Rngs::new(0));
    let model = overfits(model, 60, 1e-3, 0.01, |model, pass| {
        softmax_cross_entropy(model.forward(images.clone(), pass), labels.clone()).mean()
    });
    assert_eq!(model.infer(images).argmax().to_vec(), labels.to_vec());
}
