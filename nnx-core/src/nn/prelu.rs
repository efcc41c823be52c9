//! PReLU with a slope for each channel.

use super::bounds::last_axis_is;
use crate::module::{Layer, Param, Pass};
use crate::nn::cost::{costs, pointwise};
use crate::ops::{Comparison, DynTensor};
use crate::size::Size;
use crate::size::rules::LastAxis;
use crate::tensor::{InputElement, Real, Tensor};

/// `y = x` for `x >= 0`, `y = negative_slope x` for `x < 0`, with a learned slope for each channel, the last axis
/// (He et al., 2015). [`PRelu`](super::PRelu) has one slope for all.
///
/// At 0 the gradient is 1, as in Flax; PyTorch has the slope there. NaN stays NaN.
///
/// | | |
/// |---|---|
/// | variables | `negative_slope` (Channels,), 0.01 |
/// | Flax | none: `nnx.PReLU` has one slope |
/// | PyTorch | `nn.PReLU(channels)`, with 0.25 at the start and `weight` for the slopes |
///
/// ```
/// use nnx_core::{module::Layer, nn::ChannelPRelu, size::U2, tensor::Tensor};
///
/// let mut layer = ChannelPRelu::<U2>::new(0.25);
/// layer.negative_slope.replace(Tensor::from([0.5, 0.1]));
/// let y = layer.infer(Tensor::from([[-4.0, -10.0], [4.0, 10.0]]));
/// assert_eq!(y.to_vec(), [-2.0, -1.0, 4.0, 10.0]);
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::new(0.01))]
pub struct ChannelPRelu<Channels: Size, E: Real = f32> {
    /// The slopes for `x < 0`.
    pub negative_slope: Param<(Channels,), E>,
}

impl<C: Size, E: Real> ChannelPRelu<C, E> {
    /// A layer with this initial slope for all channels. (The derived `init` uses 0.01.)
    #[must_use]
    pub fn new(negative_slope: f64) -> Self {
        let zeros = Tensor::<(C,), E>::zeros();
        Self { negative_slope: Param::new(zeros.full_like(E::from_f64(negative_slope))) }
    }
}

impl<S, C: Size, E: Real, F: InputElement<E>> Layer<Tensor<S, F>> for ChannelPRelu<C, E>
where
    S: LastAxis<Last: PReluChannels<S, C>>,
{
    type Output = Tensor<S, E>;

    fn forward(&self, x: Tensor<S, F>, pass: &mut Pass) -> Self::Output {
        Tensor::trusted(prelu(x.into_dyn(), self.negative_slope.get(pass).into_dyn()))
    }
}

/// `x` where it is at least 0, else `slope x`.
pub(super) fn prelu(x: DynTensor, slope: DynTensor) -> DynTensor {
    let right = x.clone().stop_gradient().compare(Comparison::GreaterEqual, x.full_like(0.0));
    let below = x.clone() * slope;
    right.select(x, below)
}

last_axis_is! {
    "ChannelPRelu" PReluChannels
        "`ChannelPRelu` has slopes for `{I}` channels, but its input has shape `{S}`"
        "write `ChannelPRelu<{Self}>` if these are the channels, or give it an input whose last axis is `{I}`";
}

costs! {
    // In memory at the same time: a mask of booleans, and the product of the input and the slopes.
    [C: Size, E: Real] ChannelPRelu<C, E>, |x, y| y, x + y + y / size_of::<E>() as u64;
}
pointwise! { [C: Size, E: Real] ChannelPRelu<C, E>; }
