//! Layers without a bias, and `Identity`.

use nnx::module::{Cost, ReceptiveField};
use nnx::prelude::*;

type Bare = WithoutBias<Conv<U2, U4, (U3, U3), Strided<U2>>>;
type Image = Tensor![1, 8, 8, 2];

const _: () = assert!(Bare::PARAMETERS == 9 * 2 * 4);
const _: () = assert!(Bare::PARAMETER_BYTES == 4 * Bare::PARAMETERS);
const _: () = assert!(WithoutBias::<LinearGeneral<U3, (U2, U5)>>::PARAMETERS == 30);
const _: () = assert!(WithoutBias::<ConvTranspose<U2, U4, (U3,)>>::PARAMETERS == 24);
const _: () = assert!(WithoutBias::<Bilinear<U3, U2, U4>>::PARAMETERS == 24);
const _: () = assert!(WithoutBias::<Linear<U3, U2, f64>>::PARAMETER_BYTES == 48);
const _: () = assert!(<Bare as ReceptiveField<2>>::FIELD[0] == 3);
const _: () = assert!(<(Identity, Bare) as ReceptiveField<2>>::STRIDE[0] == 2);

#[test]
fn it_equals_the_layer_whose_options_have_no_bias() {
    let bare = Bare::init(&mut Rngs::new(0));
    let told = Conv::<U2, U4, (U3, U3), Strided<U2>>::with(
        &KernelOptions::default().without_bias(),
        &mut Rngs::new(0),
    );
    assert_eq!(bare.kernel.value().to_vec(), told.kernel.value().to_vec());
    let paths: Vec<String> = state(&bare).iter().map(|(path, _)| path.to_string()).collect();
    assert_eq!(paths, ["kernel"]);
    let image = Image::ones();
    assert_eq!(bare.infer(image.clone()).to_vec(), told.infer(image).to_vec());
}

#[test]
fn a_bilinear_layer_without_its_bias_is_linear_in_each_input() {
    let layer = WithoutBias::<Bilinear<U3, U2, U4>>::init(&mut Rngs::new(0));
    let told =
        Bilinear::<U3, U2, U4>::with(&KernelOptions::default().without_bias(), &mut Rngs::new(0));
    let (x, z) = (Tensor::from([[1.0, -2.0, 0.5]]), Tensor::from([[3.0, 4.0]]));
    let y = layer.infer((x.clone(), z.clone()));
    assert_eq!(y.clone().to_vec(), told.infer((x.clone(), z.clone())).to_vec());
    assert_eq!(layer.infer((x.clone() * 2.0, z.clone() * 4.0)).to_vec(), (y * 8.0).to_vec());
    assert_eq!(layer.infer((x, z.zeros_like())).to_vec(), [0.0; 4]);
    assert!(layer.bias.is_none());
}

#[test]
fn it_draws_one_key_and_uses_the_given_initializer() {
    let rngs = &mut Rngs::new(0);
    let ones = KernelOptions::default().kernel(nnx::random::init::ones());
    let first = WithoutBias::<Linear<U3, U2>>::with(&ones, rngs);
    assert_eq!(first.kernel.value().to_vec(), [1.0; 6]);
    let mut expected = Rngs::new(0);
    let _ = expected.params();
    let (second, reference) = (Linear::<U3, U2>::init(rngs), Linear::<U3, U2>::init(&mut expected));
    assert_eq!(second.kernel.value().to_vec(), reference.kernel.value().to_vec());
}

#[test]
fn constants_are_what_a_run_counts() {
    type Chain = (Identity, Bare, Identity);
    let model = Chain::init(&mut Rngs::new(0));
    let image = Image::from_vec(vec![0.5; 8 * 8 * 2]).expect("one image");
    let table = summary_of_pass(&model, image);
    assert_eq!(Chain::PARAMETERS, table.parameters());
    assert_eq!(<Chain as Cost<Image>>::FLOPS, table.flops());
    assert_eq!(<Chain as Cost<Image>>::ACTIVATION_BYTES, table.activation_bytes as u64);
}

#[test]
fn its_kernel_learns_and_can_be_replaced() {
    let mut layer = WithoutBias::<Linear<U3, U2>>::init(&mut Rngs::new(0));
    layer.kernel.replace(Tensor::ones());
    assert_eq!(layer.infer(Tensor::from([1.0, 2.0, 3.0])).to_vec(), [6.0, 6.0]);
    let (_, gradient) = value_and_grad(&mut layer, |layer, pass| {
        layer.forward(Tensor::from([1.0, 2.0, 3.0]), pass).sum()
    })
    .expect("gradients");
    let found: Vec<Vec<f32>> =
        gradient.iter().map(|(_, entry)| entry.array.to_vec().expect("f32")).collect();
    assert_eq!(found, [[1.0, 1.0, 2.0, 2.0, 3.0, 3.0]]);
}
