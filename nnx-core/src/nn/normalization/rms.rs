//! Root mean square normalization.

use super::masked::{normalized_where, over_axes};
use super::{NormOptions, affine};
use crate::module::{Layer, Param, Pass};
use crate::nn::cost::{costs, pointwise};
use crate::ops::DynTensor;
use crate::random::Rngs;
use crate::size::rules::{EndsWith, Reduce, Sizes};
use crate::size::{BroadcastsTo, Shape, Size, StaticShape};
use crate::tensor::{InputElement, Real, Tensor};

/// `y = x / sqrt(mean(x²) + epsilon) scale`, with the mean of each example over the last axis (Zhang and
/// Sennrich, 2019). The output has the shape of the input.
///
/// `Features` is the last axis, or a tuple of the last axes. There is no bias: the layer ignores the bias
/// settings of [`NormOptions`].
///
/// | | |
/// |---|---|
/// | variables | `scale` (Features), ones |
/// | Flax | `nnx.RMSNorm(features, rngs=rngs)`, epsilon 1e-6 |
/// | PyTorch | `nn.RMSNorm(features)`, whose epsilon is the machine epsilon of the element type, 1.2e-7 for f32 |
///
/// ```
/// use nnx_core::{module::{Init, Layer}, nn::RmsNorm, random::Rngs, size::U2, tensor::Tensor};
///
/// let norm = RmsNorm::<U2>::init(&mut Rngs::new(0));
/// assert_eq!(norm.infer(Tensor::from([-5.0, 5.0])).to_vec(), [-1.0, 1.0]);
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::with(&NormOptions::default(), rngs))]
pub struct RmsNorm<Features: Sizes, E: Real = f32> {
    /// The scale (Features), if the layer has one.
    pub scale: Option<Param<Features::Shape, E>>,
    epsilon: f64,
}

impl<Features: Sizes, E: Real> RmsNorm<Features, E> {
    /// A layer with the settings of `options`. Epsilon is 1e-6 unless set.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with(options: &NormOptions, rngs: &mut Rngs) -> Self {
        Self { scale: options.draw_scale(rngs), epsilon: options.epsilon.unwrap_or(1e-6) }
    }
}

impl<S, Features: Sizes, E: Real, F: InputElement<E>> Layer<Tensor<S, F>> for RmsNorm<Features, E>
where
    S: RmsNormInput<Features>,
{
    type Output = Tensor<S, E>;

    fn forward(&self, x: Tensor<S, F>, pass: &mut Pass) -> Self::Output {
        let rank = S::AXES.len();
        let axes: Vec<usize> = (rank - <Features::Shape as Shape>::AXES.len()..rank).collect();
        let affine = affine(&self.scale, &None, pass);
        Tensor::trusted(x.into_dyn().rms_norm(&axes, self.epsilon, affine))
    }
}

over_axes!(RmsNorm, RmsNormInput, rms_norm, centered false, |this, pass| affine(&this.scale, &None, pass));

/// A shape whose last axes are `F`: the input of `RmsNorm<F>`.
#[diagnostic::on_unimplemented(
    message = "`RmsNorm` normalizes `{F}` features, but its input has shape `{Self}`",
    label = "the last axes aren't `{F}`",
    note = "write `RmsNorm<..>` with the last axis of the input, or with a tuple of its last axes"
)]
pub trait RmsNormInput<F: Sizes>: EndsWith<F> {}
#[diagnostic::do_not_recommend]
impl<S: EndsWith<F>, F: Sizes> RmsNormInput<F> for S {}

costs! {
    // The kernel takes a bias, and a bias of zeros takes memory.
    [F: Sizes, E: Real] RmsNorm<F, E>, |x, y| 4 * y,
        x + y + (<F::Shape as StaticShape>::ELEMENTS * size_of::<E>()) as u64;
}
// The statistics are over the features alone.
pointwise! {
    [F: Size, E: Real] RmsNorm<F, E>;
}
