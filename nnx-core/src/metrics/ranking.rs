//! How well scores put positives before negatives.

use super::{Arguments, Metric, MetricError, MetricValue, pairs};
use crate::array::OrPanic as _;
use crate::ops::DynTensor;
use crate::size::Shape;
use crate::size::rules::{SameShape, TargetsOf};
use crate::tensor::{Label, Real, Tensor};

/// Scores and whether each is of a positive. They aren't variables: their number grows with the data.
#[derive(Debug, Clone, Default)]
struct Scored(Vec<(f64, bool)>);

/// Counts at one threshold, or of one group of equal scores.
#[derive(Clone, Copy, Default)]
struct Counts {
    positives: f64,
    negatives: f64,
}

impl Scored {
    fn add(
        &mut self,
        scores: &DynTensor,
        labels: &DynTensor,
        mask: Option<&DynTensor>,
    ) -> Result<(), MetricError> {
        if !scores.dtype().is_float() || !labels.dtype().is_label() {
            let (scores, labels) = (scores.signature(), labels.signature());
            let problem = format!(
                "takes scores of f32 or f64 and labels of i32 or i64, found {scores} and {labels}"
            );
            return Err(MetricError::Shape { problem });
        }
        let pairs = pairs(scores, labels, mask)?;
        self.0.extend(pairs.into_iter().map(|(score, label)| (score, label > 0.0)));
        Ok(())
    }

    /// Positives and negatives in each group of equal scores, from the largest score to the smallest. None if a score
    /// is NaN.
    fn groups(&self) -> Option<Vec<Counts>> {
        if self.0.iter().any(|(score, _)| score.is_nan()) {
            return None;
        }
        let mut sorted = self.0.clone();
        sorted.sort_unstable_by(|(left, _), (right, _)| right.total_cmp(left));
        let groups = sorted.chunk_by(|(left, _), (right, _)| left == right).map(|group| {
            #[allow(clippy::cast_precision_loss, reason = "a count is far below 2^53")]
            let (all, positives) =
                (group.len() as f64, group.iter().filter(|(_, label)| *label).count() as f64);
            Counts { positives, negatives: all - positives }
        });
        Some(groups.collect())
    }

    /// The probability that a positive has a larger score than a negative.
    fn area(&self) -> f64 {
        let Some(groups) = self.groups() else { return f64::NAN };
        let (mut area, mut seen) = (0.0, Counts::default());
        for Counts { positives, negatives } in groups {
            area += negatives * (seen.positives + 0.5 * positives);
            seen.positives += positives;
            seen.negatives += negatives;
        }
        area / (seen.positives * seen.negatives)
    }

    /// The sum over thresholds of the precision times the growth of the recall.
    fn average_precision(&self) -> f64 {
        let Some(groups) = self.groups() else { return f64::NAN };
        let (mut sum, mut seen) = (0.0, Counts::default());
        for Counts { positives, negatives } in groups {
            seen.positives += positives;
            seen.negatives += negatives;
            sum += positives * (seen.positives / (seen.positives + seen.negatives));
        }
        sum / seen.positives
    }
}

