//! Dice losses: how little the predicted pixels of a class overlap with those of the targets.

use super::dice_options::DiceOptions;
use super::{mask_of, only, paired};
use crate::size::rules::{HasAxis, MaskOf, Segmentation, TargetsOf};
use crate::tensor::{Operand, Real, Tensor};

/// The dice loss of each class of each example, for predictions and one-hot targets `(batch, .., classes)`: with
/// the probabilities `p`, `1 - (I + smooth) / (I + α (Σ p - I) + β (Σ t - I) + smooth)`, where `I = Σ p t`, and sums
/// are over pixels (`optax.dice_loss(reduction="none")`; Milletari et al., 2016).
///
/// The predictions are logits: `p` is their softmax, or their sigmoid if there is one class. The options change that,
/// and `smooth`, α and β. With α and β of 1/2 this is the dice coefficient, with others the Tversky loss.
///
/// Optax returns the mean over classes: write `.mean_axes::<Axis<1>>()`, or `.mean()` for that of the batch. For
/// `class_weights` multiply the losses by a tensor `(classes,)`; for `ignore_background` take the losses from class 1
/// on: `.slice::<1, U1, U2>()` of three classes.
///
/// ```
/// use nnx_core::{nn::{DiceOptions, dice_loss}, tensor::Tensor};
///
/// let probabilities = Tensor::from([[[1.0f32, 0.0], [0.5, 0.5]]]);
/// let targets = Tensor::from([[[1.0, 0.0], [1.0, 0.0]]]);
/// let options = DiceOptions::default().of_probabilities().smooth(0.0);
/// let loss = dice_loss(probabilities, targets, options).to_vec();
/// assert!((loss[0] - (1.0 - 1.5 / 1.75)).abs() < 1e-6 && loss[1] == 1.0);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments.
#[doc(alias = "tversky_loss")]
#[must_use]
#[track_caller]
pub fn dice_loss<S, T, E, F, O>(
    predictions: Tensor<S, E>,
    targets: Tensor<T, F>,
    options: DiceOptions,
) -> Tensor<O, E>
where
    S: Segmentation<PerClass = O>,
    T: TargetsOf<S>,
    E: Real,
    F: Operand<E>,
{
    let [x, t] = paired("dice_loss", predictions, targets);
    Tensor::trusted(options.loss(&options.probabilities(x), &t, 1))
}

/// [`dice_loss`] of the pixels where the mask is true. An example without pixels has a loss of 0.
///
/// ```
/// use nnx_core::{nn::{DiceOptions, dice_loss_where}, tensor::Tensor};
///
/// let logits = Tensor::from([[[0.0f32, 0.0], [f32::NAN, 0.0]]]);
/// let targets = Tensor::from([[[1.0, 0.0], [0.0, 1.0]]]);
/// let mask = Tensor::from([[true, false]]);
/// let loss = dice_loss_where(logits, targets, mask, DiceOptions::default().smooth(0.0)).to_vec();
/// assert!((loss[0] - 1.0 / 3.0).abs() < 1e-6 && loss[1] == 1.0);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn dice_loss_where<S, T, M, E, F, O>(
    predictions: Tensor<S, E>,
    targets: Tensor<T, F>,
    mask: Tensor<M, bool>,
    options: DiceOptions,
) -> Tensor<O, E>
where
    S: Segmentation<PerClass = O>,
    T: TargetsOf<S>,
    M: MaskOf<S::Leading>,
    E: Real,
    F: Operand<E>,
{
    let [x, t] = paired("dice_loss_where", predictions, targets);
    let dims = x.dims();
    let mask = mask_of("dice_loss_where", &dims.without_axis(dims.len() - 1), mask);
    let ones = mask.dims().insert_axis(mask.rank(), 1);
    let mask = mask.reshape(&ones).broadcast_to(&dims);
    let p = options.probabilities(only(&mask, x, 0.0));
    Tensor::trusted(options.loss(&only(&mask, p, 0.0), &only(&mask, t, 0.0), 1))
}

