//! Poly loss: cross-entropy with a changed coefficient of the first term of its Taylor series.

use super::{finite_setting, paired};
use crate::ops::DynTensor;
use crate::size::rules::{LastAxis, MaskOf, TargetsOf};
use crate::tensor::{Operand, Real, Tensor};

/// The cross-entropy plus `epsilon` times the probability that misses the labels, for logits `x` and probabilities
/// `y` over the last axis, with `p = softmax(x)`: `-Σ y ln p + epsilon Σ y (1 - p)`
/// (`optax.poly_loss_cross_entropy`, whose `epsilon` is 2 by default; Leng et al., 2022).
///
/// The paper found an `epsilon` of 2 best for images, and -1 for the detection of objects. With 0 it is
/// [`softmax_cross_entropy_with_probabilities`](super::softmax_cross_entropy_with_probabilities).
///
/// ```
/// use nnx_core::{nn::poly_loss_cross_entropy, tensor::Tensor};
///
/// let labels = Tensor::from([[1.0f32, 0.0]]);
/// let loss = poly_loss_cross_entropy(Tensor::from([[2.0, 2.0]]), labels, 2.0);
/// assert!((loss.to_vec()[0] - (2.0f32.ln() + 1.0)).abs() < 1e-6);
/// ```
///
/// # Panics
/// If `epsilon` is infinite or NaN, or a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn poly_loss_cross_entropy<S, T, E, F>(
    logits: Tensor<S, E>,
    labels: Tensor<T, F>,
    epsilon: f64,
) -> Tensor<S::Leading, E>
where
    S: LastAxis,
    T: TargetsOf<S>,
    E: Real,
    F: Operand<E>,
{
    let [x, y] = paired("poly_loss_cross_entropy", logits, labels);
    Tensor::trusted(poly(x, y, finite_setting("poly_loss_cross_entropy", "epsilon", epsilon)))
}

/// [`poly_loss_cross_entropy`] of the classes where the mask is true (`optax.poly_loss_cross_entropy(where=)`). The
/// others have a probability of 0, and their labels don't count. A row without classes has a loss of 0.
///
/// ```
/// use nnx_core::{nn::poly_loss_cross_entropy_where, tensor::Tensor};
///
/// let logits = Tensor::from([[2.0f32, 2.0, 9.0]]);
/// let labels = Tensor::from([[1.0, 0.0, 0.0]]);
/// let mask = Tensor::from([[true, true, false]]);
/// let loss = poly_loss_cross_entropy_where(logits, labels, mask, 2.0);
/// assert!((loss.to_vec()[0] - (2.0f32.ln() + 1.0)).abs() < 1e-6);
/// ```
///
/// # Panics
/// As [`poly_loss_cross_entropy`].
#[must_use]
#[track_caller]
pub fn poly_loss_cross_entropy_where<S, T, M, E, F>(
    logits: Tensor<S, E>,
    labels: Tensor<T, F>,
    mask: Tensor<M, bool>,
    epsilon: f64,
) -> Tensor<S::Leading, E>
where
    S: LastAxis,
    T: TargetsOf<S>,
    M: MaskOf<S>,
    E: Real,
    F: Operand<E>,
{
    const NAME: &str = "poly_loss_cross_entropy_where";
    let [x, y] = super::paired_where(NAME, logits, labels, mask, [f64::NEG_INFINITY, 0.0]);
    Tensor::trusted(poly(x, y, finite_setting(NAME, "epsilon", epsilon)))
}

fn poly(x: DynTensor, y: DynTensor, epsilon: f64) -> DynTensor {
    let last = x.rank() - 1;
    x.log_softmax().poly_loss_cross_entropy(y, epsilon).sum(&[last])
}
