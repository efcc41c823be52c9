//! Squeeze-and-excitation: channels weighted by the mean of the image.

use nnx_core::module::{Layer, Pass};
use nnx_core::nn::{Linear, Relu};
use nnx_core::size::rules::Axis;
use nnx_core::size::{Dim, Size};
use nnx_core::{Module, Tensor};

use crate::channels::{BlockChannels, of_block};

/// Multiplies each channel of an image by a weight from 0 to 1, which two linear layers compute from the means of all
/// channels. The shape `(B, H, W, C)` doesn't change.
///
/// ```text
/// (B, H, W, C)    mean over space                          (B, C)
/// (B, C)          linear, activation, linear, sigmoid      (B, C)    the weights
/// (B, H, W, C)    times the weights                        (B, H, W, C)
/// ```
///
/// | | |
/// |---|---|
/// | paper | Hu, Shen and Sun, Squeeze-and-excitation networks, 2018 |
/// | PyTorch | `torchvision.ops.SqueezeExcitation(C, Squeezed)`, whose `fc1` and `fc2` are convolutions of 1 × 1 |
/// | differs | the activation is a layer: `Relu` as in the paper, `Silu` in [`MbConv`](crate::MbConv) |
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer}, random::Rngs, size::{U2, U8}, tensor::Tensor};
/// use nnx_models::SqueezeExcite;
///
/// let layer = SqueezeExcite::<U8, U2>::init(&mut Rngs::new(0));
/// let x: Tensor![2, 5, 5, 8] = Tensor::ones();
/// let y: Tensor![2, 5, 5, 8] = layer.infer(x);
/// assert!(y.to_vec().iter().all(|y| (0.0..1.0).contains(y)));
/// ```
#[derive(Debug, Clone, Module)]
pub struct SqueezeExcite<C: Size, Squeezed: Size, Activation = Relu> {
    /// From the means of the channels to fewer features.
    pub fc1: Linear<C, Squeezed>,
    /// The activation between the linear layers.
    pub activation: Activation,
    /// From these features to the weights of the channels.
    pub fc2: Linear<Squeezed, C>,
}

impl<B, H, W, C, Squeezed, Activation, Own> Layer<Tensor![B, H, W, Own]>
    for SqueezeExcite<C, Squeezed, Activation>
where
    B: Dim,
    H: Dim,
    W: Dim,
    C: Size,
    Own: BlockChannels<(B, H, W, Own), C>,
    Squeezed: Size,
    Activation: Layer<Tensor![B, Squeezed], Output = Tensor![B, Squeezed]>,
{
    type Output = Tensor![B, H, W, C];

    fn forward(&self, x: Tensor![B, H, W, Own], pass: &mut Pass) -> Self::Output {
        let x: Tensor![B, H, W, C] = of_block(x);
        let y = self.fc1.forward(x.clone().mean_axes::<(Axis<1>, Axis<2>)>(), pass);
        let y = self.activation.forward(y, pass);
        let weights = self.fc2.forward(y, pass).sigmoid();
        x * weights.insert_axis::<1>().insert_axis::<1>()
    }
}