/// The generalized dice loss of each class of each example: [`dice_loss`], times the weight of the class, which is
/// `1 / (n² + 1e-7)` for the number `n` of its pixels in the batch, divided by the mean weight
/// (`optax.multiclass_generalized_dice_loss`; Sudre et al., 2017). Optax returns the mean: write `.mean()`.
///
/// ```
/// use nnx_core::{nn::{DiceOptions, multiclass_generalized_dice_loss}, tensor::Tensor};
///
/// let logits = Tensor::from([[[0.0f32, 0.0], [0.0, 0.0]]]);
/// let targets = Tensor::from([[[1.0, 0.0], [0.0, 1.0]]]);
/// let loss = multiclass_generalized_dice_loss(logits, targets, DiceOptions::default());
/// assert!((loss.mean().item() - 0.25).abs() < 1e-6);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn multiclass_generalized_dice_loss<S, T, E, F, O>(
    predictions: Tensor<S, E>,
    targets: Tensor<T, F>,
    options: DiceOptions,
) -> Tensor<O, E>
where
    S: Segmentation<PerClass = O>,
    T: TargetsOf<S>,
    E: Real,
    F: Operand<E>,
{
    let [x, t] = paired("multiclass_generalized_dice_loss", predictions, targets);
    let axes: Vec<usize> = (0..x.rank() - 1).collect();
    let number = t.clone().sum(&axes);
    let rare = number.full_like(1.0) / number.square().add_scalar(1e-7);
    let weights = &rare / &rare.clone().mean(&[0]).reshape(&[1]);
    Tensor::trusted(options.loss(&options.probabilities(x), &t, 1) * weights)
}

/// The dice loss of each example, for scores and targets `(batch, ..)` of one class: [`dice_loss`] of their sigmoid
/// (`optax.binary_dice_loss`).
///
/// ```
/// use nnx_core::{nn::{DiceOptions, binary_dice_loss}, tensor::Tensor};
///
/// let logits = Tensor::from([[0.0f32, 0.0], [100.0, -100.0]]);
/// let targets = Tensor::from([[1.0, 0.0], [1.0, 0.0]]);
/// let loss = binary_dice_loss(logits, targets, DiceOptions::default()).to_vec();
/// assert!((loss[0] - 0.25).abs() < 1e-6 && loss[1] < 1e-6);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn binary_dice_loss<S, T, E, F>(
    predictions: Tensor<S, E>,
    targets: Tensor<T, F>,
    options: DiceOptions,
) -> Tensor<(S::Axis,), E>
where
    S: HasAxis<0>,
    T: TargetsOf<S>,
    E: Real,
    F: Operand<E>,
{
    let [x, t] = paired("binary_dice_loss", predictions, targets);
    let p = options.probabilities_of_one_class(x);
    Tensor::trusted(options.loss(&p, &t, 0))
}

/// [`binary_dice_loss`] of the pixels where the mask is true. An example without pixels has a loss of 0.
///
/// ```
/// use nnx_core::{nn::{DiceOptions, binary_dice_loss_where}, tensor::Tensor};
///
/// let logits = Tensor::from([[0.0f32, f32::NAN]]);
/// let (targets, mask) = (Tensor::from([[1.0, 0.0]]), Tensor::from([[true, false]]));
/// let loss = binary_dice_loss_where(logits, targets, mask, DiceOptions::default());
/// assert!((loss.to_vec()[0] - 1.0 / 7.0).abs() < 1e-6);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn binary_dice_loss_where<S, T, M, E, F>(
    predictions: Tensor<S, E>,
    targets: Tensor<T, F>,
    mask: Tensor<M, bool>,
    options: DiceOptions,
) -> Tensor<(S::Axis,), E>
where
    S: HasAxis<0>,
    T: TargetsOf<S>,
    M: MaskOf<S>,
    E: Real,
    F: Operand<E>,
{
    let [x, t] = paired("binary_dice_loss_where", predictions, targets);
    let mask = mask_of("binary_dice_loss_where", &x.dims(), mask);
    let x = only(&mask, x, 0.0);
    let p = options.probabilities_of_one_class(x);
    Tensor::trusted(options.loss(&only(&mask, p, 0.0), &only(&mask, t, 0.0), 0))
}
