//! Losses of rows with a mask of the elements that count. Further `.._where` losses are in the files of their losses.

use super::{any_of_row, cross_entropy, divergence, mask_of, only, paired_where};
use crate::size::rules::{LabelsOf, LastAxis, MaskOf, TargetsOf};
use crate::tensor::{Label, Operand, Real, Tensor};

/// [`softmax_cross_entropy`](super::softmax_cross_entropy) among the classes where the mask is true
/// (`optax.softmax_cross_entropy_with_integer_labels(where=)`). The others have a probability of 0. A row without
/// classes has a loss of 0.
///
/// If the label's own class is masked out, the loss is ∞; optax's is the logarithm of `Σ e^x` of the other classes,
/// minus the logit of the label.
///
/// ```
/// use nnx_core::{nn::softmax_cross_entropy_where, tensor::Tensor};
///
/// let logits = Tensor::from([[2.0, 2.0, 9.0], [1.0, 2.0, 3.0]]);
/// let mask = Tensor::from([[true, true, false], [false, false, false]]);
/// let loss = softmax_cross_entropy_where(logits, Tensor::from([1, 0]), mask);
/// assert_eq!(loss.to_vec(), [2.0f32.ln(), 0.0]);
/// ```
///
/// # Panics
/// If a label is outside `0..C`, or a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn softmax_cross_entropy_where<S, L, M, E, I>(
    logits: Tensor<S, E>,
    labels: Tensor<L, I>,
    mask: Tensor<M, bool>,
) -> Tensor<S::Leading, E>
where
    S: LastAxis,
    L: LabelsOf<S>,
    M: MaskOf<S>,
    E: Real,
    I: Label,
{
    let mask = mask_of("softmax_cross_entropy_where", &logits.dims(), mask);
    let logits = only(&mask, logits.into_dyn(), f64::NEG_INFINITY);
    match logits.try_softmax_cross_entropy(labels.into_dyn()) {
        Ok(loss) => Tensor::trusted(only(&any_of_row(mask), loss, 0.0)),
        // Not in a closure: the panic would report the closure's location instead of the caller's.
        Err(error) => panic!("{error}"),
    }
}

/// [`softmax_cross_entropy_with_probabilities`](super::softmax_cross_entropy_with_probabilities) among the classes
/// where the mask is true (`optax.softmax_cross_entropy(where=)`). The others have a probability of 0, and their
/// labels don't count. A row without classes has a loss of 0.
///
/// ```
/// use nnx_core::{nn::softmax_cross_entropy_with_probabilities_where, tensor::Tensor};
///
/// let logits = Tensor::from([[2.0f32, 2.0, 9.0]]);
/// let labels = Tensor::from([[0.25, 0.75, 0.0]]);
/// let mask = Tensor::from([[true, true, false]]);
/// let loss = softmax_cross_entropy_with_probabilities_where(logits, labels, mask);
/// assert!((loss.to_vec()[0] - 2.0f32.ln()).abs() < 1e-6);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn softmax_cross_entropy_with_probabilities_where<S, T, M, E, F>(
    logits: Tensor<S, E>,
    labels: Tensor<T, F>,
    mask: Tensor<M, bool>,
) -> Tensor<S::Leading, E>
where
    S: LastAxis,
    T: TargetsOf<S>,
    M: MaskOf<S>,
    E: Real,
    F: Operand<E>,
{
    const NAME: &str = "softmax_cross_entropy_with_probabilities_where";
    let fills = [f64::NEG_INFINITY, 0.0];
    Tensor::trusted(cross_entropy(paired_where(NAME, logits, labels, mask, fills)))
}

/// [`smooth_labels`](super::smooth_labels) among the classes where the mask is true (`optax.smooth_labels(where=)`):
/// `(1 - alpha) p + alpha / n` for `n` such classes, and 0 for the others, where optax has `alpha / n` too.
///
/// ```
/// use nnx_core::{nn::smooth_labels_where, tensor::Tensor};
///
/// let labels = Tensor::from([[0.0f32, 1.0, 0.0, 0.0]]);
/// let mask = Tensor::from([[true, true, false, false]]);
/// assert_eq!(smooth_labels_where(labels, mask, 0.5).to_vec(), [0.25, 0.75, 0.0, 0.0]);
/// ```
///
/// # Panics
/// If `alpha` isn't within 0 to 1, or a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn smooth_labels_where<S, M, E>(
    labels: Tensor<S, E>,
    mask: Tensor<M, bool>,
    alpha: f64,
) -> Tensor<S, E>
where
    S: LastAxis,
    M: MaskOf<S>,
    E: Real,
{
    super::classification::check_smoothing("smooth_labels_where", alpha);
    let mask = mask_of("smooth_labels_where", &labels.dims(), mask);
    let labels = only(&mask, labels.into_dyn(), 0.0);
    let last = labels.rank() - 1;
    let ones = labels.dims().with_axis(last, 1);
    let each = mask.clone().cast(labels.dtype());
    let even = &each / &each.clone().sum(&[last]).reshape(&ones);
    // If no class counts, `even` is 0 / 0; `only` replaces it by 0.
    let even = only(&mask, even, 0.0);
    Tensor::trusted(labels.mul_scalar(1.0 - alpha) + even.mul_scalar(alpha))
}

