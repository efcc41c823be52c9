//! `ConvNext`: the paper's sizes, images of any size, blocks that start as the identity, and that it learns.

use nnx::models::{ConvNext, ConvNextBlock};
use nnx::prelude::*;

use crate::support::{labels, numbers, overfits};

#[test]
fn it_has_as_many_parameters_as_in_the_paper() {
    let rngs = &mut Rngs::new(0);
    assert_eq!(parameters(&ConvNext::<U1000>::init(rngs)), 28_589_128);
    // Of a deeper one what the blocks add: 18 of 384 channels.
    const _: () = assert!(18 * ConvNextBlock::<U384>::PARAMETERS == 50_223_688 - 28_589_128);
}

#[test]
fn a_new_block_is_nearly_the_identity() {
    let x: Tensor![Batch, 9, 8, 4] = numbers(&[2, 9, 8, 4]);
    let block = ConvNextBlock::<U4>::init(&mut Rngs::new(0));
    let y: Tensor![Batch, 9, 8, 4] = block.infer(x.clone());
    for (x, y) in x.to_vec().into_iter().zip(y.to_vec()) {
        assert!((x - y).abs() < 1e-4, "{x} {y}");
    }
}

/// Compiles for any height, width and number of channels.
fn logits<B: Dim, H: Size, W: Size, C: Size>(
    model: &ConvNext<U3, C, U1>,
    x: Tensor![B, H, W, 1],
) -> Tensor![B, 3] {
    model.infer(x)
}

#[test]
fn one_model_takes_images_of_any_size() {
    let model = ConvNext::<U3, U2, U1>::with_depths([1, 0, 2, 1], &mut Rngs::new(0));
    let wide: Tensor![Batch, 33, 64, 1] = numbers(&[2, 33, 64, 1]);
    assert_eq!(*logits(&model, wide).dims(), [2, 3]);
    let one: Tensor![1, 1, 1, 1] = numbers(&[1, 1, 1, 1]);
    assert!(logits(&model, one).to_vec().iter().all(|y| y.is_finite()));
}

#[test]
fn it_overfits_one_batch() {
    let images: Tensor![Batch, 32, 32, 1] = numbers(&[6, 32, 32, 1]);
    let labels = labels(6, 3);
    let model = ConvNext::<U3, U4, U1>::with_depths([1, 1, 1, 1], &mut Rngs::new(0));
    overfits(model, 100, 3e-3, 0.05, |model, pass| {
        softmax_cross_entropy(model.forward(images.clone(), pass), labels.clone()).mean()
    });
}
