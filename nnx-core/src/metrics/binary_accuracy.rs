//! The share of right yeses and noes.

use super::accuracy::compare;
use super::{Arguments, Average, Measure, Metric, MetricError};
use crate::array::{Array, DType};
use crate::ops::{Comparison, DynTensor};
use crate::size::Shape;
use crate::size::rules::{SameShape, TargetsOf};
use crate::tensor::{Label, Real, Tensor};

/// The share of elements of which `x >= threshold` is what the label says, yes above 0; NaN before the
/// first. A NaN is never right, neither as a yes nor as a no.
///
/// | | |
/// |---|---|
/// | variables | `average/total`, `average/count` |
/// | Flax | `nnx.metrics.Accuracy(threshold=threshold)` |
///
/// ```
/// use nnx_core::{metrics::BinaryAccuracy, tensor::Tensor};
///
/// let mut accuracy = BinaryAccuracy::new(0.5);
/// accuracy.update(&Tensor::from([0.5, 0.9, 0.2, 0.7]), &Tensor::from([1, 1, 0, 0]));
/// assert_eq!(accuracy.compute(), 0.75);
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::new(0.5))]
pub struct BinaryAccuracy {
    threshold: f64,
    average: Average,
}

impl BinaryAccuracy {
    /// No answer yet. (The derived `init` takes the threshold 0.5.)
    #[must_use]
    pub fn new(threshold: f64) -> Self {
        Self { threshold, average: Average::new() }
    }

    /// Adds a batch.
    ///
    /// # Panics
    /// If a runtime axis differs.
    #[track_caller]
    pub fn update<S, T, E, I>(&mut self, predictions: &Tensor<S, E>, labels: &Tensor<T, I>)
    where
        S: Shape,
        T: TargetsOf<S>,
        E: Real,
        I: Label,
    {
        let (x, labels) = (predictions.clone().into_dyn(), labels.clone().into_dyn());
        self.add(&x, &labels, None).unwrap_or_else(|error| panic!("BinaryAccuracy: {error}"));
    }

    /// Adds those elements of a batch at which the mask is true.
    ///
    /// # Panics
    /// If a runtime axis differs.
    #[track_caller]
    pub fn update_masked<S, T, M, E, I>(
        &mut self,
        predictions: &Tensor<S, E>,
        labels: &Tensor<T, I>,
        mask: &Tensor<M, bool>,
    ) where
        S: Shape,
        T: TargetsOf<S>,
        M: SameShape<S>,
        E: Real,
        I: Label,
    {
        let (x, labels) = (predictions.clone().into_dyn(), labels.clone().into_dyn());
        let mask = mask.clone().into_dyn();
        let added = self.add(&x, &labels, Some(&mask));
        added.unwrap_or_else(|error| panic!("BinaryAccuracy: {error}"));
    }

    /// The share of right answers since the start or the last reset; NaN if there are none.
    #[must_use]
    pub fn compute(&self) -> f32 {
        self.average.compute()
    }

    /// Forgets all answers.
    pub fn reset(&mut self) {
        self.average.reset();
    }

    fn add(
        &mut self,
        x: &DynTensor,
        labels: &DynTensor,
        mask: Option<&DynTensor>,
    ) -> Result<(), MetricError> {
        if !x.dtype().is_float() || labels.dtype() != DType::I32 {
            let problem = format!(
                "takes predictions of f32 or f64 and labels of i32, found {} and {}",
                x.signature(),
                labels.signature()
            );
            return Err(MetricError::Shape { problem });
        }
        let threshold = x.full_like(self.threshold);
        let predicted = x.clone().detach().compare(Comparison::GreaterEqual, threshold);
        let zero = DynTensor::from(Array::full(0i32, &labels.dims()));
        let right = compare(predicted, labels.clone().compare(Comparison::Greater, zero))?;
        let is_number = x.clone().detach().compare(Comparison::Equal, x.clone().detach());
        self.average.add(&(right & is_number), mask)
    }
}

impl Metric for BinaryAccuracy {
    fn update_from(&mut self, arguments: &Arguments) -> Result<(), MetricError> {
        self.add(arguments.get("logits")?, arguments.get("labels")?, arguments.mask())
    }
    fn measure(&self) -> Measure {
        Measure::Number(self.compute())
    }
    fn reset(&mut self) {
        Self::reset(self);
    }
}
