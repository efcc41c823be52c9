//! The losses of sparsemax, which gives classes with a low score a probability of exactly 0.

use super::paired;
use crate::size::Shape;
use crate::size::rules::{LabelsOf, LastAxis, TargetsOf};
use crate::tensor::{Label, Operand, Real, Tensor};

/// The binary sparsemax loss of each element, for scores `x` and labels `y` within 0 to 1:
/// `y s(-x) + (1 - y) s(x)`, where `s(x) = (x + 1)² / 4` for `x` within -1 to 1, 0 below, and `x` above
/// (`optax.sparsemax_loss`, which takes labels of 0 and 1; Blondel et al., 2020).
///
/// Its derivative is `clip((x + 1) / 2, 0, 1) - y`. It is 0 if the score is 1 or more on the side of its label.
///
/// ```
/// use nnx_core::{nn::sparsemax_loss, tensor::Tensor};
///
/// let loss = sparsemax_loss(Tensor::from([0.0, 1.0, -3.0]), Tensor::from([1.0, 1.0, 1.0]));
/// assert_eq!(loss.to_vec(), [0.25, 0.0, 3.0]);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn sparsemax_loss<S, T, E, F>(scores: Tensor<S, E>, labels: Tensor<T, F>) -> Tensor<S, E>
where
    S: Shape,
    T: TargetsOf<S>,
    E: Real,
    F: Operand<E>,
{
    let [x, y] = paired("sparsemax_loss", scores, labels);
    let not = -y.clone().add_scalar(-1.0);
    Tensor::trusted((-x.clone()).sparse_plus().weighted(y) + x.sparse_plus().weighted(not))
}

/// The sparsemax loss of each example, for scores `x` of shape `(.., C)` and labels `l` of shape `(..)` in `0..C`:
/// `Σ p (x - x_l) + (1 - Σ p²) / 2`, where `p` is the probability distribution nearest to `x`
/// (`optax.multiclass_sparsemax_loss`; Martins and Astudillo, 2016).
///
/// Its derivative is `p - one_hot(l)`. It is 0 if the score of the label is above every other by 1 or more. A class
/// with a score of -∞ has a probability of 0. Optax takes one batch axis, nnx any number.
///
/// ```
/// use nnx_core::{nn::multiclass_sparsemax_loss, tensor::Tensor};
///
/// let scores = Tensor::from([[3.0, 1.0, 0.5], [0.0, 0.0, f32::NEG_INFINITY]]);
/// assert_eq!(multiclass_sparsemax_loss(scores, Tensor::from([0, 1])).to_vec(), [0.0, 0.25]);
/// ```
///
/// # Panics
/// If a label is outside `0..C`, or a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn multiclass_sparsemax_loss<S, L, E, I>(
    scores: Tensor<S, E>,
    labels: Tensor<L, I>,
) -> Tensor<S::Leading, E>
where
    S: LastAxis,
    L: LabelsOf<S>,
    E: Real,
    I: Label,
{
    match scores.into_dyn().try_sparsemax_loss(labels.into_dyn()) {
        Ok(loss) => Tensor::trusted(loss),
        // Not in a closure: the panic would report the closure's location instead of the caller's.
        Err(error) => panic!("{error}"),
    }
}
