//! Batch normalization.

use super::masked::{LEAST_SPREAD, moments_where, normalized};
use super::over_ranks::moments_over_ranks;
use super::{NormOptions, affine};
use crate::module::{BatchStat, Layer, Param, Pass};
use crate::nn::affine::scaled;
use crate::nn::bounds::last_axis_is;
use crate::nn::cost::{costs, pointwise};
use crate::ops::DynTensor;
use crate::random::Rngs;
use crate::size::rules::LastAxis;
use crate::size::{BroadcastsTo, Shape, Size};
use crate::tensor::{InputElement, Real, Tensor};

/// `y = (x - mean) / sqrt(variance + epsilon) scale + bias`, with the statistics of each feature over all
/// axes but the last (Ioffe and Szegedy, 2015). The output has the shape of the input.
///
/// In training, the statistics are those of the batch, and gradients flow through them. When the pass is
/// committed, the running statistics become `momentum running + (1 - momentum) batch`. In evaluation, the
/// running statistics are used. The variance is the biased one for both. A batch of one example has variance
/// 0, and epsilon keeps the result finite. An empty batch doesn't change the running statistics.
///
/// Where several ranks train on parts of a batch, the statistics are those of the whole batch: see [`Pass::over_ranks`]
/// (`SyncBatchNorm` in PyTorch, `axis_name=` in Flax).
///
/// | | |
/// |---|---|
/// | variables | `scale` (Features,), ones; `bias` (Features,), zeros; statistics `mean` (Features,), zeros, and `var` (Features,), ones |
/// | Flax | `nnx.BatchNorm(features, rngs=rngs)`, momentum 0.99, epsilon 1e-5 |
/// | PyTorch | `nn.BatchNorm1d`, `2d`, `3d`: the momentum is that of the new value (0.1 there is 0.9 here), the running variance is the unbiased one, channels are the second axis |
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer, Pass}, nn::BatchNorm, random::Rngs};
/// use nnx_core::{size::{Batch, U1}, tensor::Tensor};
///
/// let mut norm = BatchNorm::<U1>::init(&mut Rngs::new(0));
/// let x: Tensor![Batch, 1] = Tensor::from_vec(vec![1.0, 3.0, 8.0])?;
/// let mut pass = Pass::train();
/// let y = norm.forward(x, &mut pass);
/// pass.commit(&mut norm)?;
/// assert_eq!(y.to_vec(), [-1.0190487, -0.3396829, 1.3587316]);
/// assert_eq!(norm.mean.value().to_vec(), [0.04]);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::with(&NormOptions::default(), rngs))]
pub struct BatchNorm<Features: Size, E: Real = f32> {
    /// The scale (Features,), if the layer has one.
    pub scale: Option<Param<(Features,), E>>,
    /// The bias (Features,), if the layer has one.
    pub bias: Option<Param<(Features,), E>>,
    /// The running mean (Features,).
    pub mean: BatchStat<(Features,), E>,
    /// The running variance (Features,).
    pub var: BatchStat<(Features,), E>,
    /// Whether the layer uses its running statistics in training, too, and doesn't change them. Pretrained layers
    /// are often trained this way (`use_running_average=True`).
    pub use_running_average: bool,
    momentum: f64,
    epsilon: f64,
}

