//! Metrics, accumulated over batches (`nnx.metrics`; in PyTorch `torchmetrics`): `update` adds a batch, `compute`
//! returns the metric of all batches since the last `reset`.
//!
//! | here | Flax | |
//! |---|---|---|
//! | [`Average`] | `nnx.metrics.Average` | the mean |
//! | [`Accuracy`] | `nnx.metrics.Accuracy()` | the fraction of correct classes |
//! | [`BinaryAccuracy`] | `nnx.metrics.Accuracy(threshold=..)` | the fraction of correct binary predictions |
//! | [`Welford`] | `nnx.metrics.Welford` | mean, standard deviation, standard error |
//! | [`MultiMetric`] | `nnx.MultiMetric` | several metrics, by name |
//!
//! A metric is a module. Its sums are variables of kind `MetricState`, saved and loaded like others. They are f64;
//! in Flax they are f32 and 32-bit counts. Without data every metric is NaN.

mod accuracy;
mod average;
mod binary_accuracy;
mod multi;
mod welford;

pub use accuracy::Accuracy;
pub use average::Average;
pub use binary_accuracy::BinaryAccuracy;
pub use multi::{Arguments, Metric, MetricError, MetricValue, MultiMetric};
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
