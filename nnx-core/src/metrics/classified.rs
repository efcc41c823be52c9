//! Batches of a classifier as plain rows, and the methods that its metrics share.

use super::{MetricError, elements};
use crate::array::DType;
use crate::ops::DynTensor;
use crate::size::rules::LastAxis;

/// The number of classes of a metric, for logits of shape `S`.
// The trait is implemented by the number of classes of the metric, so that the message names it and the logits' shape.
#[diagnostic::on_unimplemented(
    message = "the metric counts {Self} classes, but the logits have shape `{S}`",
    label = "the last axis of the logits isn't `{Self}`",
    note = "give the metric as many classes as the logits have: their last axis"
)]
pub trait ClassesFor<S> {}
#[diagnostic::do_not_recommend]
impl<S: LastAxis<Last = C>, C> ClassesFor<S> for C {}

/// The logits and the labels of the examples that count.
pub(super) struct Classified {
    logits: Vec<f64>,
    labels: Vec<i64>,
    classes: usize,
}

impl Classified {
    /// The examples of a batch where the mask is true.
    ///
    /// # Errors
    /// Shapes that don't fit together, or a label that is no class.
    pub(super) fn new(
        logits: &DynTensor,
        labels: &DynTensor,
        mask: Option<&DynTensor>,
    ) -> Result<Self, MetricError> {
        if logits.rank() != labels.rank() + 1
            || logits.dims().without_axis(labels.rank()) != labels.dims()
            || !labels.dtype().is_label()
        {
            let (logits, labels) = (logits.signature(), labels.signature());
            let problem = format!(
                "takes logits (.., classes) and labels (..) of i32 or i64 of the same batch, found {logits} and {labels}"
            );
            return Err(MetricError::Shape { problem });
        }
        let kept = keeps(labels, mask)?;
        let classes = logits.dims()[labels.rank()];
        let all = elements(logits);
        let labels = labels.clone().cast(DType::I64).array().to_vec::<i64>().expect("cast to i64");
        let mut this = Self { logits: Vec::new(), labels: Vec::new(), classes };
        for (row, &label) in labels.iter().enumerate().filter(|(row, _)| kept(*row)) {
            if !usize::try_from(label).is_ok_and(|label| label < classes) {
                let problem = format!(
                    "label {label} of example {row} is no class: expected 0 to {}; leave out examples without a class by a mask",
                    classes.saturating_sub(1)
                );
                return Err(MetricError::Shape { problem });
            }
            this.labels.push(label);
            this.logits.extend(&all[row * classes..][..classes]);
        }
        Ok(this)
    }

    /// Each example: its logits and its label.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is a class")]
    pub(super) fn rows(&self) -> impl Iterator<Item = (&[f64], usize)> {
        let rows = self.logits.chunks(self.classes.max(1));
        rows.zip(self.labels.iter().map(|&label| label as usize))
    }
}

/// Which elements of `x` a mask keeps: all without a mask.
pub(super) fn keeps(
    x: &DynTensor,
    mask: Option<&DynTensor>,
) -> Result<impl Fn(usize) -> bool + use<>, MetricError> {
    let mask = mask.map(|mask| {
        if mask.dims() != x.dims() || mask.dtype() != DType::Bool {
            let (expected, found) = (x.dims(), mask.signature());
            let problem = format!("takes a mask of bool of shape {expected}, found {found}");
            return Err(MetricError::Shape { problem });
        }
        Ok(elements(mask))
    });
    let mask = mask.transpose()?;
    Ok(move |index: usize| mask.as_ref().is_none_or(|mask| mask[index] != 0.0))
}

/// The class of the largest logit, the first of several; none if a logit is NaN.
pub(super) fn predicted(logits: &[f64]) -> Option<usize> {
    let mut best = None;
    for (class, &logit) in logits.iter().enumerate() {
        if logit.is_nan() {
            return None;
        }
        if best.is_none_or(|(_, largest)| logit > largest) {
            best = Some((class, logit));
        }
    }
    best.map(|(class, _)| class)
}

/// `log Σ exp(x)`, without overflow.
pub(super) fn log_sum_exp(logits: &[f64]) -> f64 {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest.is_infinite() {
        // The largest logit is infinite: the formula below would give NaN, which is right only if a logit is NaN.
        let is_nan = logits.iter().any(|logit| logit.is_nan());
        return if is_nan { f64::NAN } else { largest };
    }
    largest + logits.iter().map(|logit| (logit - largest).exp()).sum::<f64>().ln()
}

/// `update`, `update_masked` and [`Metric`](super::Metric) of a metric of logits and labels, by its `add` and `score`.
macro_rules! classifier_metric {
    ($metric:ident $([$classes:ident])?) => {
        impl$(<$classes: $crate::size::Size>)? $metric$(<$classes>)? {
            /// Adds the logits and the labels of a batch.
            ///
            /// # Panics
            /// If a runtime axis differs, or a label is no class.
            #[track_caller]
            pub fn update<S, L, E, I>(
                &mut self,
                logits: &$crate::tensor::Tensor<S, E>,
                labels: &$crate::tensor::Tensor<L, I>,
            ) where
                S: $crate::size::rules::LastAxis,
                $($classes: crate::metrics::ClassesFor<S>,)?
                L: $crate::size::rules::LabelsOf<S>,
                E: $crate::tensor::Real,
                I: $crate::tensor::Label,
            {
                use $crate::array::OrPanic as _;
                let (logits, labels) = (logits.clone().into_dyn(), labels.clone().into_dyn());
                let added = self.add(&logits, &labels, None);
                added.map_err(|error| format!("{}: {error}", stringify!($metric))).or_panic();
            }

            /// Adds the examples of a batch where the mask is true. The others are ignored, whatever they hold.
            ///
            /// # Panics
            /// If a runtime axis differs, or a label is no class.
            #[track_caller]
            pub fn update_masked<S, L, M, E, I>(
                &mut self,
                logits: &$crate::tensor::Tensor<S, E>,
                labels: &$crate::tensor::Tensor<L, I>,
                mask: &$crate::tensor::Tensor<M, bool>,
            ) where
                S: $crate::size::rules::LastAxis,
                $($classes: crate::metrics::ClassesFor<S>,)?
                L: $crate::size::rules::LabelsOf<S>,
                M: $crate::size::rules::SameShape<L>,
                E: $crate::tensor::Real,
                I: $crate::tensor::Label,
            {
                use $crate::array::OrPanic as _;
                let (logits, labels) = (logits.clone().into_dyn(), labels.clone().into_dyn());
                let added = self.add(&logits, &labels, Some(&mask.clone().into_dyn()));
                added.map_err(|error| format!("{}: {error}", stringify!($metric))).or_panic();
            }
        }

        impl$(<$classes: $crate::size::Size>)? $crate::metrics::Metric for $metric$(<$classes>)? {
            fn update_from(
                &mut self,
                arguments: &$crate::metrics::Arguments,
            ) -> Result<(), $crate::metrics::MetricError> {
                let (logits, labels) = (arguments.get("logits")?, arguments.get("labels")?);
                self.add(logits, labels, arguments.mask())
            }
            fn value(&self) -> $crate::metrics::MetricValue {
                $crate::metrics::MetricValue::Scalar(self.compute())
            }
            fn reset(&mut self) {
                Self::reset(self);
            }
            fn merge(&mut self, other: &Self) {
                Self::merge(self, other);
            }
        }
    };
}
pub(super) use classifier_metric;
