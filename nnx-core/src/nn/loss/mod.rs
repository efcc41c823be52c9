//! Losses and related functions, as in optax. Each loss returns one value for each example or element; reduce it
//! with `.mean()` or `.sum()`, or where a mask is true with [`masked_mean`] or [`masked_sum`]. `docs/losses.md` has
//! the names in optax and PyTorch.
//!
//! There are two kinds of masks:
//! - Of losses: `masked_mean(losses, mask)`, for every loss. The mask has the shape of the losses. Where it is false,
//!   a prediction that is infinite or NaN adds 0, to the value and to the gradient; so does an example with the
//!   weight 0 in [`Tensor::weighted`].
//! - Of what a loss adds up, such as classes of a softmax or pixels: `loss_where(predictions, targets, mask)`. What is
//!   masked out counts as if it weren't there. A loss of nothing is 0.
//!
//! A term with a weight of exactly 0 adds exactly 0, to the value and to the gradient, such as a target probability
//! of 0 at a logit of -∞.
//!
//! PyTorch's functions return the mean unless given `reduction="none"`. Predictions and targets must have
//! the same shape. Optax broadcasts them, so that a wrong axis silently makes a loss of every pair.

mod classification;
mod contrastive;
mod ctc;
mod dice_options;
mod divergence;
mod fenchel_young;
mod focal;
mod margin;
mod masked;
mod poly;
mod ranking;
mod reduction;
mod regression;
mod segmentation;
mod sparsemax;

super::exports::exports! {
    classification:
        prelude {
            accuracy, sigmoid_binary_cross_entropy, smooth_labels, softmax_cross_entropy,
            softmax_cross_entropy_with_probabilities,
        };
    contrastive: nn { TripletOptions, ntxent, ntxent_where, triplet_margin_loss };
    ctc: prelude { ctc_loss } nn { ctc_loss_with_forward_probs };
    dice_options: prelude { DiceOptions };
    divergence:
        prelude {
            cosine_distance, cosine_similarity, kl_divergence, kl_divergence_with_log_targets,
        }
        nn { generalized_kl_divergence };
    fenchel_young: nn { fenchel_young_loss };
    focal: prelude { sigmoid_focal_loss };
    margin:
        prelude { hinge_loss }
        nn { multiclass_hinge_loss, multiclass_perceptron_loss, perceptron_loss };
    masked:
        nn {
            cosine_distance_where, cosine_similarity_where, generalized_kl_divergence_where,
            kl_divergence_where, kl_divergence_with_log_targets_where, smooth_labels_where,
            softmax_cross_entropy_where, softmax_cross_entropy_with_probabilities_where,
        };
    poly: nn { poly_loss_cross_entropy, poly_loss_cross_entropy_where };
    ranking: nn { ranking_softmax_loss, ranking_softmax_loss_where };
    reduction: prelude { masked_mean, masked_sum };
    regression: prelude { huber_loss, l2_loss, log_cosh, squared_error };
    segmentation:
        prelude { dice_loss }
        nn {
            binary_dice_loss, binary_dice_loss_where, dice_loss_where,
            multiclass_generalized_dice_loss,
        };
    sparsemax: nn { multiclass_sparsemax_loss, sparsemax_loss };
}

use crate::array::{Array, DType, Dims, ShapeError};
use crate::ops::DynTensor;
use crate::tensor::Tensor;

/// Both tensors as `DynTensor`. Panics if their runtime axes differ.
#[track_caller]
fn paired<S, T, E, F>(
    loss: &str,
    predictions: Tensor<S, E>,
    targets: Tensor<T, F>,
) -> [DynTensor; 2] {
    let (found, expected) = (targets.dims(), predictions.dims());
    assert!(
        found == expected,
        "`{loss}`: predictions of shape {expected} and targets of shape {found}; both must come from \
         the same batch",
    );
    [predictions.into_dyn(), targets.into_dyn()]
}

/// [`paired`], with `fills` in place of the elements where the mask is false.
#[track_caller]
fn paired_where<S, T, M, E, F>(
    loss: &str,
    predictions: Tensor<S, E>,
    targets: Tensor<T, F>,
    mask: Tensor<M, bool>,
    fills: [f64; 2],
) -> [DynTensor; 2] {
    let [x, y] = paired(loss, predictions, targets);
    let mask = mask_of(loss, &x.dims(), mask);
    [only(&mask, x, fills[0]), only(&mask, y, fills[1])]
}

/// The mask as a `DynTensor`. Panics if its runtime axes aren't those of what it masks.
#[track_caller]
fn mask_of<M>(loss: &str, masked: &Dims, mask: Tensor<M, bool>) -> DynTensor {
    let found = mask.dims();
    assert!(
        found == *masked,
        "`{loss}`: a mask of shape {found} for shape {masked}; both must come from the same batch",
    );
    mask.into_dyn()
}

/// `x` where the mask is true, `fill` elsewhere.
fn only(mask: &DynTensor, x: DynTensor, fill: f64) -> DynTensor {
    let fill = x.full_like(fill);
    mask.clone().select(x, fill)
}

/// Whether the mask is true anywhere in each row of the last axis.
fn any_of_row(mask: DynTensor) -> DynTensor {
    let last = mask.rank() - 1;
    mask.cast(DType::F32).sum(&[last]).cast(DType::Bool)
}

/// `-Σ y ln softmax(x)` over the last axis.
fn cross_entropy([x, y]: [DynTensor; 2]) -> DynTensor {
    let last = x.rank() - 1;
    -x.log_softmax().weighted(y).sum(&[last])
}

/// By how much each score `x` of a row is above that of its label: `x_j - x_l + amount`, and 0 for the label.
#[track_caller]
fn label_margins(
    loss: &'static str,
    scores: DynTensor,
    labels: DynTensor,
    amount: f64,
) -> DynTensor {
    let last = scores.rank() - 1;
    let dims = scores.dims();
    let own = match scores.clone().try_pick(labels.clone()) {
        Ok(own) => own.reshape(&dims.with_axis(last, 1)),
        // Not in a closure: the panic would report the closure's location instead of the caller's.
        Err(error) => panic!("{}", named(loss, error)),
    };
    let ones = DynTensor::from(Array::full(true, &labels.dims()));
    let is_label = ones.put(labels, dims[last]);
    let margins = (scores - own).add_scalar(amount);
    is_label.select(margins.full_like(0.0), margins)
}

/// The error of an index with the name of the loss.
fn named(loss: &'static str, error: ShapeError) -> ShapeError {
    match error {
        ShapeError::Index { index, position, size, .. } => {
            ShapeError::Index { operation: loss, index, position, size }
        }
        other => other,
    }
}

/// The labels of `rows` `(.., D)`. Panics if their runtime axes differ.
#[track_caller]
fn checked_labels(loss: &str, rows: &Dims, labels: DynTensor) -> Vec<i64> {
    let (expected, found) = (rows.without_axis(rows.len() - 1), labels.dims());
    assert!(
        found == expected,
        "`{loss}`: labels of shape {found} for rows of shape {rows}; both must come from the same batch",
    );
    labels.cast(DType::I64).array().to_vec().expect("cast to i64")
}

/// A setting of a loss, checked.
#[track_caller]
fn finite_setting(loss: &str, name: &str, value: f64) -> f64 {
    assert!(value.is_finite(), "{loss}: expected a finite `{name}`, found {value}");
    value
}
