//! An encoder and a decoder of different kinds in one typed pipeline.

use nnx::models::{Autoencoder, Vae};
use nnx::prelude::*;

type Images = Tensor![Batch, 28, 28, 1];
type Code = Tensor![Batch, 16];

/// Images to codes, by convolutions.
#[derive(Module)]
#[module(sequential)]
struct Encoder {
    conv1: Conv<U1, U4, (U3, U3), Strided<U2>>,
    relu1: Relu,
    conv2: Conv<U4, U8, (U3, U3), Strided<U2>>,
    relu2: Relu,
    flatten: Flatten,
    code: Linear<dim!(7 * 7 * 8), U16>,
}

/// Codes to images, by transposed convolutions.
#[derive(Module)]
struct Decoder {
    start: Linear<U16, dim!(7 * 7 * 8)>,
    up1: ConvTranspose<U8, U4, (U3, U3), Strided<U2>>,
    up2: ConvTranspose<U4, U1, (U3, U3), Strided<U2>>,
}

impl<B: Dim> Layer<Tensor![B, 16]> for Decoder {
    type Output = Tensor![B, 28, 28, 1];

    fn forward(&self, code: Tensor![B, 16], pass: &mut Pass) -> Self::Output {
        let x: Tensor![B, 7, 7, 8] = self.start.forward(code, pass).relu().reshape();
        let x: Tensor![B, 14, 14, 4] = self.up1.forward(x, pass).relu();
        self.up2.forward(x, pass)
    }
}

/// Any encoder and any decoder of the same code. The type says that both have the same code.
#[derive(Module)]
struct EncoderDecoder<E, D> {
    encoder: E,
    decoder: D,
}

impl<X, Z, E: Layer<X, Output = Z>, D: Layer<Z>> Layer<X> for EncoderDecoder<E, D> {
    type Output = D::Output;

    fn forward(&self, x: X, pass: &mut Pass) -> Self::Output {
        let code = self.encoder.forward(x, pass);
        self.decoder.forward(code, pass)
    }
}

/// Two images, each a bright bar at a different place.
fn images() -> Images {
    let pixel = |i: usize| if (i / 28 % 28) / 9 == i / 784 { 1.0 } else { 0.0 };
    Tensor::from_vec((0..2 * 784).map(pixel).collect()).expect("two images")
}

#[test]
fn convolutions_encode_and_transposed_convolutions_decode() {
    let mut model = EncoderDecoder::<Encoder, Decoder>::init(&mut Rngs::new(0));
    let mut optimizer = Optimizer::new(&model, adam(1e-2));
    let mut losses = Vec::new();
    for _ in 0..60 {
        let (loss, grads) = value_and_grad(&mut model, |model, pass| {
            squared_error(model.forward(images(), pass), images()).mean()
        })
        .expect("gradients");
        optimizer.update(&mut model, grads).expect("an update");
        losses.push(loss);
    }
    assert!(losses[59] < losses[0] / 10.0, "{losses:?}");
}

#[test]
fn the_decoder_of_one_model_follows_the_encoder_of_another() {
    // The convolutional encoder of one model with the decoder of a variational autoencoder.
    let rngs = &mut Rngs::new(0);
    let (encoder, vae) = (Encoder::init(rngs), Vae::<dim!(28 * 28), U32, U16>::init(rngs));
    let code: Code = encoder.infer(images());
    let drawn: Tensor![Batch, 784] = vae.generate(code.clone());
    assert_eq!(drawn.dims().to_vec(), [2, 784]);
    // The same the other way round: the dense encoder with the decoder of transposed convolutions.
    let dense = Autoencoder::<dim!(28 * 28), U32, U16>::init(rngs);
    let code: Code = dense.encode(images().flatten(), &mut Pass::eval());
    let drawn: Images = Decoder::init(rngs).infer(code);
    assert_eq!(drawn.dims().to_vec(), [2, 28, 28, 1]);
}

#[test]
fn a_tuple_is_such_a_pipeline_too() {
    let rngs = &mut Rngs::new(0);
    let named = EncoderDecoder::<Encoder, Decoder>::init(&mut Rngs::new(0));
    let pair = (Encoder::init(rngs), Decoder::init(rngs));
    let (a, b): (Images, Images) = (named.infer(images()), pair.infer(images()));
    assert_eq!(a.to_vec(), b.to_vec());
}
