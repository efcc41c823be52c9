//! The statistics of a batch of which each rank has a part.

use std::sync::Arc;

use crate::array::Array;
use crate::ops::{DynTensor, Ranks};

/// The mean and the biased variance over the leading `axes` of the elements of all ranks where `mask`, of the shape of
/// `x`, is true, or of all elements; and whether there is any element. Gradients flow to all ranks.
///
/// Two messages of a number or two for each feature: the sums and counts, then the sums of squared deviations from the
/// common mean. (Sums of squares in one message would lose all digits if the mean is far from 0.)
pub(super) fn moments_over_ranks(
    x: &DynTensor,
    mask: Option<&DynTensor>,
    axes: &[usize],
    ranks: &Arc<dyn Ranks>,
) -> ([DynTensor; 2], DynTensor) {
    let zero = x.full_like(0.0);
    let masked = |x: DynTensor| match mask {
        Some(mask) => mask.clone().select(x, zero.clone()),
        None => x,
    };
    let sums = masked(x.clone()).sum(axes);
    let (features, dims) = (sums.dims().elements(), sums.dims());
    let counts = match mask {
        Some(mask) => mask.clone().count_nonzero(axes).cast(x.dtype()),
        None => {
            let others = x.dims().elements() / features.max(1);
            #[allow(clippy::cast_precision_loss, reason = "a count of elements")]
            sums.full_like(others as f64)
        }
    };
    let flat = |x: DynTensor| x.reshape(&[features]);
    let message = DynTensor::concat(vec![flat(sums), flat(counts.stop_gradient())], 0);
    let message = message.expect("two rows of one type").sum_over_ranks(ranks);
    let part = |i: usize| message.clone().slice(0, i * features, features).reshape(&dims);
    let counts = part(1).stop_gradient();
    let any = counts.array_for("BatchNorm").to_vec::<f64>();
    let any = any.or_else(|_| {
        let counts = counts.array_for("BatchNorm").to_vec::<f32>();
        counts.map(|counts| counts.into_iter().map(f64::from).collect())
    });
    let any = any.is_ok_and(|counts| counts.iter().any(|count| *count > 0.0));
    let any = DynTensor::from(Array::scalar(any));
    let counts = counts.clamp(1.0, f64::INFINITY);
    let mean = part(0) / counts.clone();
    let deviation = masked(x - &mean);
    let variance = deviation.square().sum(axes).sum_over_ranks(ranks) / counts;
    ([mean, variance], any)
}
