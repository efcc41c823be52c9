//! Normalization by the statistics of the elements where a mask is true, composed of other operations.

use crate::array::Dims;
use crate::ops::{Affine, DynTensor};

/// The lower bound of variance + epsilon. If both are 0, an element equal to the mean is normalized to 0 (0 times
/// a large factor) instead of NaN.
pub(super) const LEAST_SPREAD: f64 = 1e-37;

/// The mean and the biased variance over axes of the elements where `mask`, of the shape of `x`, is true, with the axes
/// left with size 1. The mean is 0 without `centered`. Both are 0 where the mask is true for no element.
///
/// Other elements have no effect on them, also if they are infinite or NaN.
pub(super) fn moments_where(
    x: &DynTensor,
    mask: &DynTensor,
    axes: &[usize],
    centered: bool,
) -> [DynTensor; 2] {
    let kept: Dims =
        x.dims().iter().enumerate().map(|(i, &n)| if axes.contains(&i) { 1 } else { n }).collect();
    let count = mask.clone().count_nonzero(axes).cast(x.dtype()).clamp(1.0, f64::INFINITY);
    let count = count.reshape(&kept);
    let zero = x.full_like(0.0);
    let masked = |x: DynTensor| mask.clone().select(x, zero.clone());
    let mean_of = |x: DynTensor| x.sum(axes).reshape(&kept) / count.clone();
    let x = masked(x.clone());
    let mean = match centered {
        true => mean_of(x.clone()),
        false => count.full_like(0.0),
    };
    let deviation = masked(x - mean.clone());
    [mean, mean_of(deviation.square())]
}

/// `x` normalized by the statistics over axes of the elements where `mask`, of the shape of `x`, is true. The mean is left
/// out without `centered`.
pub(super) fn normalized_where(
    x: DynTensor,
    mask: &DynTensor,
    axes: &[usize],
    centered: bool,
    epsilon: f64,
    affine: Affine,
) -> DynTensor {
    let moments = moments_where(&x, mask, axes, centered);
    normalized(x, moments, epsilon, affine)
}

/// `(x - mean) / sqrt(var + epsilon) scale + bias`, where scale and bias broadcast from the last axes.
pub(super) fn normalized(
    x: DynTensor,
    [mean, var]: [DynTensor; 2],
    epsilon: f64,
    affine: Affine,
) -> DynTensor {
    let y = (x - mean) * var.add_scalar(epsilon).clamp(LEAST_SPREAD, f64::INFINITY).rsqrt();
    let y = match affine.scale {
        Some(scale) => y * scale,
        None => y,
    };
    match affine.bias {
        Some(bias) => y + bias,
        None => y,
    }
}

/// Methods of a layer that normalizes each example: statistics of the elements where a mask is true, and over other axes.
macro_rules! over_axes {
    ($layer:ident, $input:ident, $method:ident, centered $centered:literal, |$this:ident, $pass:ident| $affine:expr) => {
        impl<Features: Sizes, E: Real> $layer<Features, E> {
            /// As [`forward`](Layer::forward), with the statistics of the elements where `mask` is true (Flax's
            /// `mask=`). The mask broadcasts to `x`. All elements are normalized by these statistics; those where the
            /// mask is true for none have mean and variance 0, where Flax has NaN.
            #[must_use]
            #[track_caller]
            pub fn forward_where<S, M, F>(
                &self,
                x: Tensor<S, F>,
                mask: &Tensor<M, bool>,
                pass: &mut Pass,
            ) -> Tensor<S, E>
            where
                S: $input<Features>,
                M: Shape + BroadcastsTo<S>,
                F: InputElement<E>,
            {
                let rank = S::AXES.len();
                let axes: Vec<usize> =
                    (rank - <Features::Shape as Shape>::AXES.len()..rank).collect();
                let mask = mask.clone().broadcast_like(&x).into_dyn();
                self.masked_over(x.into_dyn(), mask, &axes, pass)
            }

            /// As [`forward`](Layer::forward), with the statistics over the axes `A`, in ascending order, instead of the
            /// features (Flax's `reduction_axes=`, with `feature_axes=` the last axes; other feature axes are put there
            /// by [`Tensor::permute`]).
            #[must_use]
            #[track_caller]
            pub fn forward_over<A, S, F>(&self, x: Tensor<S, F>, pass: &mut Pass) -> Tensor<S, E>
            where
                S: $input<Features> + Reduce<A>,
                F: InputElement<E>,
            {
                let ($this, $pass) = (self, &*pass);
                let axes = <S as Reduce<A>>::INDICES;
                Tensor::trusted(x.into_dyn().$method(axes, self.epsilon, $affine))
            }

            /// [`forward_over`](Self::forward_over) with the statistics of the elements where `mask` is true, see
            /// [`forward_where`](Self::forward_where).
            #[must_use]
            #[track_caller]
            pub fn forward_over_where<A, S, M, F>(
                &self,
                x: Tensor<S, F>,
                mask: &Tensor<M, bool>,
                pass: &mut Pass,
            ) -> Tensor<S, E>
            where
                S: $input<Features> + Reduce<A>,
                M: Shape + BroadcastsTo<S>,
                F: InputElement<E>,
            {
                let mask = mask.clone().broadcast_like(&x).into_dyn();
                self.masked_over(x.into_dyn(), mask, <S as Reduce<A>>::INDICES, pass)
            }

            fn masked_over<S: Shape>(
                &self,
                x: DynTensor,
                mask: DynTensor,
                axes: &[usize],
                pass: &Pass,
            ) -> Tensor<S, E> {
                let ($this, $pass) = (self, pass);
                Tensor::trusted(normalized_where(x, &mask, axes, $centered, self.epsilon, $affine))
            }
        }
    };
}
pub(super) use over_axes;
