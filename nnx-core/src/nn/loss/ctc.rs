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
/// Labels that need more frames than there are have a loss of ∞, and a gradient of 0 (as in PyTorch with
/// `zero_infinity`, but for the loss; optax has about 1e5 instead of ∞, and can prefer ways that aren't allowed, if the logits
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
pub fn ctc_loss<S, M, L, N, E, I, O>(
    logits: Tensor<S, E>,
    frames: Tensor<M, bool>,
    labels: Tensor<L, I>,
    label_mask: Tensor<N, bool>,
    blank: usize,
) -> Tensor<O, E>
where
    S: LastAxis,
    M: MaskOf<S::Leading>,
    L: LabelSequences<S, Examples = O>,
    N: MaskOf<L>,
    E: Real,
    I: Label,
{
    let dims = logits.dims();
    let frames = mask_of("ctc_loss", &dims.without_axis(2), frames);
    let label_mask = mask_of("ctc_loss", &labels.dims(), label_mask);
    Tensor::trusted(logits.into_dyn().ctc_loss(frames, labels.into_dyn(), label_mask, blank))
}

/// [`ctc_loss`] and the logarithms of the forward probabilities: `(loss, blanks, labels)`, where `blanks[b, t, n]` is
/// that of all ways through the frames up to `t` that end in the blank after `n` labels, and `labels[b, t, n]` of those
/// that end in label `n` (`optax.ctc_loss_with_forward_probs`). An impossible state has -∞. After the frames and labels
/// that count, and in frames that don't, the numbers have no meaning.
///
/// Optax has the frames before the batch, -1e5 in place of -∞, and adds the last labels to the blanks of the last
/// frame. The probabilities are composed of simple operations: for training use [`ctc_loss`].
///
/// ```
/// use nnx_core::{Tensor, nn::ctc_loss_with_forward_probs, tensor::Tensor};
///
/// let logits = Tensor::from([[[0.0f32; 2]; 3]]);
/// let frames = Tensor::from([[true, true, true]]);
/// let (labels, mask) = (Tensor::from([[1]]), Tensor::from([[true]]));
/// let (loss, blanks, labels) = ctc_loss_with_forward_probs(logits, frames, labels, mask, 0);
/// let (blanks, labels): (Tensor![1, 3, 2], Tensor![1, 3, 1]) = (blanks.exp(), labels.exp());
/// let ends = blanks.to_vec()[5] + labels.to_vec()[2];
/// assert!((ends - (-loss.to_vec()[0]).exp()).abs() < 1e-6 && (ends - 0.75).abs() < 1e-6);
/// ```
///
/// # Panics
/// As [`ctc_loss`].
#[must_use]
#[track_caller]
pub fn ctc_loss_with_forward_probs<S, M, L, N, E, I, O, P, Q>(
    logits: Tensor<S, E>,
    frames: Tensor<M, bool>,
    labels: Tensor<L, I>,
    label_mask: Tensor<N, bool>,
    blank: usize,
) -> (Tensor<O, E>, Tensor<P, E>, Tensor<Q, E>)
where
    S: LastAxis,
    M: MaskOf<S::Leading>,
    L: LabelSequences<S, Examples = O, BlanksInFrames = P, InFrames = Q>,
    N: MaskOf<L>,
    E: Real,
    I: Label,
{
    let loss = ctc_loss(logits.clone(), frames.clone(), labels.clone(), label_mask.clone(), blank);
    let [x, frames] = [logits.into_dyn(), frames.into_dyn()];
    let [labels, mask] = [labels.into_dyn(), label_mask.into_dyn()];
    let [blanks, labels] = x.ctc_forward_probabilities(&frames, &labels, &mask, blank);
    (loss, Tensor::trusted(blanks), Tensor::trusted(labels))
}
