//! An autoencoder: an encoder to a short code, and a decoder.

use nnx_core::module::{Layer, Pass};
use nnx_core::nn::{Linear, Relu};
use nnx_core::size::{Dim, Size};
use nnx_core::{Module, Tensor};

/// An encoder from `In` features to a code of `Code` elements, and a decoder back, each with one hidden
/// layer (Hinton and Salakhutdinov, 2006, with fewer layers).
///
/// ```text
/// x     (B, In)     linear, relu   (B, Hidden)   linear   (B, Code)
/// code  (B, Code)   linear, relu   (B, Hidden)   linear   (B, In)
/// ```
///
/// There is no activation after the output. With a squared error, it is the reconstruction of `x`. With
/// [`sigmoid_binary_cross_entropy`](nnx_core::nn::sigmoid_binary_cross_entropy), it is the logits of pixels
/// from 0 to 1.
///
/// ```
/// use nnx_core::{Tensor, dim, module::{Init, Layer, ParameterCount, Pass}, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, U32, U128};
/// use nnx_models::Autoencoder;
///
/// type Model = Autoencoder<dim!(28 * 28), U128, U32>;
/// assert_eq!(Model::PARAMETERS, 209_968);
///
/// let model = Model::init(&mut Rngs::new(0));
/// let images: Tensor![Batch, 28, 28, 1] = Tensor::from_vec(vec![0.5; 2 * 28 * 28])?;
/// let code: Tensor![Batch, 32] = model.encode(images.clone().flatten(), &mut Pass::eval());
/// let back: Tensor![Batch, 784] = model.infer(images.flatten());
/// assert_eq!(model.decode(code, &mut Pass::eval()).to_vec(), back.to_vec());
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, Module)]
pub struct Autoencoder<In: Size, Hidden: Size, Code: Size> {
    /// From an example to its code: (B, In) to (B, Code).
    pub encoder: (Linear<In, Hidden>, Relu, Linear<Hidden, Code>),
    /// From a code to an example: (B, Code) to (B, In).
    pub decoder: (Linear<Code, Hidden>, Relu, Linear<Hidden, In>),
}

impl<In: Size, Hidden: Size, Code: Size> Autoencoder<In, Hidden, Code> {
    /// The code of each example: (B, In) to (B, Code).
    pub fn encode<B: Dim>(&self, x: Tensor![B, In], pass: &mut Pass) -> Tensor![B, Code] {
        self.encoder.forward(x, pass)
    }

    /// The output of the decoder: (B, Code) to (B, In).
    pub fn decode<B: Dim>(&self, code: Tensor![B, Code], pass: &mut Pass) -> Tensor![B, In] {
        self.decoder.forward(code, pass)
    }
}

impl<B: Dim, In: Size, Hidden: Size, Code: Size> Layer<Tensor![B, In]>
    for Autoencoder<In, Hidden, Code>
{
    type Output = Tensor![B, In];

    fn forward(&self, x: Tensor![B, In], pass: &mut Pass) -> Self::Output {
        let code = self.encode(x, pass);
        self.decode(code, pass)
    }
}