macro_rules! ranking_metrics {
    ($($(#[$doc:meta])* $metric:ident: $method:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Default, crate::Module)]
        #[module(init = Self::new())]
        pub struct $metric {
            #[module(skip)]
            scored: Scored,
        }

        impl $metric {
            /// A metric without examples.
            #[must_use]
            pub fn new() -> Self {
                Self::default()
            }

            /// Adds the scores and the labels of a batch. A label above 0 is positive.
            ///
            /// # Panics
            /// If a runtime axis differs.
            #[track_caller]
            pub fn update<S, T, E, I>(&mut self, scores: &Tensor<S, E>, labels: &Tensor<T, I>)
            where
                S: Shape,
                T: TargetsOf<S>,
                E: Real,
                I: Label,
            {
                let (scores, labels) = (scores.clone().into_dyn(), labels.clone().into_dyn());
                let added = self.scored.add(&scores, &labels, None);
                added.map_err(|error| format!("{}: {error}", stringify!($metric))).or_panic();
            }

            /// Adds the examples of a batch where the mask is true.
            ///
            /// # Panics
            /// If a runtime axis differs.
            #[track_caller]
            pub fn update_masked<S, T, M, E, I>(
                &mut self,
                scores: &Tensor<S, E>,
                labels: &Tensor<T, I>,
                mask: &Tensor<M, bool>,
            ) where
                S: Shape,
                T: TargetsOf<S>,
                M: SameShape<S>,
                E: Real,
                I: Label,
            {
                let (scores, labels) = (scores.clone().into_dyn(), labels.clone().into_dyn());
                let added = self.scored.add(&scores, &labels, Some(&mask.clone().into_dyn()));
                added.map_err(|error| format!("{}: {error}", stringify!($metric))).or_panic();
            }

            /// The metric of all examples since the last reset.
            #[must_use]
            #[allow(clippy::cast_possible_truncation, reason = "rounded once, at the end")]
            pub fn compute(&self) -> f32 {
                self.scored.$method() as f32
            }

            /// Adds the examples of another metric, such as that of another process.
            pub fn merge(&mut self, other: &Self) {
                self.scored.0.extend(&other.scored.0);
            }

            /// Removes all examples.
            pub fn reset(&mut self) {
                self.scored.0.clear();
            }
        }

        impl Metric for $metric {
            fn update_from(&mut self, arguments: &Arguments) -> Result<(), MetricError> {
                let (logits, labels) = (arguments.get("logits")?, arguments.get("labels")?);
                self.scored.add(logits, labels, arguments.mask())
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
            fn counts(&self) -> Vec<f64> {
                let pair = |&(score, label): &(f64, bool)| [score, f64::from(label)];
                self.scored.0.iter().flat_map(pair).collect()
            }
            fn set_counts(&mut self, counts: &[f64]) -> Result<(), MetricError> {
                let (pairs, []) = counts.as_chunks::<2>() else {
                    let found = counts.len();
                    let problem = format!("expected a score and a label of each example, found {found} counts");
                    return Err(MetricError::Shape { problem });
                };
                self.scored.0 = pairs.iter().map(|&[score, label]| (score, label > 0.0)).collect();
                Ok(())
            }
        }
    )* };
}

ranking_metrics! {
    /// The area under the ROC curve of a binary classifier: the probability that a positive has a larger score than a
    /// negative, where equal scores count half (`roc_auc_score` in scikit-learn; in torchmetrics `BinaryAUROC`). NaN
    /// without positives or without negatives, and if a score is NaN.
    ///
    /// Scores are logits or probabilities: only their order counts. For a class of several, take its logits and
    /// whether each label is that class. All scores are kept, in 16 bytes each, and aren't saved with a model; the
    /// value is exact.
    ///
    /// ```
    /// use nnx_core::{metrics::Auroc, tensor::Tensor};
    ///
    /// let mut auroc = Auroc::new();
    /// auroc.update(&Tensor::from([0.1, 0.4, 0.35, 0.8]), &Tensor::from([0, 0, 1, 1]));
    /// assert_eq!(auroc.compute(), 0.75);
    /// ```
    #[doc(alias = "roc_auc_score")]
    Auroc: area;
    /// The area under the curve of precision over recall, as a sum without interpolation: over all thresholds, the
    /// precision times the growth of the recall (`average_precision_score` in scikit-learn; in torchmetrics
    /// `BinaryAveragePrecision`). NaN without positives (in scikit-learn 0), and if a score is NaN.
    ///
    /// Equal scores are one threshold. All scores are kept, in 16 bytes each, and aren't saved with a model.
    ///
    /// ```
    /// use nnx_core::{metrics::AveragePrecision, tensor::Tensor};
    ///
    /// let mut precision = AveragePrecision::new();
    /// precision.update(&Tensor::from([0.1, 0.4, 0.35, 0.8]), &Tensor::from([0, 0, 1, 1]));
    /// assert_eq!(precision.compute(), (0.5 + 0.5 * 2.0 / 3.0) as f32);
    /// ```
    AveragePrecision: average_precision;
}