impl<Features: Size, E: Real> BatchNorm<Features, E> {
    /// A layer with the settings of `options`. The scale takes its random key from `rngs` first, then the bias.
    /// Epsilon is 1e-5 unless set.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with(options: &NormOptions, rngs: &mut Rngs) -> Self {
        Self {
            scale: options.draw_scale(rngs),
            bias: options.draw_bias(rngs),
            mean: BatchStat::new(Tensor::zeros()),
            var: BatchStat::new(Tensor::ones()),
            use_running_average: false,
            momentum: 0.99,
            epsilon: options.epsilon.unwrap_or(1e-5),
        }
    }

    /// The decay rate of the running statistics, the weight of the old value: 0.99 by default.
    ///
    /// # Panics
    /// If it isn't within 0 to 1.
    #[must_use]
    pub fn momentum(self, momentum: f64) -> Self {
        assert!(
            (0.0..=1.0).contains(&momentum),
            "the momentum of `BatchNorm` is the share of the old value that a running statistic \
             keeps, within 0 to 1; found {momentum}"
        );
        Self { momentum, ..self }
    }

    /// Uses the running statistics in training, too, and doesn't change them.
    #[must_use]
    pub fn use_running_average(self) -> Self {
        Self { use_running_average: true, ..self }
    }

    /// As [`forward`](Layer::forward), with the statistics of the elements where `mask` is true, in training (Flax's
    /// `mask=`). The mask broadcasts to `x`. All elements are normalized by these statistics. A mask that is true for
    /// none leaves the running statistics as they are; the mean and variance of the batch are 0 then, where Flax has NaN.
    ///
    /// ```
    /// use nnx_core::{Tensor, module::{Init, Pass}, nn::BatchNorm, random::Rngs, size::{U1, U3}, tensor::Tensor};
    ///
    /// let norm = BatchNorm::<U1>::init(&mut Rngs::new(0));
    /// let x: Tensor![3, 1] = Tensor::from([[1.0f32], [3.0], [777.0]]);
    /// let y = norm.forward_where(x, &Tensor::from([[true], [true], [false]]), &mut Pass::train()).to_vec();
    /// assert!((y[0] + 1.0).abs() < 1e-5 && (y[1] - 1.0).abs() < 1e-5);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn forward_where<S, M, F>(
        &self,
        x: Tensor<S, F>,
        mask: &Tensor<M, bool>,
        pass: &mut Pass,
    ) -> Tensor<S, E>
    where
        S: LastAxis<Last: BatchNormFeatures<S, Features>>,
        M: Shape + BroadcastsTo<S>,
        F: InputElement<E>,
    {
        if !self.uses_batch(pass) {
            return self.forward(x, pass);
        }
        let mask = mask.clone().broadcast_like(&x).into_dyn();
        let axes: Vec<usize> = (0..S::AXES.len() - 1).collect();
        let x = x.into_dyn();
        let (moments, any) = match pass.ranks() {
            Some(ranks) => moments_over_ranks(&x, Some(&mask), &axes, ranks),
            None => {
                let all: Vec<usize> = (0..mask.rank()).collect();
                (moments_where(&x, &mask, &axes, true), mask.any(&all))
            }
        };
        self.blend(moments.clone().map(DynTensor::stop_gradient), Some(any), pass);
        let affine = affine(&self.scale, &self.bias, pass);
        Tensor::trusted(normalized(x, moments, self.epsilon, affine))
    }

    /// Whether this pass uses the statistics of the batch, and updates the running ones.
    fn uses_batch(&self, pass: &Pass) -> bool {
        self.mean.may_set(pass) && self.var.may_set(pass) && !self.use_running_average
    }

    /// Updates the running statistics by the mean and variance of the batch, where `any` isn't false.
    fn blend(&self, moments: [DynTensor; 2], any: Option<DynTensor>, pass: &mut Pass) {
        for (old, new) in [&self.mean, &self.var].into_iter().zip(moments) {
            let new = new.reshape(&[Features::USIZE]);
            let before = old.get(pass).into_dyn();
            let kept = before.clone().mul_scalar(self.momentum);
            let blended = kept + new.mul_scalar(1.0 - self.momentum).cast(E::DTYPE);
            let blended = match &any {
                Some(any) => any.clone().broadcast_to(&before.dims()).select(blended, before),
                None => blended,
            };
            old.set(Tensor::trusted(blended), pass);
        }
    }
}

impl<S, Features: Size, E: Real, F: InputElement<E>> Layer<Tensor<S, F>> for BatchNorm<Features, E>
where
    S: LastAxis<Last: BatchNormFeatures<S, Features>>,
{
    type Output = Tensor<S, E>;

    fn forward(&self, x: Tensor<S, F>, pass: &mut Pass) -> Self::Output {
        let axes: Vec<usize> = (0..S::AXES.len() - 1).collect();
        let x = x.into_dyn();
        let y = if self.uses_batch(pass)
            && let Some(ranks) = pass.ranks()
        {
            let (moments, any) = moments_over_ranks(&x, None, &axes, ranks);
            self.blend(moments.clone().map(DynTensor::stop_gradient), Some(any), pass);
            normalized(x, moments, self.epsilon, affine(&self.scale, &self.bias, pass))
        } else if self.uses_batch(pass) {
            let affine = affine(&self.scale, &self.bias, pass);
            let moments = (x.dims().elements() > 0)
                .then(|| x.clone().stop_gradient().moments(&axes, self.epsilon));
            if let Some(moments) = &moments {
                self.blend([0, 1].map(|i| moments.clone().slice(0, i, 1)), None, pass);
            }
            x.batch_norm(&axes, self.epsilon, moments, affine)
        } else {
            let (mean, var) = (self.mean.get(pass).into_dyn(), self.var.get(pass).into_dyn());
            let spread = var.add_scalar(self.epsilon).clamp(LEAST_SPREAD, f64::INFINITY);
            let factor = scaled(spread.powf(-0.5), &self.scale, pass);
            let bias = match &self.bias {
                Some(bias) => bias.get(pass).into_dyn(),
                None => mean.full_like(0.0),
            };
            x.batch_norm_inference(mean, factor, bias)
        };
        Tensor::trusted(y)
    }
}

last_axis_is! {
    "BatchNorm" BatchNormFeatures
        "`BatchNorm` takes `{I}` features, but its input has shape `{S}`"
        "write `BatchNorm<{Self}>` if these are the features; they are the last axis, as in `(batch, height, width, {I})`";
}

costs! {
    // The output is computed in place, with a factor for each feature. The means are counted as memory: the initial
    // means are zeros, which are written out.
    [F: Size, E: Real] BatchNorm<F, E>,
        |x, y| 3 * y + 4 * F::USIZE as u64, x + 2 * (F::USIZE * size_of::<E>()) as u64;
}
// In evaluation it uses the running statistics.
pointwise! {
    [F: Size, E: Real] BatchNorm<F, E>;
}
