//! Losses and related functions, as in optax. Each loss returns one value for each example or element; reduce it
//! with `.mean()` or `.sum()`.
//!
//! | here | optax | PyTorch (`F.`) |
//! |---|---|---|
//! | [`softmax_cross_entropy`] | `softmax_cross_entropy_with_integer_labels` | `cross_entropy` |
//! | [`softmax_cross_entropy_with_probabilities`] | `softmax_cross_entropy` | `cross_entropy` with probabilities |
//! | [`smooth_labels`] | the same | `cross_entropy(label_smoothing=)` |
//! | [`sigmoid_binary_cross_entropy`] | the same | `binary_cross_entropy_with_logits` |
//! | [`hinge_loss`] | the same | none |
//! | [`kl_divergence`], [`kl_divergence_with_log_targets`] | the same | `kl_div`, summed over the last axis |
//! | [`squared_error`], [`l2_loss`] | the same | `mse_loss`, half of it |
//! | [`huber_loss`] | the same | `huber_loss` |
//! | [`log_cosh`] | the same | none |
//! | [`cosine_similarity`], [`cosine_distance`] | the same | `cosine_similarity` (eps 1e-8) |
//!
//! A term with a weight of exactly 0 adds exactly 0, to the value and to the gradient: a target probability of 0 at
//! a logit of -∞, and an example with the weight 0 in [`Tensor::weighted`], even if its prediction is infinite or
//! NaN.
//!
//! PyTorch's functions return the mean unless given `reduction="none"`. Predictions and targets must have
//! the same shape. Optax broadcasts them, so that a wrong axis silently makes a loss of every pair.

mod classification;
mod divergence;
mod regression;

pub use classification::{
    accuracy, hinge_loss, sigmoid_binary_cross_entropy, smooth_labels, softmax_cross_entropy,
    softmax_cross_entropy_with_probabilities,
};
pub use divergence::{
    cosine_distance, cosine_similarity, kl_divergence, kl_divergence_with_log_targets,
};
pub use regression::{huber_loss, l2_loss, log_cosh, squared_error};

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
