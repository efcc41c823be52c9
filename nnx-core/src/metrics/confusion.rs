//! The confusion matrix of a classifier, and the metrics that are computed from it.

use super::classified::{Classified, classifier_metric, predicted};
use super::{MetricError, elements};
use crate::module::{Variable, kind};
use crate::ops::DynTensor;
use crate::size::Size;
use crate::tensor::{Label, Tensor};

/// How the scores of the classes become one number (`average=` in scikit-learn and torchmetrics).
///
/// With tp, fp and fn of class c (true positives, false positives, false negatives):
///
/// | | precision | recall |
/// |---|---|---|
/// | `Micro` | `Σ tp / Σ (tp + fp)` | `Σ tp / Σ (tp + fn)` |
/// | `Macro` | the mean of the classes' scores | |
/// | `Weighted` | their mean, weighted by the number of examples of each class | |
///
/// Classes that are neither a label nor a prediction have no score, and don't count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Averaging {
    /// All examples count the same.
    Micro,
    /// All classes count the same.
    #[default]
    Macro,
    /// Classes count by their examples.
    Weighted,
}

/// Counts of labels and predictions: row i, column j counts the examples of class i that were predicted as class j
/// (`confusion_matrix` in scikit-learn; in torchmetrics `MulticlassConfusionMatrix`). Precision, recall and F1 follow
/// from it.
///
/// The prediction is the first of the largest logits. A row of logits that has a NaN predicts no class: it counts as
/// missed, and is in no column. A score whose divisor is 0 is 0, as in scikit-learn, but NaN for a class that is
/// neither a label nor a prediction, and without examples.
///
/// | | |
/// |---|---|
/// | variables | `counts` (Classes, Classes), `missed` (Classes) |
/// | value in a [`MultiMetric`](super::MultiMetric) | the accuracy |
///
/// ```
/// use nnx_core::{metrics::{Averaging, ConfusionMatrix}, size::U3, tensor::Tensor};
///
/// let mut matrix = ConfusionMatrix::<U3>::new();
/// let predicted = Tensor::from([0, 2, 1, 0, 0, 1]);
/// matrix.update_classes(&predicted, &Tensor::from([0, 1, 2, 0, 1, 2]));
/// assert_eq!(matrix.counts().to_vec(), [2.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 2.0, 0.0]);
/// assert_eq!(matrix.recalls().to_vec(), [1.0, 0.0, 0.0]);
/// assert_eq!(matrix.compute(), 2.0 / 6.0); // the accuracy
/// assert_eq!(matrix.f1(Averaging::Macro), 0.8 / 3.0);
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::new())]
#[doc(alias = "classification_report")]
pub struct ConfusionMatrix<Classes: Size> {
    counts: Variable<Tensor<(Classes, Classes), f64>, kind::MetricState>,
    missed: Variable<Tensor<(Classes,), f64>, kind::MetricState>,
}

impl<Classes: Size> Default for ConfusionMatrix<Classes> {
    fn default() -> Self {
        Self::new()
    }
}

/// Counts of one class.
#[derive(Clone, Copy, Default)]
struct OfClass {
    hits: f64,
    labels: f64,
    predictions: f64,
}

impl OfClass {
    fn precision(self) -> f64 {
        self.share(self.hits, self.predictions)
    }
    fn recall(self) -> f64 {
        self.share(self.hits, self.labels)
    }
    fn f1(self) -> f64 {
        self.share(2.0 * self.hits, self.predictions + self.labels)
    }
    /// 0 where the divisor is 0, but NaN for a class that doesn't occur.
    fn share(self, part: f64, whole: f64) -> f64 {
        if whole > 0.0 || !self.occurs() { part / whole } else { 0.0 }
    }
    fn occurs(self) -> bool {
        self.labels + self.predictions > 0.0
    }
}

impl<Classes: Size> ConfusionMatrix<Classes> {
    /// A matrix without examples.
    #[must_use]
    pub fn new() -> Self {
        Self { counts: Variable::new(Tensor::zeros()), missed: Variable::new(Tensor::zeros()) }
    }

    /// Adds the predicted classes and the labels of a batch.
    ///
    /// # Panics
    /// If a runtime axis differs, or a prediction or a label is no class.
    #[track_caller]
    pub fn update_classes<S, T, I, J>(&mut self, predicted: &Tensor<S, I>, labels: &Tensor<T, J>)
    where
        S: crate::size::Shape,
        T: crate::size::rules::TargetsOf<S>,
        I: Label,
        J: Label,
    {
        use crate::array::OrPanic as _;
        let (predicted, labels) = (predicted.clone().into_dyn(), labels.clone().into_dyn());
        self.add_classes(&predicted, &labels)
            .map_err(|error| format!("ConfusionMatrix: {error}"))
            .or_panic();
    }

    /// The counts: rows are labels, columns are predictions. Divide a row by its sum for shares of the class.
    #[must_use]
    pub fn counts(&self) -> Tensor<(Classes, Classes), f64> {
        self.counts.value().clone()
    }

    /// The accuracy; NaN without examples.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "rounded once, at the end")]
    pub fn compute(&self) -> f32 {
        let classes = self.classes();
        let labels: f64 = classes.iter().map(|class| class.labels).sum();
        (classes.iter().map(|class| class.hits).sum::<f64>() / labels) as f32
    }

