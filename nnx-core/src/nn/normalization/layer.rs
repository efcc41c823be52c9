//! Layer normalization.

use super::masked::{normalized_where, over_axes};
use super::{NormOptions, affine};
use crate::module::{Layer, Param, Pass};
use crate::nn::cost::{costs, pointwise};
use crate::ops::DynTensor;
use crate::random::Rngs;
use crate::size::rules::{EndsWith, Reduce, Sizes};
use crate::size::{BroadcastsTo, Shape, Size};
use crate::tensor::{InputElement, Real, Tensor};

/// `y = (x - mean) / sqrt(variance + epsilon) scale + bias`, with the statistics of each example over the last
/// axis (Ba, Kiros and Hinton, 2016). The output has the shape of the input.
///
/// `Features` is the last axis, or a tuple of the last axes, as in `LayerNorm<(U8, U16)>`. Statistics are then
/// taken over all of these axes. The variance is the biased one.
///
/// | | |
/// |---|---|
/// | variables | `scale` (Features), ones; `bias` (Features), zeros |
/// | Flax | `nnx.LayerNorm(features, rngs=rngs)`, epsilon 1e-6 |
/// | PyTorch | `nn.LayerNorm(features)`, with `weight` for the scale and epsilon 1e-5 |
///
/// Flax computes the variance as E\[x²\] − E\[x\]² by default, which loses all digits if the mean is far from zero.
/// This layer computes the mean of `(x - mean)²`:
///
/// ```
/// use nnx_core::{module::{Init, Layer}, nn::LayerNorm, random::Rngs, size::U3, tensor::Tensor};
///
/// let norm = LayerNorm::<U3>::init(&mut Rngs::new(0));
/// let near = norm.infer(Tensor::from([0.0, 1.0, 3.0])).to_vec();
/// let far = norm.infer(Tensor::from([10000.0, 10001.0, 10003.0])).to_vec();
/// for (near, far) in near.iter().zip(far) {
///     assert!((near - far).abs() < 1e-6); // -1.069, -0.267, 1.336; far from zero Flax gives -1333, -333, 1667
/// }
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::with(&NormOptions::default(), rngs))]
pub struct LayerNorm<Features: Sizes, E: Real = f32> {
    /// The scale (Features), if the layer has one.
    pub scale: Option<Param<Features::Shape, E>>,
    /// The bias (Features), if the layer has one.
    pub bias: Option<Param<Features::Shape, E>>,
    epsilon: f64,
}

impl<Features: Sizes, E: Real> LayerNorm<Features, E> {
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

impl<S, Features: Sizes, E: Real, F: InputElement<E>> Layer<Tensor<S, F>> for LayerNorm<Features, E>
where
    S: LayerNormInput<Features>,
{
    type Output = Tensor<S, E>;

    fn forward(&self, x: Tensor<S, F>, pass: &mut Pass) -> Self::Output {
        let rank = S::AXES.len();
        let axes: Vec<usize> = (rank - <Features::Shape as Shape>::AXES.len()..rank).collect();
        let affine = affine(&self.scale, &self.bias, pass);
        Tensor::trusted(x.into_dyn().layer_norm(&axes, self.epsilon, affine))
    }
}

over_axes!(LayerNorm, LayerNormInput, layer_norm, centered true, |this, pass| affine(&this.scale, &this.bias, pass));

/// A shape whose last axes are `F`: the input of `LayerNorm<F>`.
#[diagnostic::on_unimplemented(
    message = "`LayerNorm` normalizes `{F}` features, but its input has shape `{Self}`",
    label = "the last axes aren't `{F}`",
    note = "write `LayerNorm<..>` with the last axis of the input, or with a tuple of its last axes"
)]
pub trait LayerNormInput<F: Sizes>: EndsWith<F> {}
#[diagnostic::do_not_recommend]
impl<S: EndsWith<F>, F: Sizes> LayerNormInput<F> for S {}

costs! {
    // Statistics and standardization take six operations, three without the mean; scale and bias take one each.
    [F: Sizes, E: Real] LayerNorm<F, E>, |x, y| 8 * y, x + y;
}
// The statistics are over the features alone.
pointwise! {
    [F: Size, E: Real] LayerNorm<F, E>;
}
