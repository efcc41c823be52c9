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
/// Labels that are masked out must be classes, too: write 0 over labels that mean "ignore" (PyTorch: `ignore_index`).
///
/// ```
/// use nnx_core::{nn::{masked_mean, softmax_cross_entropy, squared_error}, tensor::Tensor};
///
/// let losses = squared_error(Tensor::from([1.0, f32::NAN, 3.0]), Tensor::from([0.0, 0.0, 0.0]));
/// let mean = masked_mean(losses.clone(), Tensor::from([true, false, true]));
/// assert_eq!(mean.item(), 5.0);
/// assert_eq!(masked_mean(losses, Tensor::from([false, false, false])).item(), 0.0);
///
/// let (logits, labels) = (Tensor::from([[2.0, 2.0], [100.0, 0.0]]), Tensor::from([1, -100]));
/// let ignored = labels.clone().eq(-100);
/// let losses = softmax_cross_entropy(logits, labels.masked_fill(&ignored, 0));
/// assert_eq!(masked_mean(losses, !ignored).item(), 2.0f32.ln());
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
    let (kept, mask) = kept("masked_mean", losses, mask);
    if all == 0 {
        // Not the mean of no losses, which is NaN.
        return Tensor::trusted(kept.sum_all());
    }
    // The mean of finite losses is finite, even if their sum overflows. The count stays a tensor, so that it may depend on
    // an input of a recorded step.
    let axes: Dims = (0..kept.rank()).collect();
    let count = mask.cast(DType::F64).sum_all().clamp(1.0, f64::INFINITY);
    #[allow(clippy::cast_precision_loss, reason = "a number of losses is far below 2^53")]
    let factor = count.full_like(all as f64) / count;
    Tensor::trusted(kept.mean(&axes) * factor.cast(E::DTYPE))
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
    Tensor::trusted(kept("masked_sum", losses, mask).0.sum_all())
}

/// The losses with 0 where the mask is false, and the mask in their shape.
#[track_caller]
fn kept<S, M, E>(
    name: &str,
    losses: Tensor<S, E>,
    mask: Tensor<M, bool>,
) -> (DynTensor, DynTensor) {
    let mask = super::mask_of(name, &losses.dims(), mask);
    (super::only(&mask, losses.into_dyn(), 0.0), mask)
}
