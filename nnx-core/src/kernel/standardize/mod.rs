//! Groups of numbers brought to mean 0 and variance 1, and the gradient of that.
//!
//! An array `[blocks, height, groups, width]` has one group for each block and each index of the third
//! axis: `height` runs of `width` neighbours. Rows are `[rows, 1, 1, width]`, columns
//! `[1, height, columns, 1]`.
//!
//! Variances are sums of the squares of what is left once a mean is taken off, or a number near it: far from
//! zero they lose nothing. The arithmetic is that of the elements. A mean stands as the nearest `f32` and
//! what that leaves, so that of a difference no digit is lost. Where a statistic is near the ends of the
//! range of `f32`, or beyond, all is done again in f64.

mod gradient;
mod groups;
mod normalize;
mod rescale;
mod sums;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub(crate) use gradient::normalize_gradient;
pub(crate) use groups::Groups;
use groups::{PART, gathered, spread};
pub(crate) use normalize::normalize;
use normalize::{Row, row_statistics};
pub(crate) use rescale::rescale;
use sums::column_moments;

use super::{Float, parallel, vectorize_small};

/// What is done to each group: `(x - mean) / sqrt(variance + epsilon)`, or without taking the mean off,
/// `x / sqrt(mean of squares + epsilon)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    pub(crate) centred: bool,
    pub(crate) epsilon: f64,
}

impl Rule {
    /// `1 / sqrt(variance + epsilon)`, which is 0 where that is infinite.
    #[inline(always)]
    fn factor(self, variance: f64) -> f64 {
        let spread = variance + self.epsilon;
        if spread == 0.0 { 0.0 } else { 1.0 / spread.sqrt() }
    }

    /// Is the arithmetic of `W` right for what has these statistics, found by it? Squares of numbers of a
    /// smaller spread would be 0; beside an epsilon they don't count.
    #[inline(always)]
    fn fits<W: Float>(self, mean: f64, variance: f64) -> bool {
        let least = if self.epsilon >= 1e-12 { 0.0 } else { 1e-16 };
        size_of::<W>() == 8 || (mean.abs() <= 1e30 && variance >= least && variance <= 1e16)
    }
}

/// The mean of each group of a block, which is 0 where it isn't to be centred, and its variance.
#[derive(Debug, Clone)]
pub(crate) struct Moments {
    pub(crate) mean: Vec<f64>,
    pub(crate) variance: Vec<f64>,
}

impl Moments {
    /// Those of a block.
    pub(crate) fn of<E: Float>(of: Groups, x: &[E], rule: Rule) -> Self {
        let narrow = Self::within::<E, E>(of, x, rule);
        if narrow.fit(rule) || size_of::<E>() == 8 {
            return narrow;
        }
        Self::within::<E, f64>(of, x, rule)
    }

    /// Those that are known, or else those of a block.
    fn known_or_of<'a, E: Float>(
        known: Option<&'a Self>,
        of: Groups,
        x: &[E],
        rule: Rule,
    ) -> Cow<'a, Self> {
        known.map_or_else(|| Cow::Owned(Self::of(of, x, rule)), Cow::Borrowed)
    }

    /// The same as [`of`](Self::of), in the arithmetic of `W`.
    fn within<E: Float, W: Float>(of: Groups, x: &[E], rule: Rule) -> Self {
        if of.are_rows() {
            let [Row { near, rest, variance }, ..] = vectorize_small::<W, _>(
                #[inline(always)]
                || row_statistics::<E, W>(rule, of.width, x),
            );
            return Self { mean: vec![near.to_f64() + rest.to_f64()], variance: vec![variance] };
        }
        // The moments of a group from those of its columns, which are as long.
        let [means, variances] = column_moments::<E, W>(of, x, rule.centred);
        let of_columns =
            |x: &[f64]| gathered(x, of.width).iter().map(|sum| sum / of.width as f64).collect();
        let mean: Vec<f64> = of_columns(&means);
        let about = spread(&mean, of.width);
        let spread = means.iter().zip(&about).map(|(mean, about)| (mean - about).powi(2));
        let variance: Vec<f64> = spread.zip(&variances).map(|(spread, own)| spread + own).collect();
        Self { mean, variance: of_columns(&variance) }
    }

    /// Are all within what the arithmetic of f32 is right for?
    fn fit(&self, rule: Rule) -> bool {
        let mut groups = self.mean.iter().zip(&self.variance);
        groups.all(|(&mean, &variance)| rule.fits::<f32>(mean, variance))
    }

    /// `1 / sqrt(variance + epsilon)` for each element of a row.
    fn factors(&self, rule: Rule, of: Groups) -> Vec<f64> {
        let factors: Vec<f64> =
            self.variance.iter().map(|&variance| rule.factor(variance)).collect();
        spread(&factors, of.width)
    }
}

/// The variance of each group; NaN of an empty one.
pub(crate) fn variance<E: Float>(of: Groups, x: &[E], out: &mut [E]) {
    each_variance(of, out, &|block| variances(of, &x[block]));
}

/// The root of the variance of each group; NaN of an empty one. The variance itself may be beyond the range
/// of `E`.
pub(crate) fn deviation<E: Float>(of: Groups, x: &[E], out: &mut [E]) {
    each_variance(of, out, &|block| {
        let x = &x[block];
        let largest = x.iter().fold(0.0, |largest: f64, x| largest.max(x.to_f64().abs()));
        let squares_fit = size_of::<E>() == 4 || (1e-120..1e140).contains(&largest);
        if squares_fit || largest == 0.0 || largest == f64::INFINITY {
            return variances(of, x).into_iter().map(f64::sqrt).collect();
        }
        // Multiplied by a power of two, which is exact.
        let scale = if largest < 1.0 { 2f64.powi(600) } else { 2f64.powi(-600) };
        let scaled: Vec<f64> = x.iter().map(|x| x.to_f64() * scale).collect();
        variances(of, &scaled).into_iter().map(|variance| variance.sqrt() / scale).collect()
    });
}

/// The variances of the groups of a block.
fn variances<E: Float>(of: Groups, block: &[E]) -> Vec<f64> {
    Moments::of(of, block, Rule { centred: true, epsilon: 0.0 }).variance
}

/// `out` from what `of_block` finds for the groups of each block; NaN where these are empty.
fn each_variance<E: Float>(
    of: Groups,
    out: &mut [E],
    of_block: &(dyn Fn(std::ops::Range<usize>) -> Vec<f64> + Sync),
) {
    let block = of.block();
    if block == 0 {
        return out.fill(E::from_f64(f64::NAN));
    }
    parallel::chunks(out, of.groups, of.blocks * block > PART, &|i, out| {
        for (out, found) in out.iter_mut().zip(of_block(i * block..(i + 1) * block)) {
            *out = E::from_f64(found);
        }
    });
}
