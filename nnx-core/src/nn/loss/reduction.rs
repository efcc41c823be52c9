//! Sums and means of losses with a mask.

use crate::array::{DType, Dims};
use crate::ops::DynTensor;
use crate::size::Shape;
use crate::size::rules::MaskOf;
use crate::tensor::{Real, Tensor};

/// The mean of the losses where the mask is true; 0 if it is true nowhere.
///
/// A loss that is masked out may be infinite or NaN: neither it nor its gradient counts. `jnp.mean(x, where=mask)`
/// is NaN if the mask is true nowhere, and so would be the update of a batch of padding alone. The reductions of
/// optax's own losses give 0 there, as this does.
///
/// ```
/// use nnx_core::{nn::{masked_mean, squared_error}, tensor::Tensor};
///
/// let losses = squared_error(Tensor::from([1.0, f32::NAN, 3.0]), Tensor::from([0.0, 0.0, 0.0]));
/// let mean = masked_mean(losses.clone(), Tensor::from([true, false, true]));
/// assert_eq!(mean.item(), 5.0);
/// assert_eq!(masked_mean(losses, Tensor::from([false, false, false])).item(), 0.0);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn masked_mean<S, M, E>(losses: Tensor<S, E>, mask: Tensor<M, bool>) -> Tensor<(), E>
where
    S: Shape,
    M: MaskOf<S>,
    E: Real,
{
    let all = losses.dims().elements();
    let (kept, count) = counted("masked_mean", losses, mask);
    if count == 0.0 {
        // Not the mean of zeros, which is NaN where there are no losses.
        return Tensor::trusted(kept.sum_all());
    }
    // The mean of finite losses is finite, even if their sum overflows.
    let axes: Dims = (0..kept.rank()).collect();
    #[allow(clippy::cast_precision_loss, reason = "a count of losses is far below 2^53")]
    Tensor::trusted(kept.mean(&axes).mul_scalar(all as f64 / count))
}

/// The sum of the losses where the mask is true; 0 if it is true nowhere. A loss that is masked out may be infinite
/// or NaN: neither it nor its gradient counts.
///
/// ```
/// use nnx_core::{nn::{squared_error, masked_sum}, tensor::Tensor};
///
/// let losses = squared_error(Tensor::from([1.0, f32::NAN, 3.0]), Tensor::from([0.0, 0.0, 0.0]));
/// assert_eq!(masked_sum(losses, Tensor::from([true, false, true])).item(), 10.0);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn masked_sum<S, M, E>(losses: Tensor<S, E>, mask: Tensor<M, bool>) -> Tensor<(), E>
where
    S: Shape,
    M: MaskOf<S>,
    E: Real,
{
    Tensor::trusted(counted("masked_sum", losses, mask).0.sum_all())
}

/// The losses with 0 where the mask is false, and the number of those where it is true.
#[track_caller]
fn counted<S, M, E>(name: &str, losses: Tensor<S, E>, mask: Tensor<M, bool>) -> (DynTensor, f64) {
    let mask = super::mask_of(name, &losses.dims(), mask);
    let losses = losses.into_dyn();
    let count = mask.clone().cast(DType::F64).sum_all();
    let count = count.array().to_vec::<f64>().map_or(0.0, |count| count[0]);
    (super::only(&mask, losses, 0.0), count)
}
