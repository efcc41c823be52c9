//! `UNet`: images of any size, gradients on both sides of the skip connections, and training.

use nnx::models::{UNet, UNetLevel};
use nnx::prelude::*;

use crate::support::{numbers, overfits};

const _: () = assert!(UNet::<U2>::PARAMETERS == 31_037_698);

#[test]
fn the_compiler_counts_what_the_model_has() {
    type Small = UNet<U5, U3, U2>;
    assert_eq!(parameters(&Small::init(&mut Rngs::new(0))), Small::PARAMETERS);
}

/// Compiles for any height and width.
fn segment<B: Dim, H: Size, W: Size>(
    model: &UNet<U5, U3, U2>,
    x: Tensor![B, H, W, 3],
) -> Tensor![B, H, W, 5] {
    model.infer(x)
}

#[test]
fn the_output_has_the_size_of_the_input_whatever_it_is() {
    let model = UNet::init(&mut Rngs::new(0));
    let even: Tensor![Batch, 16, 32, 3] = numbers(&[2, 16, 32, 3]);
    assert_eq!(*segment(&model, even).dims(), [2, 16, 32, 5]);
    let odd: Tensor![Batch, 13, 7, 3] = numbers(&[2, 13, 7, 3]);
    assert_eq!(*segment(&model, odd).dims(), [2, 13, 7, 5]);
    let pixel: Tensor![1, 1, 1, 3] = numbers(&[1, 1, 1, 3]);
    assert!(segment(&model, pixel).to_vec().iter().all(|y| y.is_finite()));
}

#[test]
fn any_layer_that_doubles_the_channels_fits_below_a_level() {
    let one = UNetLevel::<U1, U2, Conv<U2, U4, (U1, U1)>>::init(&mut Rngs::new(0));
    let x: Tensor![Batch, 5, 4, 1] = numbers(&[2, 5, 4, 1]);
    let y: Tensor![Batch, 5, 4, 2] = one.infer(x);
    assert_eq!(*y.dims(), [2, 5, 4, 2]);
}

#[test]
fn gradients_reach_both_sides_of_the_skips() {
    let mut model = UNet::<U5, U3, U2>::init(&mut Rngs::new(0));
    let x: Tensor![Batch, 17, 16, 3] = numbers(&[2, 17, 16, 3]);
    let (_, gradients) =
        value_and_grad(&mut model, |model, pass| model.forward(x, pass).square().mean())
            .expect("gradients");
    for (path, entry) in gradients.iter() {
        let zero = entry.array.to_vec::<f32>().expect("f32").iter().all(|&x| x == 0.0);
        assert!(!zero, "no gradient reaches {path}");
    }
}

#[test]
fn it_overfits_one_batch() {
    let images: Tensor![Batch, 12, 12, 1] = numbers(&[2, 12, 12, 1]);
    // The class of a pixel: dark, grey or light.
    let classes = images.to_vec().into_iter().map(|x| ((x + 1.0) * 1.5) as i32).collect();
    let classes: Tensor![Batch, 12, 12; i32] = Tensor::from_vec(classes).expect("two images");
    let model = UNet::<U3, U1, U4>::init(&mut Rngs::new(0));
    overfits(model, 100, 1e-2, 0.1, |model, pass| {
        softmax_cross_entropy(model.forward(images.clone(), pass), classes.clone()).mean()
    });
}
