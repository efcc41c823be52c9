//! The focal loss.

use super::{finite_setting, paired};
use crate::size::Shape;
use crate::size::rules::TargetsOf;
use crate::tensor::{Operand, Real, Tensor};

/// The focal loss of each element, for logits `x` and labels `y` within 0 to 1, with `p = σ(x)`: the binary
/// cross-entropy times `q^gamma`, where `q = p (1 - y) + (1 - p) y` is the probability that misses the label
/// (`optax.sigmoid_focal_loss`, whose `gamma` is 2 by default; Lin et al., 2017).
///
/// With an `alpha` it is also multiplied by `alpha y + (1 - alpha) (1 - y)`, to balance positive and negative labels.
/// With a `gamma` of 0 it is [`sigmoid_binary_cross_entropy`](super::sigmoid_binary_cross_entropy). The power is
/// computed from `ln q`, so that a `q` that underflows does no harm. torchvision's `sigmoid_focal_loss` has an `alpha`
/// of 0.25 by default.
///
/// ```
/// use nnx_core::{nn::sigmoid_focal_loss, tensor::Tensor};
///
/// let logits = Tensor::from([0.0f32, 1e4, -1e4]);
/// let loss = sigmoid_focal_loss(logits.clone(), Tensor::from([1.0, 1.0, 1.0]), None, 2.0).to_vec();
/// assert!((loss[0] - 2.0f32.ln() / 4.0).abs() < 1e-6);
/// assert_eq!(loss[1..], [0.0, 1e4]);
/// let loss = sigmoid_focal_loss(logits, Tensor::from([1.0, 0.0, 1.0]), Some(0.25), 0.0).to_vec();
/// assert_eq!(loss[1..], [7500.0, 2500.0]);
/// ```
///
/// # Panics
/// If `gamma` is negative, infinite or NaN, `alpha` is infinite or NaN, or a runtime axis has different sizes in the
/// arguments.
#[must_use]
#[track_caller]
pub fn sigmoid_focal_loss<S, T, E, F>(
    logits: Tensor<S, E>,
    labels: Tensor<T, F>,
    alpha: Option<f64>,
    gamma: f64,
) -> Tensor<S, E>
where
    S: Shape,
    T: TargetsOf<S>,
    E: Real,
    F: Operand<E>,
{
    let [x, y] = paired("sigmoid_focal_loss", logits, labels);
    assert!(
        gamma >= 0.0 && gamma.is_finite(),
        "sigmoid_focal_loss: expected a `gamma` of 0 or more, and finite, found {gamma}"
    );
    let loss = x.sigmoid_focal_loss(y.clone(), gamma);
    let Some(alpha) = alpha else { return Tensor::trusted(loss) };
    let alpha = finite_setting("sigmoid_focal_loss", "alpha", alpha);
    Tensor::trusted(loss.weighted(y.mul_scalar(2.0 * alpha - 1.0).add_scalar(1.0 - alpha)))
}
