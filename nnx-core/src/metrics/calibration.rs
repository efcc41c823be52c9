//! How far the probabilities of a classifier are from how often it is right.

use super::classified::{Classified, classifier_metric, log_sum_exp, predicted};
use super::{MetricError, pairs};
use crate::array::{Array, Dims, OrPanic as _};
use crate::module::{AnyVariable as _, DynVariable, KindId, kind};
use crate::ops::DynTensor;
use crate::size::Shape;
use crate::size::rules::TargetsOf;
use crate::tensor::{Label, Real, Tensor};

/// The expected calibration error (ECE): how far the confidence of a classifier is from its accuracy (Naeini et al.,
/// 2015; in torchmetrics `MulticlassCalibrationError`; the bins are those of `calibration_curve` in scikit-learn).
///
/// Each example is put into one of `bins` intervals of equal width by its confidence, the largest probability of the
/// softmax. Bin b is `((b - 1) / bins, b / bins]`, and the first has 0 too. The error is `Σ (n_b / n) |accuracy_b -
/// confidence_b|`. NaN before the first example, and if a logit is NaN.
///
/// | | |
/// |---|---|
/// | variables | `sums` (3, bins): examples, the sum of confidences, correct examples |
///
/// ```
/// use nnx_core::{metrics::CalibrationError, tensor::Tensor};
///
/// let mut error = CalibrationError::new(10);
/// error.update_probabilities(&Tensor::from([0.75, 0.75, 0.75, 0.75]), &Tensor::from([1, 1, 0, 0]));
/// assert_eq!(error.compute(), 0.25);
/// assert_eq!((error.curve()[7].accuracy, error.curve()[7].count), (0.5, 4));
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::new(15))]
#[doc(alias = "ECE")]
pub struct CalibrationError {
    sums: DynVariable,
}

/// The examples of one bin of [`CalibrationError`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CalibrationBin {
    /// The number of examples.
    pub count: u64,
    /// Their mean confidence; NaN without examples.
    pub confidence: f32,
    /// The fraction that is correct, or positive; NaN without examples.
    pub accuracy: f32,
}

impl CalibrationError {
    /// A metric without examples. (The derived `init` uses 15 bins.)
    ///
    /// # Panics
    /// If `bins` is 0.
    #[must_use]
    #[track_caller]
    pub fn new(bins: usize) -> Self {
        assert!(bins > 0, "CalibrationError: expected at least 1 bin, found 0");
        let sums = Array::full(0.0f64, &Dims::from_iter([3, bins]));
        Self { sums: DynVariable::new(KindId::of::<kind::MetricState>(), sums) }
    }

    /// Adds the probabilities of the positive class and the labels of a batch of a binary classifier. A label above 0
    /// is positive. The bins then compare the mean probability with the fraction of positives.
    ///
    /// # Panics
    /// If a runtime axis differs, or a probability isn't between 0 and 1.
    #[track_caller]
    pub fn update_probabilities<S, T, E, I>(
        &mut self,
        probabilities: &Tensor<S, E>,
        labels: &Tensor<T, I>,
    ) where
        S: Shape,
        T: TargetsOf<S>,
        E: Real,
        I: Label,
    {
        let (x, labels) = (probabilities.clone().into_dyn(), labels.clone().into_dyn());
        self.add_binary(&x, &labels)
            .map_err(|error| format!("CalibrationError: {error}"))
            .or_panic();
    }

    /// The error of all examples since the last reset; NaN without examples.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "rounded once, at the end")]
    pub fn compute(&self) -> f32 {
        let (sums, bins) = self.parts();
        let (counts, rest) = sums.split_at(bins);
        let (confidences, correct) = rest.split_at(bins);
        let gaps = confidences
            .iter()
            .zip(correct)
            .map(|(confidence, correct)| (confidence - correct).abs());
        (gaps.sum::<f64>() / counts.iter().sum::<f64>()) as f32
    }

    /// Each bin, from the least confident: a reliability diagram.
    #[must_use]
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rounded at the end"
    )]
    pub fn curve(&self) -> Vec<CalibrationBin> {
        let (sums, bins) = self.parts();
        let bin = |bin: usize| CalibrationBin {
            count: sums[bin] as u64,
            confidence: (sums[bins + bin] / sums[bin]) as f32,
            accuracy: (sums[2 * bins + bin] / sums[bin]) as f32,
        };
        (0..bins).map(bin).collect()
    }

    /// Adds the examples of another metric, such as that of another process.
    ///
    /// # Panics
    /// If its number of bins differs.
    #[track_caller]
    pub fn merge(&mut self, other: &Self) {
        let ((mut sums, bins), (others, found)) = (self.parts(), other.parts());
        assert!(bins == found, "CalibrationError: can't merge {found} bins into {bins}");
        sums.iter_mut().zip(others).for_each(|(sum, other)| *sum += other);
        self.put(sums);
    }

    /// Removes all examples.
    pub fn reset(&mut self) {
        *self = Self::new(self.parts().1);
    }

    fn parts(&self) -> (Vec<f64>, usize) {
        let sums = self.sums.array().to_vec::<f64>().expect("made as f64");
        let bins = sums.len() / 3;
        (sums, bins)
    }

    fn put(&mut self, sums: Vec<f64>) {
        let bins = sums.len() / 3;
        let array = Array::new(sums, &[3, bins]).expect("as many sums");
        self.sums.set_array(array).expect("the same shape");
    }

    fn add(
        &mut self,
        logits: &DynTensor,
        labels: &DynTensor,
        mask: Option<&DynTensor>,
    ) -> Result<(), MetricError> {
        let batch = Classified::new(logits, labels, mask)?;
        let examples = batch.rows().map(|(logits, label)| match predicted(logits) {
            Some(class) => ((logits[class] - log_sum_exp(logits)).exp(), class == label),
            None => (f64::NAN, false),
        });
        self.count(examples);
        Ok(())
    }

    fn add_binary(&mut self, x: &DynTensor, labels: &DynTensor) -> Result<(), MetricError> {
        let pairs = pairs(x, labels, None)?;
        if let Some((outside, _)) =
            pairs.iter().find(|(x, _)| !x.is_nan() && !(0.0..=1.0).contains(x))
        {
            let problem = format!(
                "{outside} is no probability: expected 0 to 1; turn logits into probabilities by `.sigmoid()`"
            );
            return Err(MetricError::Shape { problem });
        }
        self.count(pairs.into_iter().map(|(x, label)| (x, label > 0.0)));
        Ok(())
    }

    /// Counts examples by their confidence, and whether they are correct.
    #[allow(clippy::cast_precision_loss, reason = "a number of bins is far below 2^53")]
    fn count(&mut self, examples: impl Iterator<Item = (f64, bool)>) {
        let (mut sums, bins) = self.parts();
        let edges: Vec<f64> = (1..bins).map(|edge| edge as f64 / bins as f64).collect();
        for (confidence, correct) in examples {
            let bin = edges.partition_point(|&edge| edge < confidence);
            sums[bin] += 1.0;
            sums[bins + bin] += confidence;
            sums[2 * bins + bin] += f64::from(u8::from(correct));
        }
        self.put(sums);
    }
}

classifier_metric!(CalibrationError);
