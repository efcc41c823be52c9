//! Metrics, accumulated over batches (`nnx.metrics`; in PyTorch `torchmetrics`): `update` adds a batch, `compute`
//! returns the metric of all batches since the last `reset`.
//!
//! | here | Flax | |
//! |---|---|---|
//! | [`Average`] | `nnx.metrics.Average` | the mean |
//! | [`Accuracy`] | `nnx.metrics.Accuracy()` | the fraction of correct classes |
//! | [`BinaryAccuracy`] | `nnx.metrics.Accuracy(threshold=..)` | the fraction of correct binary predictions |
//! | [`ConfusionMatrix`] | none | labels and predictions by class: precision, recall, F1 |
//! | [`Precision`], [`Recall`], [`F1`] | none | these as metrics of their own |
//! | [`TopK`] | none | the fraction whose label is among the k most likely classes |
//! | [`Auroc`], [`AveragePrecision`] | none | how well scores rank positives before negatives |
//! | [`CalibrationError`] | none | how far confidence is from accuracy |
//! | [`Perplexity`] | none | the exponential of the mean cross-entropy |
//! | [`MeanAbsoluteError`], [`MeanSquaredError`], [`RootMeanSquaredError`], [`R2`] | none | errors of numbers |
//! | [`Welford`] | `nnx.metrics.Welford` | mean, standard deviation, standard error |
//! | [`MultiMetric`] | `nnx.MultiMetric` | several metrics, by name |
//!
//! A metric is a module. Its sums are variables of kind `MetricState`, saved and loaded like others. They are f64;
//! in Flax they are f32 and 32-bit counts. Without data every metric is NaN. [`Metric::merge`] adds what another process
//! has counted.

mod accuracy;
mod around;
mod average;
mod binary_accuracy;
mod calibration;
mod class_scores;
mod classified;
mod confusion;
mod multi;
mod perplexity;
mod r2;
mod ranking;
mod regression;
mod top_k;
mod welford;

pub use accuracy::Accuracy;
pub use average::Average;
pub use binary_accuracy::BinaryAccuracy;
pub use calibration::{CalibrationBin, CalibrationError};
pub use class_scores::{F1, Precision, Recall};
#[doc(hidden)]
pub use classified::ClassesFor;
pub use confusion::{Averaging, ConfusionMatrix};
pub use multi::{Arguments, Metric, MetricError, MetricValue, MultiMetric};
pub use perplexity::Perplexity;
pub use r2::R2;
pub use ranking::{Auroc, AveragePrecision};
pub use regression::{MeanAbsoluteError, MeanSquaredError, RootMeanSquaredError};
pub use top_k::TopK;
pub use welford::{Statistics, Welford};

use crate::array::DType;
use crate::module::{Variable, kind};
use crate::ops::DynTensor;
use crate::tensor::Tensor;

/// A sum or count of a metric.
type Accumulator = Variable<Tensor<(), f64>, kind::MetricState>;

/// An accumulator at 0.
fn zero() -> Accumulator {
    Variable::new(Tensor::from(0.0))
}

fn value(accumulator: &Accumulator) -> f64 {
    accumulator.value().item()
}

fn add(accumulator: &mut Accumulator, amount: f64) {
    accumulator.replace(Tensor::from(value(accumulator) + amount));
}

/// The elements as f64.
fn elements(x: &DynTensor) -> Vec<f64> {
    x.clone().stop_gradient().cast(DType::F64).array_for("a metric").to_vec().expect("cast to f64")
}

/// The elements where the mask is true, as f64; all elements without a mask.
fn masked_elements(x: &DynTensor, mask: Option<&DynTensor>) -> Result<Vec<f64>, MetricError> {
    let Some(mask) = mask else { return Ok(elements(x)) };
    if mask.dims() != x.dims() || mask.dtype() != DType::Bool {
        let (expected, found) = (x.dims(), mask.signature());
        let problem = format!("takes a mask of bool of shape {expected}, found {found}");
        return Err(MetricError::Shape { problem });
    }
    let mask = elements(mask);
    Ok(elements(x).into_iter().zip(mask).filter(|(_, mask)| *mask != 0.0).map(|(x, _)| x).collect())
}

/// Pairs of elements of two tensors of one shape where the mask is true, as f64.
fn pairs(
    predictions: &DynTensor,
    targets: &DynTensor,
    mask: Option<&DynTensor>,
) -> Result<Vec<(f64, f64)>, MetricError> {
    if predictions.dims() != targets.dims() {
        let (predictions, targets) = (predictions.dims(), targets.dims());
        let problem = format!(
            "predictions of shape {predictions} for targets of shape {targets}; both must come from the same batch"
        );
        return Err(MetricError::Shape { problem });
    }
    let (x, y) = (masked_elements(predictions, mask)?, masked_elements(targets, mask)?);
    Ok(x.into_iter().zip(y).collect())
}
