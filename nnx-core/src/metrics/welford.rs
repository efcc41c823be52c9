//! Running mean, standard deviation and standard error.

use super::{
    Accumulator, Arguments, Metric, MetricError, MetricValue, masked_elements, value, zero,
};
use crate::array::{Element, OrPanic as _};
use crate::ops::DynTensor;
use crate::size::Shape;
use crate::tensor::Tensor;

/// Mean, standard deviation and standard error of the mean, accumulated over batches (Welford, 1962; Chan et al.,
/// 1979). The method subtracts no large values from each other, so it is accurate also for a large mean. NaN before
/// the first value.
///
/// Let n be the count so far, m the mean and M the sum of squared deviations, and k, m', M' those of the batch. With
/// `δ = m' - m` the update is `m ← m + δ k / (n + k)`, `M ← M + M' + δ² k n / (n + k)`.
///
/// | | |
/// |---|---|
/// | variables | `count`, `mean`, `m2` |
/// | Flax | `nnx.metrics.Welford(argname)`, whose mean is 0 without values |
///
/// ```
/// use nnx_core::{metrics::Welford, tensor::Tensor};
///
/// let mut spread = Welford::new();
/// spread.update(&Tensor::from([1.0, 2.0]));
/// spread.update(&Tensor::from([3.0, 4.0]));
/// let found = spread.compute();
/// assert_eq!((found.mean, found.standard_deviation), (2.5, 1.25f32.sqrt()));
/// assert_eq!(found.standard_error_of_mean, 1.25f32.sqrt() / 2.0);
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::new())]
pub struct Welford {
    argument: &'static str,
    count: Accumulator,
    mean: Accumulator,
    m2: Accumulator,
}

/// The result of [`Welford`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistics {
    /// The mean.
    pub mean: f32,
    /// The standard deviation divided by the square root of the count.
    pub standard_error_of_mean: f32,
    /// The population standard deviation, the square root of `Σ (x - mean)² / count`.
    pub standard_deviation: f32,
}

impl Default for Welford {
    fn default() -> Self {
        Self::new()
    }
}

impl Welford {
    /// A metric without values. In a [`MultiMetric`](super::MultiMetric) it reads the argument `values`.
    #[must_use]
    pub fn new() -> Self {
        Self::with_argument("values")
    }

    /// A metric without values. In a [`MultiMetric`](super::MultiMetric) it reads the argument of this name.
    #[must_use]
    pub fn with_argument(argument: &'static str) -> Self {
        Self { argument, count: zero(), mean: zero(), m2: zero() }
    }

    /// Adds all elements of a tensor.
    #[track_caller]
    pub fn update<S: Shape, E: Element>(&mut self, values: &Tensor<S, E>) {
        let added = self.add(&values.clone().into_dyn(), None);
        added.or_panic();
    }

    /// The statistics of all values since the last reset; NaN without values.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "rounded once, at the end")]
    pub fn compute(&self) -> Statistics {
        let count = value(&self.count);
        let deviation = (value(&self.m2) / count).sqrt();
        Statistics {
            mean: if count > 0.0 { value(&self.mean) as f32 } else { f32::NAN },
            standard_error_of_mean: (deviation / count.sqrt()) as f32,
            standard_deviation: deviation as f32,
        }
    }

    /// Adds the values of another metric, such as that of another process.
    pub fn merge(&mut self, other: &Self) {
        self.add_part(value(&other.count), value(&other.mean), value(&other.m2));
    }

    /// Removes all values.
    pub fn reset(&mut self) {
        (self.count, self.mean, self.m2) = (zero(), zero(), zero());
    }

    fn add(&mut self, values: &DynTensor, mask: Option<&DynTensor>) -> Result<(), MetricError> {
        self.add_all(&masked_elements(values, mask)?);
        Ok(())
    }

    #[allow(clippy::cast_precision_loss, reason = "a count is far below 2^53")]
    pub(super) fn add_all(&mut self, values: &[f64]) {
        if values.is_empty() {
            return;
        }
        let new = values.len() as f64;
        let mean = values.iter().sum::<f64>() / new;
        let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
        self.add_part(new, mean, squares);
    }

    /// Adds `new` values by their mean and their sum of squared deviations.
    fn add_part(&mut self, new: f64, mean: f64, squares: f64) {
        if new == 0.0 {
            return;
        }
        let old = value(&self.count);
        let distance = mean - value(&self.mean);
        let share = new / (old + new);
        super::add(&mut self.count, new);
        super::add(&mut self.mean, distance * share);
        super::add(&mut self.m2, squares + distance * distance * old * share);
    }

    pub(super) fn count(&self) -> f64 {
        value(&self.count)
    }

    /// The sum of squared deviations.
    pub(super) fn squares(&self) -> f64 {
        value(&self.m2)
    }
}

impl Metric for Welford {
    fn update_from(&mut self, arguments: &Arguments) -> Result<(), MetricError> {
        self.add(arguments.get(self.argument)?, arguments.mask())
    }
    fn value(&self) -> MetricValue {
        MetricValue::Statistics(self.compute())
    }
    fn reset(&mut self) {
        Self::reset(self);
    }
    fn merge(&mut self, other: &Self) {
        Self::merge(self, other);
    }
}
