//! Running measures of a model (`nnx.metrics`): values come batch by batch, and the measure is that of all
//! of them together.
//!
//! | here | Flax | |
//! |---|---|---|
//! | [`Average`] | `nnx.metrics.Average` | the mean |
//! | [`Accuracy`] | `nnx.metrics.Accuracy()` | the share of right classes |
//! | [`BinaryAccuracy`] | `nnx.metrics.Accuracy(threshold=..)` | the share of right yeses and noes |
//! | [`Welford`] | `nnx.metrics.Welford` | mean, standard deviation, standard error |
//! | [`MultiMetric`] | `nnx.MultiMetric` | several by name |
//!
//! A metric is a module: its sums are variables of kind `MetricState`, saved and loaded as any. They are
//! kept in f64, where Flax keeps f32 and 32-bit counts. Before any data every measure is NaN.

mod accuracy;
mod average;
mod binary_accuracy;
mod multi;
mod welford;

pub use accuracy::Accuracy;
pub use average::Average;
pub use binary_accuracy::BinaryAccuracy;
pub use multi::{Arguments, Measure, Metric, MetricError, MultiMetric};
pub use welford::{Statistics, Welford};

use crate::array::DType;
use crate::module::{Variable, kind};
use crate::ops::DynTensor;
use crate::tensor::Tensor;

/// A number that a metric keeps.
type Kept = Variable<Tensor<(), f64>, kind::MetricState>;

/// A number at 0.
fn zero() -> Kept {
    Variable::new(Tensor::from(0.0))
}

fn value(kept: &Kept) -> f64 {
    kept.value().item()
}

fn add(kept: &mut Kept, amount: f64) {
    kept.replace(Tensor::from(value(kept) + amount));
}

/// The elements as f64.
fn elements(x: &DynTensor) -> Vec<f64> {
    x.clone().detach().cast(DType::F64).array().to_vec().expect("cast to f64")
}

/// Those elements at which the mask is true; all without a mask.
fn selected(x: &DynTensor, mask: Option<&DynTensor>) -> Result<Vec<f64>, MetricError> {
    let Some(mask) = mask else { return Ok(elements(x)) };
    if mask.dims() != x.dims() || mask.dtype() != DType::Bool {
        let (expected, found) = (x.dims(), mask.signature());
        let problem = format!("takes a mask of bool of shape {expected}, found {found}");
        return Err(MetricError::Shape { problem });
    }
    let mask = elements(mask);
    Ok(elements(x).into_iter().zip(mask).filter(|(_, mask)| *mask != 0.0).map(|(x, _)| x).collect())
}
