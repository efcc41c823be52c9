//! The accuracy of binary predictions.

use super::accuracy::compare;
use super::around::counts_in;
use super::{Arguments, Average, Metric, MetricError, MetricValue};
use crate::array::{Array, OrPanic as _};
use crate::ops::{Comparison, DynTensor};
use crate::size::Shape;
use crate::size::rules::{SameShape, TargetsOf};
use crate::tensor::{Label, Real, Tensor};

/// The fraction of elements whose prediction `x >= threshold` equals the label, where a label above 0 is true. NaN
/// before the first update. An `x` that is NaN counts as incorrect for either label.
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
    /// A metric without elements. (The derived `init` uses the threshold 0.5.)
    #[must_use]
    pub fn new(threshold: f64) -> Self {
        Self { threshold, average: Average::new() }
    }

    /// Adds the predictions and the labels of a batch.
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
        self.add(&x, &labels, None).map_err(|error| format!("BinaryAccuracy: {error}")).or_panic();
    }

    /// Adds the elements of a batch where the mask is true.
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
        added.map_err(|error| format!("BinaryAccuracy: {error}")).or_panic();
    }

    /// The accuracy of all elements since the last reset; NaN without elements.
    #[must_use]
    pub fn compute(&self) -> f32 {
        self.average.compute()
    }

    fn add(
        &mut self,
        x: &DynTensor,
        labels: &DynTensor,
        mask: Option<&DynTensor>,
    ) -> Result<(), MetricError> {
        if !x.dtype().is_float() || !labels.dtype().is_label() {
            let problem = format!(
                "takes predictions of f32 or f64 and labels of i32 or i64, found {} and {}",
                x.signature(),
                labels.signature()
            );
            return Err(MetricError::Shape { problem });
        }
        let threshold = x.full_like(self.threshold);
        let predicted = x.clone().stop_gradient().compare(Comparison::GreaterEqual, threshold);
        let zero = DynTensor::from(Array::full(0i32, &labels.dims())).cast(labels.dtype());
        let correct = compare(predicted, labels.clone().compare(Comparison::Greater, zero))?;
        let not_nan =
            x.clone().stop_gradient().compare(Comparison::Equal, x.clone().stop_gradient());
        self.average.add(&(correct & not_nan), mask)
    }
}

counts_in!(BinaryAccuracy, average, "elements");

impl Metric for BinaryAccuracy {
    fn update_from(&mut self, arguments: &Arguments) -> Result<(), MetricError> {
        self.add(arguments.get("logits")?, arguments.get("labels")?, arguments.mask())
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
