//! The accuracy of a classifier.

use super::around::counts_in;
use super::{Arguments, Average, Metric, MetricError, MetricValue};
use crate::array::{Dims, OrPanic as _};
use crate::ops::{Comparison, DynTensor};
use crate::size::Shape;
use crate::size::rules::{LabelsOf, LastAxis, SameShape, TargetsOf};
use crate::tensor::{Label, Real, Tensor};

/// The fraction of examples whose largest logit is that of the label, from 0 to 1. NaN before the first example. A
/// row of logits that has a NaN counts as incorrect.
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
    /// A metric without examples.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the logits and the labels of a batch.
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
        self.add(&logits, &labels, None).map_err(|error| format!("Accuracy: {error}")).or_panic();
    }

    /// Adds the examples of a batch where the mask is true.
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
        self.add(&logits, &labels, Some(&mask))
            .map_err(|error| format!("Accuracy: {error}"))
            .or_panic();
    }

    /// Adds the predicted classes and the labels of a batch.
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
            compare(predicted, labels.clone()).and_then(|correct| self.average.add(&correct, None));
        added.map_err(|error| format!("Accuracy: {error}")).or_panic();
    }

    /// The accuracy of all examples since the last reset; NaN without examples.
    #[must_use]
    pub fn compute(&self) -> f32 {
        self.average.compute()
    }

    /// The number of correct examples since the last reset.
    #[must_use]
    pub fn correct(&self) -> u64 {
        self.average.total()
    }

    /// The number of examples since the last reset.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.average.count()
    }

    fn add(
        &mut self,
        logits: &DynTensor,
        labels: &DynTensor,
        mask: Option<&DynTensor>,
    ) -> Result<(), MetricError> {
        if logits.rank() != labels.rank() + 1 || !labels.dtype().is_label() {
            let (logits, labels) = (logits.signature(), labels.signature());
            let problem = format!(
                "takes logits (.., classes) and labels (..) of i32 or i64, found {logits} and {labels}"
            );
            return Err(MetricError::Shape { problem });
        }
        let rows = logits.dims().without_axis(labels.rank());
        check_batch(&rows, &labels.dims())?;
        self.average.add(&logits.clone().predicts(labels.clone()), mask)
    }
}

/// A mask of the examples whose prediction equals the label.
pub(super) fn compare(predicted: DynTensor, labels: DynTensor) -> Result<DynTensor, MetricError> {
    check_batch(&predicted.dims(), &labels.dims())?;
    Ok(predicted.compare(Comparison::Equal, labels))
}

fn check_batch(predictions: &Dims, labels: &Dims) -> Result<(), MetricError> {
    if predictions == labels {
        return Ok(());
    }
    let problem = format!(
        "predictions of shape {predictions} for labels of shape {labels}; both must come from the same batch"
    );
    Err(MetricError::Shape { problem })
}

counts_in!(Accuracy, average, "examples");

impl Metric for Accuracy {
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
