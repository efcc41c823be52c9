//! Instance normalization.

use super::group::BatchFirst;
use super::masked::normalized_where;
use super::{NormOptions, affine};
use crate::module::{Layer, Param, Pass};
use crate::nn::bounds::last_axis_is;
use crate::nn::cost::costs;
use crate::random::Rngs;
use crate::size::rules::LastAxis;
use crate::size::{BroadcastsTo, Shape, Size};
use crate::tensor::{InputElement, Real, Tensor};

/// `y = (x - mean) / sqrt(variance + epsilon) scale + bias`, with the statistics of each example and feature over
/// the spatial axes (Ulyanov, Vedaldi and Lempitsky, 2016). The shape `(B, space.., Features)` doesn't change.
///
/// | | |
/// |---|---|
/// | variables | `scale` (Features,), ones; `bias` (Features,), zeros |
/// | Flax | `nnx.InstanceNorm(features, rngs=rngs)`, epsilon 1e-6; without spatial axes it returns the bias |
/// | PyTorch | `nn.InstanceNorm2d(features, affine=True)`, with channels first, epsilon 1e-5, and neither scale nor bias by default |
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer}, nn::InstanceNorm, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, U1};
///
/// let norm = InstanceNorm::<U1>::init(&mut Rngs::new(0));
/// let x: Tensor![Batch, 2, 1] = Tensor::from_vec(vec![0.0, 80.0, 500.0, 300.0])?;
/// assert_eq!(norm.infer(x).to_vec(), [-1.0, 1.0, 1.0, -1.0]);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::with(&NormOptions::default(), rngs))]
pub struct InstanceNorm<Features: Size, E: Real = f32> {
    /// The scale (Features,), if the layer has one.
    pub scale: Option<Param<(Features,), E>>,
    /// The bias (Features,), if the layer has one.
    pub bias: Option<Param<(Features,), E>>,
    epsilon: f64,
}

impl<Features: Size, E: Real> InstanceNorm<Features, E> {
    /// A layer with the settings of `options`. The scale takes its random key from `rngs` first, then the bias.
    /// Epsilon is 1e-6 unless set.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with(options: &NormOptions, rngs: &mut Rngs) -> Self {
        Self {
            scale: options.draw_scale(rngs),
            bias: options.draw_bias(rngs),
            epsilon: options.epsilon.unwrap_or(1e-6),
        }
    }
}

impl<Features: Size, E: Real> InstanceNorm<Features, E> {
    /// As [`forward`](Layer::forward), with the statistics of the elements where `mask` is true (Flax's `mask=`). The
    /// mask broadcasts to `x`. All elements are normalized by these statistics; those where the mask is true for none
    /// have mean and variance 0, where Flax has NaN.
    #[must_use]
    #[track_caller]
    pub fn forward_where<S, M, F>(
        &self,
        x: Tensor<S, F>,
        mask: &Tensor<M, bool>,
        pass: &mut Pass,
    ) -> Tensor<S, E>
    where
        S: WithSpace + LastAxis<Last: InstanceNormFeatures<S, Features>>,
        M: Shape + BroadcastsTo<S>,
        F: InputElement<E>,
    {
        let space: Vec<usize> = (1..S::AXES.len() - 1).collect();
        let mask = mask.clone().broadcast_like(&x).into_dyn();
        let x = x.into_dyn();
        let affine = affine(&self.scale, &self.bias, pass);
        Tensor::trusted(normalized_where(x, &mask, &space, true, self.epsilon, affine))
    }
}

impl<S, Features: Size, E: Real, F: InputElement<E>> Layer<Tensor<S, F>>
    for InstanceNorm<Features, E>
where
    S: WithSpace + LastAxis<Last: InstanceNormFeatures<S, Features>>,
{
    type Output = Tensor<S, E>;

    fn forward(&self, x: Tensor<S, F>, pass: &mut Pass) -> Self::Output {
        let space: Vec<usize> = (1..S::AXES.len() - 1).collect();
        let affine = affine(&self.scale, &self.bias, pass);
        Tensor::trusted(x.into_dyn().layer_norm(&space, self.epsilon, affine))
    }
}

/// A shape `(batch, space.., features)`, for `InstanceNorm`.
#[diagnostic::on_unimplemented(
    message = "`InstanceNorm` takes `(batch, space.., features)`, but its input has shape `{Self}`",
    label = "expected a shape of rank 3 to 8: there is no axis to take statistics over",
    note = "`LayerNorm` normalizes the features of each example, `BatchNorm` each feature over the batch"
)]
pub trait WithSpace: LastAxis {}
#[diagnostic::do_not_recommend]
impl<S: LastAxis<Leading: BatchFirst>> WithSpace for S {}

last_axis_is! {
    "InstanceNorm" InstanceNormFeatures
        "`InstanceNorm` takes `{I}` features, but its input has shape `{S}`"
        "write `InstanceNorm<{Self}>` if these are the features; they are the last axis, as in `(batch, height, width, {I})`";
}

costs! {
    [F: Size, E: Real] InstanceNorm<F, E>, |x, y| 8 * y, x + y;
}
