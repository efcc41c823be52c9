//! The share of the variance that predictions explain.

use super::regression::regression_updates;
use super::{
    Accumulator, Arguments, Metric, MetricError, MetricValue, Welford, pairs, value, zero,
};
use crate::array::{Element, OrPanic as _};
use crate::ops::DynTensor;
use crate::size::Shape;
use crate::size::rules::{SameShape, TargetsOf};
use crate::tensor::Tensor;

/// The coefficient of determination R²: `1 - Σ (x - y)² / Σ (y - mean(y))²` (`r2_score` in scikit-learn; in
/// torchmetrics `R2Score`). 1 for exact predictions, 0 for those that are as good as the mean of the targets.
///
/// As in scikit-learn it is NaN for fewer than two elements; and for targets that are all equal it is 1 if all
/// predictions are exact, else 0. All elements are one list, also if the targets have several axes.
///
/// | | |
/// |---|---|
/// | variables | `residuals`, and those of a [`Welford`] of the targets |
///
/// ```
/// use nnx_core::{metrics::R2, tensor::Tensor};
///
/// let mut r2 = R2::new();
/// r2.update(&Tensor::from([1.0, 2.0, 4.0]), &Tensor::from([1.0, 2.0, 3.0]));
/// assert_eq!(r2.compute(), 0.5);
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::new())]
#[doc(alias = "r2_score")]
pub struct R2 {
    residuals: Accumulator,
    targets: Welford,
}

impl Default for R2 {
    fn default() -> Self {
        Self::new()
    }
}

impl R2 {
    /// A metric without elements.
    #[must_use]
    pub fn new() -> Self {
        Self { residuals: zero(), targets: Welford::new() }
    }

    /// The metric of all elements since the last reset.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "rounded once, at the end")]
    pub fn compute(&self) -> f32 {
        let (residuals, total) = (value(&self.residuals), self.targets.squares());
        if self.targets.count() < 2.0 {
            return f32::NAN;
        }
        if total == 0.0 {
            return if residuals == 0.0 { 1.0 } else { 0.0 };
        }
        (1.0 - residuals / total) as f32
    }

    /// Adds the elements of another metric, such as that of another process.
    pub fn merge(&mut self, other: &Self) {
        super::add(&mut self.residuals, value(&other.residuals));
        self.targets.merge(&other.targets);
    }

    /// Removes all elements.
    pub fn reset(&mut self) {
        *self = Self::new();
    }

    fn add(
        &mut self,
        predictions: &DynTensor,
        targets: &DynTensor,
        mask: Option<&DynTensor>,
    ) -> Result<(), MetricError> {
        let pairs = pairs(predictions, targets, mask)?;
        let residuals: f64 = pairs.iter().map(|(x, y)| (x - y) * (x - y)).sum();
        super::add(&mut self.residuals, residuals);
        self.targets.add_all(&pairs.into_iter().map(|(_, y)| y).collect::<Vec<f64>>());
        Ok(())
    }
}

regression_updates!(R2);
