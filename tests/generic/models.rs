//! The models of `benches/compile`, generic in all their sizes, with bounds on the parameters only: they
//! compile, and they run.

use nnx::prelude::*;

#[path = "../../benches/compile/crates/nnx/generic/cnn.rs"]
#[allow(unreachable_pub, reason = "a crate of its own in the benchmark")]
mod cnn;
#[path = "../../benches/compile/crates/nnx/generic/encoder_decoder.rs"]
#[allow(unreachable_pub, reason = "a crate of its own in the benchmark")]
mod encoder_decoder;
#[path = "../../benches/compile/crates/nnx/generic/pyramid.rs"]
#[allow(unreachable_pub, reason = "a crate of its own in the benchmark")]
mod pyramid;
#[path = "../../benches/compile/crates/nnx/generic/resnet50.rs"]
#[allow(unreachable_pub, reason = "a crate of its own in the benchmark")]
mod resnet50;
#[path = "../../benches/compile/crates/nnx/generic/u_net.rs"]
#[allow(unreachable_pub, reason = "a crate of its own in the benchmark")]
mod u_net;
#[path = "../../benches/compile/crates/nnx/generic/vit.rs"]
#[allow(unreachable_pub, reason = "a crate of its own in the benchmark")]
mod vit;

fn images<H: Size, W: Size, C: Size>() -> Tensor![Batch, H, W, C] {
    Tensor::from_vec(vec![0.5; H::USIZE * W::USIZE * C::USIZE]).expect("one image")
}

fn model<M: Init>() -> M {
    M::init(&mut Rngs::new(0))
}

#[test]
fn each_takes_the_sizes_that_it_is_used_with() {
    let odd: Tensor![Batch, 10] = model::<cnn::Cnn<U5, U7, U3, U10>>().infer(images());
    assert_eq!(*odd.dims(), [1, 10]);
    let logits: Tensor![Batch, 33, 40, 2] = model::<u_net::UNet<U2, U2>>().infer(images());
    assert_eq!(*logits.dims(), [1, 33, 40, 2]);
    let logits: Tensor![Batch, 10] =
        model::<resnet50::ResNet50<U4, U10>>().infer(images::<U40, U33, U3>());
    assert_eq!(*logits.dims(), [1, 10]);
    let logits: Tensor![Batch, 10] = model::<pyramid::Pyramid<U20, U33, U4, U10>>().infer(images());
    assert_eq!(*logits.dims(), [1, 10]);
    let logits: Tensor![Batch, 10] = model::<vit::Vit<U20, U16, U4, U8, U2, U10>>().infer(images());
    assert_eq!(*logits.dims(), [1, 10]);
}

#[test]
fn source_and_target_have_lengths_of_their_own() {
    nnx::axis!(Source);
    let source: Tensor![Batch, Source; i32] =
        Tensor::from_shape_vec(&[2, 5], vec![1; 10]).expect("two sentences");
    let target: Tensor![Batch, Time; i32] =
        Tensor::from_shape_vec(&[2, 3], vec![2; 6]).expect("two sentences");
    let model = model::<encoder_decoder::Translator<U65, U8, U2>>();
    let logits: Tensor![Batch, Time, 65] = model.infer((source, target));
    assert_eq!(*logits.dims(), [2, 3, 65]);
}

/// Halves by the pool's default padding, as one would write them.
fn naive<B: Dim, H: Size, W: Size, C: Size>(
    x: Tensor![B, H, W, C],
) -> Tensor![B, Quotient<Quotient<H, U2>, U2>, Quotient<Quotient<W, U2>, U2>, C] {
    x.max_pool::<(U2, U2)>().avg_pool::<(U2, U2)>()
}

#[test]
fn a_pool_of_parameters_is_that_of_known_sizes() {
    let numbers: Vec<f32> = (0..11 * 9).map(|i| (i * 7 % 31) as f32).collect();
    let x: Tensor![1, 11, 9, 1] = Tensor::from_vec(numbers).expect("one image");
    let known: Tensor![1, 2, 2, 1] = x.clone().max_pool::<(U2, U2)>().avg_pool::<(U2, U2)>();
    assert_eq!(naive(x.clone()).to_vec(), known.to_vec());

    fn smallest<L: Size, W: Positive>(x: Tensor![1, L, 1]) -> Tensor![1, Quotient<L, W>, 1] {
        x.min_pool::<(W,)>()
    }
    let row: Tensor![1, 99, 1] = x.reshape();
    let known: Tensor![1, 33, 1] = row.clone().min_pool::<(U3,)>();
    assert_eq!(smallest::<U99, U3>(row).to_vec(), known.to_vec());
}

/// The output size of a convolution and a pool without padding, for a parameter, is the type that one would write by
/// hand.
fn unpadded<B: Dim, H: Fits<U3>, C: Size>(
    conv: &Conv<C, C, (U3,), Valid>,
    wide: &Conv<C, C, (U3,), (Strided<U2>, Valid)>,
    x: Tensor![B, H, C],
) -> (Tensor![B, Difference<H, U2>, C], Tensor![B, Windows<H, U3, U2>, C]) {
    (conv.infer(x.clone()), wide.infer(x))
}

#[test]
fn a_convolution_without_padding_takes_off_the_window_but_one() {
    let x: Tensor![1, 10, 2] = Tensor::ones();
    let (narrow, wide): (Tensor![1, 8, 2], Tensor![1, 4, 2]) = unpadded(&model(), &model(), x);
    assert_eq!((narrow.to_vec().len(), wide.to_vec().len()), (16, 8));
}
