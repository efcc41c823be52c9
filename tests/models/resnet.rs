//! `ResNet`: the sizes of its family, images of any size, and training.

use nnx::models::{
    BasicBlock, Bottleneck, Projected, ResNet18, ResNet34, ResNet50, ResNet101, ResNet152,
};
use nnx::prelude::*;

use crate::support::{labels, numbers, overfits};

const _: () = assert!(ResNet18::<U1000>::PARAMETERS == 11_689_512);
const _: () = assert!(ResNet34::<U1000>::PARAMETERS == 21_797_672);
const _: () = assert!(ResNet50::<U1000>::PARAMETERS == 25_557_032);
const _: () = assert!(ResNet101::<U1000>::PARAMETERS == 44_549_160);
const _: () = assert!(ResNet152::<U1000>::PARAMETERS == 60_192_808);

#[test]
fn the_compiler_counts_what_the_model_has() {
    let basic = ResNet18::<U10, U1, U4>::init(&mut Rngs::new(0));
    assert_eq!(parameters(&basic), ResNet18::<U10, U1, U4>::PARAMETERS);
    let bottleneck = ResNet50::<U10, U1, U4>::init(&mut Rngs::new(0));
    assert_eq!(parameters(&bottleneck), ResNet50::<U10, U1, U4>::PARAMETERS);
}

#[test]
fn blocks_keep_the_shape_or_project_it() {
    let rngs = &mut Rngs::new(0);
    let keeps = BasicBlock::<U4>::init(rngs);
    let x: Tensor![Batch, 5, 7, 4] = numbers(&[2, 5, 7, 4]);
    let y: Tensor![Batch, 5, 7, 4] = keeps.infer(x.clone());
    // The last operation is a relu.
    assert!(y.to_vec().iter().all(|&y| y >= 0.0));
    let halves = Bottleneck::<U4, U2, U8, U2, Projected<U4, U8, U2>>::init(rngs);
    let y: Tensor![Batch, 3, 4, 8] = halves.infer(x);
    assert_eq!(*y.dims(), [2, 3, 4, 8]);
}

/// Compiles for any height and width: that is the test.
fn logits<B: Dim, H: Size, W: Size>(
    model: &ResNet50<U3, U2, U2>,
    x: Tensor![B, H, W, 2],
) -> Tensor![B, 3] {
    model.infer(x)
}

#[test]
fn one_model_takes_images_of_any_size() {
    let model = ResNet50::<U3, U2, U2>::init(&mut Rngs::new(0));
    let one: Tensor![1, 1, 1, 2] = numbers(&[1, 1, 1, 2]);
    assert!(logits(&model, one).to_vec().iter().all(|y| y.is_finite()));
    let wide: Tensor![Batch, 33, 100, 2] = numbers(&[2, 33, 100, 2]);
    assert_eq!(*logits(&model, wide).dims(), [2, 3]);
}

#[test]
fn it_overfits_one_batch() {
    let images: Tensor![Batch, 32, 32, 1] = numbers(&[6, 32, 32, 1]);
    let labels = labels(6, 3);
    let model = ResNet18::<U3, U1, U8>::init(&mut Rngs::new(0));
    overfits(model, 20, 3e-3, 0.05, |model, pass| {
        softmax_cross_entropy(model.forward(images.clone(), pass), labels.clone()).mean()
    });
}

#[test]
fn bottlenecks_overfit_one_batch() {
    let images: Tensor![Batch, 32, 32, 1] = numbers(&[6, 32, 32, 1]);
    let labels = labels(6, 3);
    let model = ResNet50::<U3, U1, U8>::init(&mut Rngs::new(0));
    overfits(model, 40, 3e-3, 0.05, |model, pass| {
        softmax_cross_entropy(model.forward(images.clone(), pass), labels.clone()).mean()
    });
}