/// Declares `loss_where` of a loss of log-probabilities and targets.
macro_rules! divergences {
    ($($(#[$doc:meta])* $name:ident = $loss:ident, $fills:expr;)*) => { $(
        $(#[$doc])*
        #[must_use]
        #[track_caller]
        pub fn $name<S, T, M, E, F>(
            log_predictions: Tensor<S, E>,
            targets: Tensor<T, F>,
            mask: Tensor<M, bool>,
        ) -> Tensor<S::Leading, E>
        where
            S: LastAxis,
            T: TargetsOf<S>,
            M: MaskOf<S>,
            E: Real,
            F: Operand<E>,
        {
            let pair = paired_where(stringify!($name), log_predictions, targets, mask, $fills);
            Tensor::trusted(divergence::$loss(pair))
        }
    )* };
}
divergences! {
    /// [`kl_divergence`](super::kl_divergence), summed where the mask is true (`optax.kl_divergence(where=)`).
    ///
    /// ```
    /// use nnx_core::{nn::kl_divergence_where, tensor::Tensor};
    ///
    /// let predictions = Tensor::from([[0.5f32.ln(), 0.5f32.ln(), f32::NAN]]);
    /// let targets = Tensor::from([[1.0, 0.0, 0.5]]);
    /// let mask = Tensor::from([[true, true, false]]);
    /// assert_eq!(kl_divergence_where(predictions, targets, mask).to_vec(), [2.0f32.ln()]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has different sizes in the arguments.
    kl_divergence_where = kl, [0.0, 0.0];

    /// [`kl_divergence_with_log_targets`](super::kl_divergence_with_log_targets), summed where the mask is true
    /// (`optax.kl_divergence_with_log_targets(where=)`).
    ///
    /// ```
    /// use nnx_core::{nn::kl_divergence_with_log_targets_where, tensor::Tensor};
    ///
    /// let predictions = Tensor::from([[0.5f32.ln(), f32::NAN]]);
    /// let targets = Tensor::from([[0.0, 3.0]]);
    /// let mask = Tensor::from([[true, false]]);
    /// let loss = kl_divergence_with_log_targets_where(predictions, targets, mask);
    /// assert_eq!(loss.to_vec(), [2.0f32.ln()]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has different sizes in the arguments.
    kl_divergence_with_log_targets_where = kl_of_logs, [0.0, f64::NEG_INFINITY];

    /// [`generalized_kl_divergence`](super::generalized_kl_divergence), summed where the mask is true
    /// (`optax.generalized_kl_divergence(where=)`).
    ///
    /// ```
    /// use nnx_core::{nn::generalized_kl_divergence_where, tensor::Tensor};
    ///
    /// let predictions = Tensor::from([[0.0f32, f32::NAN]]);
    /// let mask = Tensor::from([[true, false]]);
    /// let loss = generalized_kl_divergence_where(predictions, Tensor::from([[1.0, 3.0]]), mask);
    /// assert_eq!(loss.to_vec(), [0.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has different sizes in the arguments.
    generalized_kl_divergence_where = generalized_kl, [f64::NEG_INFINITY, 0.0];
}

/// [`cosine_similarity`](super::cosine_similarity) of rows, of which only the elements count where the mask is true
/// (`optax.cosine_similarity(where=)`).
///
/// ```
/// use nnx_core::{nn::cosine_similarity_where, tensor::Tensor};
///
/// let (x, y) = (Tensor::from([[3.0f32, 4.0, 7.0]]), Tensor::from([[4.0, 3.0, f32::NAN]]));
/// let mask = Tensor::from([[true, true, false]]);
/// let similarity = cosine_similarity_where(x, y, mask, 0.0);
/// assert!((similarity.to_vec()[0] - 0.96).abs() < 1e-6);
/// ```
///
/// # Panics
/// As [`cosine_similarity`](super::cosine_similarity).
#[must_use]
#[track_caller]
pub fn cosine_similarity_where<S, T, M, E, F>(
    predictions: Tensor<S, E>,
    targets: Tensor<T, F>,
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
    const NAME: &str = "cosine_similarity_where";
    let [x, y] = paired_where(NAME, predictions, targets, mask, [0.0, 0.0]);
    Tensor::trusted(x.cosine_similarity(y, divergence::least_length(NAME, epsilon)))
}

/// `1 -` [`cosine_similarity_where`] (`optax.cosine_distance(where=)`).
///
/// ```
/// use nnx_core::{nn::cosine_distance_where, tensor::Tensor};
///
/// let (x, y) = (Tensor::from([[2.0, 0.0, 1.0]]), Tensor::from([[0.0, 5.0, 1.0]]));
/// let mask = Tensor::from([[true, true, false]]);
/// assert_eq!(cosine_distance_where(x, y, mask, 0.0).to_vec(), [1.0]);
/// ```
///
/// # Panics
/// As [`cosine_similarity`](super::cosine_similarity).
#[must_use]
#[track_caller]
pub fn cosine_distance_where<S, T, M, E, F>(
    predictions: Tensor<S, E>,
    targets: Tensor<T, F>,
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
    const NAME: &str = "cosine_distance_where";
    let [x, y] = paired_where(NAME, predictions, targets, mask, [0.0, 0.0]);
    let similarity = x.cosine_similarity(y, divergence::least_length(NAME, epsilon));
    Tensor::trusted(-(similarity.add_scalar(-1.0)))
}
