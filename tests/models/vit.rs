//! `Vit`: patches, positions, and training.

use nnx::models::Vit;
use nnx::prelude::*;

use crate::support::{labels, numbers, overfits};

type Images<H, W, C> = Tensor![Batch, H, W, C];

#[test]
fn it_overfits_one_batch() {
    let images: Images<U12, U8, U1> = numbers(&[6, 12, 8, 1]);
    let labels = labels(6, 3);
    let model = Vit::<U12, U8, U4, U16, U4, U3, U1>::with_depth(2, &mut Rngs::new(0));
    let model = overfits(model, 150, 5e-3, 0.01, |model, pass| {
        softmax_cross_entropy(model.forward(images.clone(), pass), labels.clone()).mean()
    });
    assert_eq!(model.infer(images).argmax().to_vec(), labels.to_vec());
}

#[test]
fn the_tokens_follow_from_the_image_and_the_patch() {
    fn positions<H: Size, W: Size, P: Positive>() -> Vec<usize> {
        let model = Vit::<H, W, P, U12, U3, U10>::with_depth(1, &mut Rngs::new(0));
        let logits: Tensor![Batch, 10] = model.infer(numbers(&[2, H::USIZE, W::USIZE, 3]));
        assert_eq!(*logits.dims(), [2, 10]);
        let path = nnx::module::Path::parse("positions/embedding");
        state(&model).get(&path).expect("positions").array.dims().to_vec()
    }
    assert_eq!(positions::<U32, U32, U8>(), [17, 12]);
    assert_eq!(positions::<U24, U40, U4>(), [61, 12]);
    // An incomplete last patch counts, too.
    assert_eq!(positions::<U9, U8, U8>(), [3, 12]);
}

#[test]
fn it_has_the_parameters_of_the_paper_and_starts_without_a_preference() {
    let model = Vit::<U8, U8, U4, U8, U2, U5>::init(&mut Rngs::new(0));
    let blocks = 12 * (12 * 8 * 8 + 13 * 8);
    assert_eq!(parameters(&model), (48 + 1) * 8 + (2 + 4) * 8 + blocks + 16 + 9 * 5);
    let logits: Tensor![Batch, 5] = model.infer(numbers(&[2, 8, 8, 3]));
    assert_eq!(logits.to_vec(), [0.0; 10]);
}

/// Without position embeddings the order of the patches would make no difference.
#[test]
fn swapped_patches_make_another_image() {
    let images: Images<U4, U8, U1> = numbers(&[4, 4, 8, 1]);
    let turned = {
        let (left, right) = images.clone().split::<2, U4, U4>();
        right.concat::<2, _>(left)
    };
    let both: Images<U4, U8, U1> = {
        let pixels = [images.to_vec(), turned.to_vec()].concat();
        Tensor::from_vec(pixels).expect("eight images")
    };
    let classes: Tensor![Batch; i32] = Tensor::from_vec(vec![0, 0, 0, 0, 1, 1, 1, 1]).expect("8");
    let model = Vit::<U4, U8, U4, U16, U4, U2, U1>::with_depth(2, &mut Rngs::new(0));
    overfits(model, 300, 5e-3, 0.05, |model, pass| {
        softmax_cross_entropy(model.forward(both.clone(), pass), classes.clone()).mean()
    });
}
