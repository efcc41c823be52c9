//! Losses of margins: hinge and perceptron, for two classes and for several.

use super::{label_margins, paired};
use crate::size::Shape;
use crate::size::rules::{LabelsOf, LastAxis, TargetsOf};
use crate::tensor::{Label, Operand, Real, Tensor};

/// `max(0, 1 - x y)` for outputs `x` and labels `y` of -1 or 1, elementwise (`optax.hinge_loss`).
///
/// ```
/// use nnx_core::{nn::hinge_loss, tensor::Tensor};
///
/// let loss = hinge_loss(Tensor::from([0.5, 3.0, 0.5]), Tensor::from([1.0, 1.0, -1.0]));
/// assert_eq!(loss.to_vec(), [0.5, 0.0, 1.5]);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn hinge_loss<S, T, E, F>(outputs: Tensor<S, E>, targets: Tensor<T, F>) -> Tensor<S, E>
where
    S: Shape,
    T: TargetsOf<S>,
    E: Real,
    F: Operand<E>,
{
    let [x, y] = paired("hinge_loss", outputs, targets);
    Tensor::trusted((-(x.weighted(y).add_scalar(-1.0))).hinge_loss())
}

/// `max(0, -x y)` for outputs `x` and labels `y` of -1 or 1, elementwise (`optax.perceptron_loss`; Rosenblatt,
/// 1958). At 0 the derivative is half that of the right side, as in JAX.
///
/// ```
/// use nnx_core::{nn::perceptron_loss, tensor::Tensor};
///
/// let loss = perceptron_loss(Tensor::from([0.5, -3.0, 0.5]), Tensor::from([1.0, 1.0, -1.0]));
/// assert_eq!(loss.to_vec(), [0.0, 3.0, 0.5]);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn perceptron_loss<S, T, E, F>(outputs: Tensor<S, E>, targets: Tensor<T, F>) -> Tensor<S, E>
where
    S: Shape,
    T: TargetsOf<S>,
    E: Real,
    F: Operand<E>,
{
    let [x, y] = paired("perceptron_loss", outputs, targets);
    Tensor::trusted((-x.weighted(y)).hinge_loss())
}

/// The multiclass hinge loss of each example, for scores `x` of shape `(.., C)` and labels `l` of shape `(..)` in
/// `0..C`: `max_j (x_j - x_l + [j ≠ l])` (`optax.multiclass_hinge_loss`; Crammer and Singer, 2001). PyTorch's
/// `F.multi_margin_loss` is another loss: it adds the margins of all classes up.
///
/// It is 0 if the score of the label is above every other by 1 or more. A class with a score of -∞ doesn't compete.
/// In a tie, the equal maxima share the gradient evenly.
///
/// ```
/// use nnx_core::{nn::multiclass_hinge_loss, tensor::Tensor};
///
/// let scores = Tensor::from([[3.0, 1.0, 0.5], [0.0, 2.0, 1.5]]);
/// assert_eq!(multiclass_hinge_loss(scores, Tensor::from([0, 2])).to_vec(), [0.0, 1.5]);
/// ```
///
/// # Panics
/// If a label is outside `0..C`, there are no classes, or a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn multiclass_hinge_loss<S, L, E, I>(
    scores: Tensor<S, E>,
    labels: Tensor<L, I>,
) -> Tensor<S::Leading, E>
where
    S: LastAxis,
    L: LabelsOf<S>,
    E: Real,
    I: Label,
{
    let margins = label_margins("multiclass_hinge_loss", scores.into_dyn(), labels.into_dyn(), 1.0);
    let last = margins.rank() - 1;
    Tensor::trusted(margins.max(&[last]))
}

/// The multiclass perceptron loss of each example, for scores `x` of shape `(.., C)` and labels `l` of shape `(..)`
/// in `0..C`: `max_j x_j - x_l` (`optax.multiclass_perceptron_loss`; Collins, 2002).
///
/// It is 0 if no score is above that of the label. A class with a score of -∞ doesn't compete. In a tie, the equal
/// maxima share the gradient evenly.
///
/// ```
/// use nnx_core::{nn::multiclass_perceptron_loss, tensor::Tensor};
///
/// let scores = Tensor::from([[3.0, 1.0, 0.5], [0.0, 2.0, 1.5]]);
/// assert_eq!(multiclass_perceptron_loss(scores, Tensor::from([0, 2])).to_vec(), [0.0, 0.5]);
/// ```
///
/// # Panics
/// If a label is outside `0..C`, there are no classes, or a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn multiclass_perceptron_loss<S, L, E, I>(
    scores: Tensor<S, E>,
    labels: Tensor<L, I>,
) -> Tensor<S::Leading, E>
where
    S: LastAxis,
    L: LabelsOf<S>,
    E: Real,
    I: Label,
{
    let margins =
        label_margins("multiclass_perceptron_loss", scores.into_dyn(), labels.into_dyn(), 0.0);
    let last = margins.rank() - 1;
    Tensor::trusted(margins.max(&[last]))
}