    /// The precision of each class: `tp / (tp + fp)`.
    #[must_use]
    pub fn precisions(&self) -> Tensor<(Classes,)> {
        self.of_each(OfClass::precision)
    }

    /// The recall of each class: `tp / (tp + fn)`.
    #[must_use]
    #[doc(alias = "sensitivity")]
    pub fn recalls(&self) -> Tensor<(Classes,)> {
        self.of_each(OfClass::recall)
    }

    /// The F1 score of each class: `2 tp / (2 tp + fp + fn)`, the harmonic mean of precision and recall.
    #[must_use]
    pub fn f1s(&self) -> Tensor<(Classes,)> {
        self.of_each(OfClass::f1)
    }

    /// The precision of all classes; NaN without examples.
    #[must_use]
    pub fn precision(&self, averaging: Averaging) -> f32 {
        self.average(averaging, OfClass::precision)
    }

    /// The recall of all classes; NaN without examples.
    #[must_use]
    pub fn recall(&self, averaging: Averaging) -> f32 {
        self.average(averaging, OfClass::recall)
    }

    /// The F1 score of all classes; NaN without examples.
    #[must_use]
    pub fn f1(&self, averaging: Averaging) -> f32 {
        self.average(averaging, OfClass::f1)
    }

    /// Adds the examples of another matrix, such as that of another process.
    pub fn merge(&mut self, other: &Self) {
        let (counts, missed) = (other.counts.value(), other.missed.value());
        self.counts.replace(self.counts.value().clone() + counts.clone());
        self.missed.replace(self.missed.value().clone() + missed.clone());
    }

    /// Removes all examples.
    pub fn reset(&mut self) {
        *self = Self::new();
    }

    fn classes(&self) -> Vec<OfClass> {
        let (counts, missed) = (self.counts.value().to_vec(), self.missed.value().to_vec());
        let size = missed.len();
        let class = |c: usize| OfClass {
            hits: counts[c * size + c],
            labels: counts[c * size..][..size].iter().sum::<f64>() + missed[c],
            predictions: counts.iter().skip(c).step_by(size).sum(),
        };
        (0..size).map(class).collect()
    }

    #[allow(clippy::cast_possible_truncation, reason = "rounded once, at the end")]
    fn of_each(&self, score: fn(OfClass) -> f64) -> Tensor<(Classes,)> {
        let scores = self.classes().into_iter().map(|class| score(class) as f32).collect();
        Tensor::from_vec(scores).expect("a score a class")
    }

    #[allow(clippy::cast_possible_truncation, reason = "rounded once, at the end")]
    fn average(&self, averaging: Averaging, score: fn(OfClass) -> f64) -> f32 {
        let classes: Vec<_> = self.classes().into_iter().filter(|class| class.occurs()).collect();
        let mean = |weight: fn(&OfClass) -> f64| {
            let total: f64 = classes.iter().map(weight).sum();
            classes.iter().map(|class| weight(class) * score(*class)).sum::<f64>() / total
        };
        (match averaging {
            Averaging::Macro => mean(|_| 1.0),
            Averaging::Weighted => mean(|class| class.labels),
            Averaging::Micro => {
                score(classes.iter().fold(OfClass::default(), |all, class| OfClass {
                    hits: all.hits + class.hits,
                    labels: all.labels + class.labels,
                    predictions: all.predictions + class.predictions,
                }))
            }
        }) as f32
    }

    pub(super) fn add(
        &mut self,
        logits: &DynTensor,
        labels: &DynTensor,
        mask: Option<&DynTensor>,
    ) -> Result<(), MetricError> {
        let batch = Classified::new(logits, labels, mask)?;
        self.count(batch.rows().map(|(logits, label)| (predicted(logits), label)));
        Ok(())
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked")]
    fn add_classes(
        &mut self,
        predicted: &DynTensor,
        labels: &DynTensor,
    ) -> Result<(), MetricError> {
        let pairs = super::pairs(predicted, labels, None)?;
        for class in pairs.iter().flat_map(|&(predicted, label)| [predicted, label]) {
            #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
            if !(0.0..Classes::USIZE as f64).contains(&class) {
                let problem = format!(
                    "{class} is no class: expected 0 to {}",
                    Classes::USIZE.saturating_sub(1)
                );
                return Err(MetricError::Shape { problem });
            }
        }
        self.count(
            pairs.iter().map(|&(predicted, label)| (Some(predicted as usize), label as usize)),
        );
        Ok(())
    }

    /// Counts pairs of prediction and label.
    fn count(&mut self, pairs: impl Iterator<Item = (Option<usize>, usize)>) {
        let mut counts = elements(&self.counts.value().clone().into_dyn());
        let mut missed = elements(&self.missed.value().clone().into_dyn());
        for (predicted, label) in pairs {
            match predicted {
                Some(class) => counts[label * Classes::USIZE + class] += 1.0,
                None => missed[label] += 1.0,
            }
        }
        self.counts.replace(Tensor::from_vec(counts).expect("as many counts"));
        self.missed.replace(Tensor::from_vec(missed).expect("as many counts"));
    }
}

classifier_metric!(ConfusionMatrix[Classes]);
