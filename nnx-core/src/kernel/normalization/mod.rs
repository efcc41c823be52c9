//! Normalization of groups to mean 0 and variance 1, and its gradient: layer norm, RMS norm, group norm and
//! batch norm are this kernel with different groups.
//!
//! An array `[blocks, height, groups, width]` has one group for each block and each index of the third
//! axis: `height` runs of `width` contiguous elements. Layer norm has `[rows, 1, 1, width]`, batch norm
//! `[1, height, columns, 1]`.
//!
//! Variances are shifted (two-pass, or Welford and Chan et al. by blocks): the squares are of the elements
//! minus a mean, or minus a value near it, so nothing cancels far from zero. The arithmetic is that of the
//! element type, with partial sums in f64. A mean is kept as hi + lo, two values of the element type, so
//! that the difference `x - mean` loses no digit. If a statistic is near the limits of `f32`, or beyond,
//! everything is computed again in f64.

mod backward;
mod columns;
mod groups;
mod huge;
mod normalize;
mod rescale;
mod sums;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub(crate) use backward::normalize_backward;
use columns::column_moments;
pub(crate) use groups::Groups;
use groups::{ELEMENTS_PER_TASK, repeat_each, sum_each};
pub(crate) use normalize::normalize;
use normalize::{RowStats, row_statistics};
pub(crate) use rescale::rescale;
use sums::to_f64;

use super::scratch::{self, List};
use super::{Float, parallel, vectorize_small};

/// The formula for each group: `(x - mean) / sqrt(variance + epsilon)`, or if `centered` is false, `x / sqrt(mean of
/// squares + epsilon)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NormKind {
    pub(crate) centered: bool,
    pub(crate) epsilon: f64,
}

impl NormKind {
    /// `1 / sqrt(variance + epsilon)`, or 0 if that is infinite.
    #[inline(always)]
    fn factor(self, variance: f64) -> f64 {
        let spread = variance + self.epsilon;
        if spread == 0.0 { 0.0 } else { 1.0 / spread.sqrt() }
    }

    /// Whether the arithmetic of `W`, which computed these statistics, was in range for them. Squares of a
    /// smaller standard deviation underflow; that doesn't matter if there is an epsilon.
    #[inline(always)]
    fn in_range<W: Float>(self, mean: f64, variance: f64) -> bool {
        let least = if self.epsilon >= 1e-12 { 0.0 } else { 1e-16 };
        size_of::<W>() == 8 || (mean.abs() <= 1e30 && variance >= least && variance <= 1e16)
    }
}

/// The mean of each group of a block (0 if the mean isn't subtracted) and its variance.
#[derive(Debug, Clone)]
pub(crate) struct Moments {
    pub(crate) mean: List<f64>,
    pub(crate) variance: List<f64>,
}

impl Moments {
    /// Moments that were computed before.
    pub(crate) fn given(mean: &[f64], variance: &[f64]) -> Self {
        let [mean, variance] = [mean, variance].map(|x| x.iter().copied().collect());
        Self { mean, variance }
    }

    /// Computes the moments of a block.
    pub(crate) fn new<E: Float>(shape: Groups, x: &[E], kind: NormKind) -> Self {
        let narrow = Self::within::<E, E>(shape, x, kind);
        if narrow.in_range(kind) || size_of::<E>() == 8 {
            return narrow;
        }
        Self::within::<f64, f64>(shape, &to_f64(x), kind)
    }

    /// The given moments, or else those of the block.
    fn given_or_computed<'a, E: Float>(
        known: Option<&'a Self>,
        shape: Groups,
        x: &[E],
        kind: NormKind,
    ) -> Cow<'a, Self> {
        known.map_or_else(|| Cow::Owned(Self::new(shape, x, kind)), Cow::Borrowed)
    }

    /// [`new`](Self::new) in the arithmetic of `W`.
    fn within<E: Float, W: Float>(shape: Groups, x: &[E], kind: NormKind) -> Self {
        if shape.is_rowwise() {
            let [RowStats { hi, lo, variance }, ..] = vectorize_small::<W, _>(
                #[inline(always)]
                || row_statistics::<E, W>(kind, shape.width, x),
            );
            let mean = scratch::filled(1, hi.to_f64() + lo.to_f64());
            return Self { mean, variance: scratch::filled(1, variance) };
        }
        // The moments of a group are merged from those of its columns, which all have the same length.
        let [means, variances] = column_moments::<E, W>(shape, x, kind.centered);
        let of_columns = |x: &[f64]| {
            sum_each(x, shape.width).iter().map(|sum| sum / shape.width as f64).collect()
        };
        let mean: List<f64> = of_columns(&means);
        let center = repeat_each(&mean, shape.width);
        let spread = means.iter().zip(&center).map(|(mean, center)| (mean - center).powi(2));
        let variance: List<f64> =
            spread.zip(&variances).map(|(spread, own)| spread + own).collect();
        Self { mean, variance: of_columns(&variance) }
    }

    /// Whether all moments are in range for the arithmetic of f32.
    fn in_range(&self, kind: NormKind) -> bool {
        let mut groups = self.mean.iter().zip(&self.variance);
        groups.all(|(&mean, &variance)| kind.in_range::<f32>(mean, variance))
    }

    /// `1 / sqrt(variance + epsilon)` for each element of a row.
    fn factors(&self, kind: NormKind, shape: Groups) -> List<f64> {
        let factors: List<f64> =
            self.variance.iter().map(|&variance| kind.factor(variance)).collect();
        repeat_each(&factors, shape.width)
    }
}

/// The variance of each group; NaN if it is empty. It is infinite only if it is beyond the range of `E`.
pub(crate) fn variance<E: Float>(shape: Groups, x: &[E], out: &mut [E]) {
    each_variance(shape, out, &|block| {
        let [variances, _] = huge::deviations(&x[block], |x| variances(shape, x));
        variances
    });
}

/// The standard deviation of each group; NaN if it is empty. It is right even if the variance is out of the
/// range of `E`.
pub(crate) fn std_dev<E: Float>(shape: Groups, x: &[E], out: &mut [E]) {
    each_variance(shape, out, &|block| {
        let [_, roots] = huge::deviations(&x[block], |x| variances(shape, x));
        roots
    });
}

/// The variances of the groups of a block.
fn variances<E: Float>(shape: Groups, block: &[E]) -> List<f64> {
    Moments::new(shape, block, NormKind { centered: true, epsilon: 0.0 }).variance
}

/// Writes to `out` what `of_block` returns for the groups of each block; NaN if the groups are empty.
fn each_variance<E: Float>(
    shape: Groups,
    out: &mut [E],
    of_block: &(dyn Fn(std::ops::Range<usize>) -> List<f64> + Sync),
) {
    let block = shape.block();
    if block == 0 {
        return out.fill(E::from_f64(f64::NAN));
    }
    parallel::for_chunks(out, shape.groups, shape.blocks * block > ELEMENTS_PER_TASK, &|i, out| {
        let found = of_block(i * block..(i + 1) * block);
        for (out, found) in out.iter_mut().zip(&found) {
            *out = E::from_f64(*found);
        }
    });
}
