//! `ConvNext`: the paper's sizes, images of any size, blocks that are the identity at first, and training.

use nnx::models::{ConvNext, ConvNextBlock};
use nnx::prelude::*;

use crate::support::{labels, numbers, overfits};

/// The parameters of a network of width C, for images of 3 channels: its depth is no part of the type, so
/// that the compiler counts its layers one by one.
pub(crate) const fn counted<C: Size, Classes: Size>([one, two, three, four]: [usize; 4]) -> usize {
    type Times<C, N> = Product<C, N>;
    const fn halving<In: Size>() -> usize {
        LayerNorm::<In>::PARAMETERS + Conv::<In, Times<In, U2>, (U2, U2), Strided<U2>>::PARAMETERS
    }
    Conv::<U3, C, (U4, U4), Strided<U4>>::PARAMETERS
        + LayerNorm::<C>::PARAMETERS
        + one * ConvNextBlock::<C>::PARAMETERS
        + halving::<C>()
        + two * ConvNextBlock::<Times<C, U2>>::PARAMETERS
        + halving::<Times<C, U2>>()
        + three * ConvNextBlock::<Times<C, U4>>::PARAMETERS
        + halving::<Times<C, U4>>()
        + four * ConvNextBlock::<Times<C, U8>>::PARAMETERS
        + LayerNorm::<Times<C, U8>>::PARAMETERS
        + Linear::<Times<C, U8>, Classes>::PARAMETERS
}
const _: () = assert!(counted::<U96, U1000>([3, 3, 9, 3]) == 28_589_128);
const _: () = assert!(counted::<U96, U1000>([3, 3, 27, 3]) == 50_223_688);
const _: () = assert!(counted::<U128, U1000>([3, 3, 27, 3]) == 88_591_464);

#[test]
fn it_has_as_many_parameters_as_its_layers() {
    let rngs = &mut Rngs::new(0);
    assert_eq!(parameters(&ConvNext::<U5, U4>::init(rngs)), counted::<U4, U5>([3, 3, 9, 3]));
    let other = ConvNext::<U5, U4>::with_depths([2, 0, 1, 4], rngs);
    assert_eq!(parameters(&other), counted::<U4, U5>([2, 0, 1, 4]));
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
