//! The running mean.

use super::{
    Accumulator, Arguments, Metric, MetricError, MetricValue, add, masked_elements, value, zero,
};
use crate::array::{Element, OrPanic as _};
use crate::ops::DynTensor;
use crate::size::Shape;
use crate::size::rules::SameShape;
use crate::tensor::Tensor;

/// The mean, accumulated over batches: `Σ value / count`. NaN before the first value.
///
/// | | |
/// |---|---|
/// | variables | `total`, `count` |
/// | Flax | `nnx.metrics.Average(argname)` |
///
/// ```
/// use nnx_core::{metrics::Average, tensor::Tensor};
///
/// let mut loss = Average::new();
/// assert!(loss.compute().is_nan());
/// loss.update(&Tensor::from([1.0, 2.0, 6.0])); // the losses of a batch
/// loss.update_mean(0.5, 6); // or their mean and their count
/// assert_eq!(loss.compute(), 12.0 / 9.0);
///
/// let mask = Tensor::from([true, false]);
/// loss.update_masked(&Tensor::from([6.0, f32::NAN]), &mask);
/// assert_eq!(loss.compute(), 1.8);
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::new())]
pub struct Average {
    argument: &'static str,
    total: Accumulator,
    count: Accumulator,
}

impl Default for Average {
    fn default() -> Self {
        Self::new()
    }
}

impl Average {
    /// A metric without values. In a [`MultiMetric`](super::MultiMetric) it reads the argument `values`.
    #[must_use]
    pub fn new() -> Self {
        Self::with_argument("values")
    }

    /// A metric without values. In a [`MultiMetric`](super::MultiMetric) it reads the argument of this name.
    #[must_use]
    pub fn with_argument(argument: &'static str) -> Self {
        Self { argument, total: zero(), count: zero() }
    }

    /// Adds all elements of a tensor.
    #[track_caller]
    pub fn update<S: Shape, E: Element>(&mut self, values: &Tensor<S, E>) {
        self.add(&values.clone().into_dyn(), None).or_panic();
    }

    /// Adds the elements where the mask is true. The others are ignored, even if they are NaN (in Flax such an
    /// element makes the mean NaN).
    ///
    /// # Panics
    /// If a runtime axis differs.
    #[track_caller]
    pub fn update_masked<S, M, E>(&mut self, values: &Tensor<S, E>, mask: &Tensor<M, bool>)
    where
        S: Shape,
        M: SameShape<S>,
        E: Element,
    {
        let (values, mask) = (values.clone().into_dyn(), mask.clone().into_dyn());
        self.add(&values, Some(&mask)).map_err(|error| format!("Average: {error}")).or_panic();
    }

    /// Adds `count` values by their mean. A count of 0 adds nothing, even if `mean` is NaN.
    #[allow(clippy::cast_precision_loss, reason = "a count is far below 2^53")]
    pub fn update_mean(&mut self, mean: f32, count: usize) {
        if count > 0 {
            add(&mut self.total, f64::from(mean) * count as f64);
            add(&mut self.count, count as f64);
        }
    }

    /// The mean of all values since the last reset; NaN without values.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "rounded once, at the end")]
    pub fn compute(&self) -> f32 {
        self.mean() as f32
    }

    /// The number of values since the last reset.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count is whole")]
    pub fn count(&self) -> u64 {
        value(&self.count) as u64
    }

    /// The sum of values that are 0 or 1.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count is whole")]
    pub(super) fn total(&self) -> u64 {
        value(&self.total) as u64
    }

    /// Adds the values of another metric, such as that of another process.
    pub fn merge(&mut self, other: &Self) {
        add(&mut self.total, value(&other.total));
        add(&mut self.count, value(&other.count));
    }

    /// Removes all values.
    pub fn reset(&mut self) {
        (self.total, self.count) = (zero(), zero());
    }

    pub(super) fn add(
        &mut self,
        values: &DynTensor,
        mask: Option<&DynTensor>,
    ) -> Result<(), MetricError> {
        self.add_all(&masked_elements(values, mask)?);
        Ok(())
    }

    #[allow(clippy::cast_precision_loss, reason = "a count is far below 2^53")]
    pub(super) fn add_all(&mut self, values: &[f64]) {
        add(&mut self.total, values.iter().sum());
        add(&mut self.count, values.len() as f64);
    }

    /// The mean before it is rounded.
    pub(super) fn mean(&self) -> f64 {
        value(&self.total) / value(&self.count)
    }
}

impl Metric for Average {
    fn update_from(&mut self, arguments: &Arguments) -> Result<(), MetricError> {
        self.add(arguments.get(self.argument)?, arguments.mask())
    }
    fn value(&self) -> MetricValue {
        MetricValue::Scalar(self.compute())
    }
    fn reset(&mut self) {
        Self::reset(self);
    }
    fn merge(&mut self, other: &Self) {
        Self::merge(self, other);
    }
}
