//! The loss of connectionist temporal classification.

use super::mask_of;
use crate::size::rules::{LabelSequences, LastAxis, MaskOf};
use crate::tensor::{Label, Real, Tensor};

/// The CTC loss of each example: the negative logarithm of the probability of its labels, summed over all ways to
/// spread them over the frames, with repetitions and blanks between (`optax.ctc_loss`, `F.ctc_loss`; Graves et al.,
/// 2006).
///
/// | argument | shape | |
/// |---|---|---|
/// | `logits` | `(B, T, K)` | scores of K classes in T frames, among them the class of blanks |
/// | `frames` | `(B, T)` | true in the frames that count (`1 - logit_paddings`) |
/// | `labels` | `(B, N)` | classes, without blanks |
/// | `label_mask` | `(B, N)` | true for the labels that count (`1 - label_paddings`), which come before the padding |
/// | `blank` | | the class of blanks: 0 by default in optax and PyTorch |
///
/// [`sequence_mask`](crate::nn::sequence_mask) makes masks of lengths, as PyTorch takes them. PyTorch takes
/// log-probabilities `(T, B, K)`; a log-softmax of them changes nothing. The softmax is part of this loss.
///
/// Labels that need more frames than there are have a loss of ∞, and a gradient of 0 (in PyTorch NaN, or 0 by
/// `zero_infinity`; optax has about 1e5 instead of ∞, and can prefer ways that aren't allowed, if the logits
/// of the allowed ones differ by that much). A repeated label needs a blank between. An example without labels has the
/// loss of blanks alone, one without frames 0 or ∞.
///
/// ```
/// use nnx_core::{nn::{ctc_loss, sequence_mask}, tensor::Tensor};
///
/// let logits = Tensor::from([[[0.0f32; 3]; 2]]);
/// let (frames, labels) = (Tensor::from([[true, true]]), Tensor::from([[1, 0]]));
/// let label_mask = sequence_mask(&Tensor::from([1]), &labels);
/// // Label 1 alone: as 11, 01 or 10, each with a probability of 1/9.
/// let loss = ctc_loss(logits, frames, labels, label_mask, 0);
/// assert!((loss.to_vec()[0] - 3.0f32.ln()).abs() < 1e-6);
/// ```
///
/// # Panics
/// If a label is outside `0..K` or is `blank`, `blank` is outside `0..K`, a label comes after padding, or a runtime
/// axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn ctc_loss<S, M, L, N, E, I>(
    logits: Tensor<S, E>,
    frames: Tensor<M, bool>,
    labels: Tensor<L, I>,
    label_mask: Tensor<N, bool>,
    blank: usize,
) -> Tensor<L::Examples, E>
where
    S: LastAxis,
    M: MaskOf<S::Leading>,
    L: LabelSequences<S>,
    N: MaskOf<L>,
    E: Real,
    I: Label,
{
    let dims = logits.dims();
    let frames = mask_of("ctc_loss", &dims.without_axis(2), frames);
    let label_mask = mask_of("ctc_loss", &labels.dims(), label_mask);
    Tensor::trusted(logits.into_dyn().ctc_loss(frames, labels.into_dyn(), label_mask, blank))
}
