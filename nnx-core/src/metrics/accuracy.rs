//! The share of right answers.

use super::{Arguments, Average, Measure, Metric, MetricError};
use crate::array::{Array, DType};
use crate::ops::{Comparison, DynTensor};
use crate::size::Shape;
use crate::size::rules::{LabelsOf, LastAxis, SameShape, TargetsOf};
use crate::tensor::{Label, Real, Tensor};

/// The share of examples whose largest logit is the label's, 0 to 1; NaN before the first.
///
/// | | |
/// |---|---|
/// | variables | `average/total`, `average/count` |
/// | Flax | `nnx.metrics.Accuracy()` |
///
/// ```
/// use nnx_core::{metrics::Accuracy, tensor::Tensor};
///
/// let mut accuracy = Accuracy::new();
/// let logits = Tensor::from([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]]);
/// accuracy.update(&logits, &Tensor::from([1, 0, 0, 0]));
/// assert_eq!((accuracy.compute(), accuracy.count()), (0.75, 4));
/// accuracy.update_classes(&Tensor::from([7, 2]), &Tensor::from([7, 2]));
/// assert_eq!((accuracy.correct(), accuracy.count()), (5, 6));
/// ```
#[derive(Debug, Clone, Default, crate::Module)]
pub struct Accuracy {
    average: Average,
}

impl Accuracy {
    /// No answer yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the logits and the true classes of a batch.
    ///
    /// # Panics
    /// If a runtime axis differs.
    #[track_caller]
    pub fn update<S, L, E, I>(&mut self, logits: &Tensor<S, E>, labels: &Tensor<L, I>)
    where
        S: LastAxis,
        L: LabelsOf<S>,
        E: Real,
        I: Label,
    {
        let (logits, labels) = (logits.clone().into_dyn(), labels.clone().into_dyn());
        self.add(&logits, &labels, None).unwrap_or_else(|error| panic!("Accuracy: {error}"));
    }

    /// Adds those examples of a batch at which the mask is true.
    ///
    /// # Panics
    /// If a runtime axis differs.
    #[track_caller]
    pub fn update_masked<S, L, M, E, I>(
        &mut self,
        logits: &Tensor<S, E>,
        labels: &Tensor<L, I>,
        mask: &Tensor<M, bool>,
    ) where
        S: LastAxis,
        L: LabelsOf<S>,
        M: SameShape<L>,
        E: Real,
        I: Label,
    {
        let (logits, labels) = (logits.clone().into_dyn(), labels.clone().into_dyn());
        let mask = mask.clone().into_dyn();
        self.add(&logits, &labels, Some(&mask)).unwrap_or_else(|error| panic!("Accuracy: {error}"));
    }

    /// Adds the predicted and the true classes of a batch.
    ///
    /// # Panics
    /// If a runtime axis differs.
    #[track_caller]
    pub fn update_classes<S, T, I, J>(&mut self, predicted: &Tensor<S, I>, labels: &Tensor<T, J>)
    where
        S: Shape,
        T: TargetsOf<S>,
        I: Label,
        J: Label,
    {
        let (predicted, labels) = (predicted.clone().into_dyn(), labels.clone().into_dyn());
        let added =
            compare(predicted, labels.clone()).and_then(|right| self.average.add(&right, None));
        added.unwrap_or_else(|error| panic!("Accuracy: {error}"));
    }

    /// The share of right answers since the start or the last reset; NaN if there are none.
    #[must_use]
    pub fn compute(&self) -> f32 {
        self.average.compute()
    }

    /// How many answers were right.
    #[must_use]
    pub fn correct(&self) -> u64 {
        self.average.total()
    }

    /// How many answers there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.average.count()
    }

    /// Forgets all answers.
    pub fn reset(&mut self) {
        self.average.reset();
    }

    fn add(
        &mut self,
        logits: &DynTensor,
        labels: &DynTensor,
        mask: Option<&DynTensor>,
    ) -> Result<(), MetricError> {
        if logits.rank() != labels.rank() + 1 || labels.dtype() != DType::I32 {
            let (logits, labels) = (logits.signature(), labels.signature());
            let problem = format!(
                "takes logits (.., classes) and labels (..) of i32, found {logits} and {labels}"
            );
            return Err(MetricError::Shape { problem });
        }
        let classes = logits.clone().detach().argmax(labels.rank());
        self.average.add(&compare(classes, labels.clone())?, mask)
    }
}

/// Where are both equal?
fn compare(predicted: DynTensor, labels: DynTensor) -> Result<DynTensor, MetricError> {
    if predicted.dims() != labels.dims() {
        let problem = format!(
            "predictions of shape {} for labels of shape {}; both must come from the same batch",
            predicted.dims(),
            labels.dims()
        );
        return Err(MetricError::Shape { problem });
    }
    Ok(predicted.compare(Comparison::Equal, labels))
}

impl Metric for Accuracy {
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

/// The share of elements of which `x >= threshold` is what the label says, yes above 0; NaN before the
/// first.
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
        self.average.add(&right, mask)
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
