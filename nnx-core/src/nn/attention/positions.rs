//! Masks by functions of one's own, and by the distance of query and key: sliding windows and ALiBi.

use super::AttentionMask;
use crate::array::{Array, Dims};
use crate::ops::{DynTensor, allow_where};
use crate::size::Shape;
use crate::tensor::{Real, Tensor};

/// A mask by a function of the positions of query and key: each query attends to the keys for which it is true
/// (`mask_mod` of PyTorch's FlexAttention). It is called once for each pair, not for each head.
///
/// ```
/// use nnx_core::{Tensor, nn::{MaskBy, dot_product_attention_weights}, tensor::Tensor};
///
/// let x: Tensor![1, 4, 1, 2] = Tensor::ones();
/// let in_pairs = MaskBy(|query, key| query / 2 == key / 2);
/// let weights = dot_product_attention_weights(x.clone(), x, in_pairs);
/// assert_eq!(weights.to_vec()[..4], [0.5, 0.5, 0.0, 0.0]);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct MaskBy<F: Fn(usize, usize) -> bool>(pub F);

/// A function of one's own of the scores `(batch, heads, time, key time)`, before the softmax (`score_mod` of PyTorch's
/// FlexAttention, on whole tensors). Gradients flow through it.
///
/// ```
/// use nnx_core::{Tensor, nn::{ScoreFn, dot_product_attention}, size::Causal, tensor::Tensor};
///
/// let x: Tensor![1, 5, 8, 16] = Tensor::ones();
/// let soft_cap = ScoreFn(|scores: Tensor![1, 8, 5, 5]| (scores / 50.0).tanh() * 50.0);
/// let y = dot_product_attention(x.clone(), x.clone(), x, (soft_cap, Causal));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ScoreFn<F>(pub F);

/// Attention within a window: the query at t attends to the keys from `t - before` to `t + after` (Beltagy, Peters and
/// Cohan, 2020). The scores of all pairs are computed.
///
/// | | |
/// |---|---|
/// | Flax | `jax.nn.dot_product_attention(.., local_window_size=(before, after))` |
/// | PyTorch | a `mask_mod` of FlexAttention |
///
/// ```
/// use nnx_core::{Tensor, nn::{SlidingWindow, dot_product_attention_weights}, tensor::Tensor};
///
/// let x: Tensor![1, 3, 1, 2] = Tensor::ones();
/// let weights = dot_product_attention_weights(x.clone(), x, SlidingWindow::causal(2));
/// assert_eq!(weights.to_vec(), [1.0, 0.0, 0.0, 0.5, 0.5, 0.0, 0.0, 0.5, 0.5]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlidingWindow {
    /// How many keys before the query it attends to.
    pub before: usize,
    /// How many keys after the query it attends to.
    pub after: usize,
}

impl SlidingWindow {
    /// The window of the last `size` keys, the query's own among them, as in Mistral.
    ///
    /// # Panics
    /// If `size` is 0.
    #[must_use]
    pub const fn causal(size: usize) -> Self {
        assert!(size > 0, "a causal window holds at least the query's own key");
        Self { before: size - 1, after: 0 }
    }
}

/// Attention with linear biases in place of positions: `-slope ∣query - key∣` is added to the scores, where the slope of
/// head h of H is `2^(-8 (h + 1) / H)` (Press, Smith and Lewis, 2022). `(Causal, Alibi)` is that of a language model.
///
/// If H isn't a power of two, the slopes are those of the next smaller power of two, followed by every other of twice
/// that power, as in the paper's code.
///
/// ```
/// use nnx_core::{Tensor, nn::{Alibi, dot_product_attention_weights}, size::Causal, tensor::Tensor};
///
/// let x: Tensor![1, 2, 1, 2] = Tensor::ones();
/// let weights = dot_product_attention_weights(x.clone(), x, (Causal, Alibi)).to_vec();
/// let far = (-1f32 / 256.0).exp();
/// assert!((weights[2] - far / (1.0 + far)).abs() < 1e-6);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Alibi;

impl Alibi {
    /// The slopes of `heads` heads.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "heads are few")]
    pub fn slopes(heads: usize) -> Vec<f64> {
        let of_power = |n: usize| (1..=n).map(move |h| (-8.0 * h as f64 / n as f64).exp2());
        let power = if heads == 0 { 0 } else { 1 << heads.ilog2() };
        of_power(power).chain(of_power(2 * power).step_by(2)).take(heads).collect()
    }
}

/// `f` of all pairs of a query, the first of which is at `start`, and a key.
fn pairs<T>(scores: &DynTensor, start: usize, f: impl Fn(usize, usize) -> T) -> Vec<T> {
    let [.., time, keys] = *scores.dims() else { unreachable!("scores have four axes") };
    (0..time)
        .flat_map(|t| (0..keys).map(move |key| (start + t, key)))
        .map(|(t, k)| f(t, k))
        .collect()
}

/// The scores of the pairs that `attends` allows.
fn allowed<S: Shape, E: Real>(
    scores: Tensor<S, E>,
    start: usize,
    attends: impl Fn(usize, usize) -> bool,
) -> Tensor<S, E> {
    let scores = scores.into_dyn();
    let mask = pairs(&scores, start, attends);
    let dims = Dims::new(&scores.dims()[2..]);
    Tensor::trusted(allow_where(scores, Array::filled::<bool>(mask, dims).into()))
}

#[diagnostic::do_not_recommend]
impl<S: Shape, E: Real, F: Fn(usize, usize) -> bool> AttentionMask<S, E> for MaskBy<F> {
    fn mask(self, scores: Tensor<S, E>) -> Tensor<S, E> {
        self.mask_from(scores, 0)
    }
    fn mask_from(self, scores: Tensor<S, E>, start: usize) -> Tensor<S, E> {
        allowed(scores, start, self.0)
    }
}

#[diagnostic::do_not_recommend]
impl<S, E, F: FnOnce(Tensor<S, E>) -> Tensor<S, E>> AttentionMask<S, E> for ScoreFn<F> {
    fn mask(self, scores: Tensor<S, E>) -> Tensor<S, E> {
        self.0(scores)
    }
}

#[diagnostic::do_not_recommend]
impl<S: Shape, E: Real> AttentionMask<S, E> for SlidingWindow {
    fn mask(self, scores: Tensor<S, E>) -> Tensor<S, E> {
        self.mask_from(scores, 0)
    }
    fn mask_from(self, scores: Tensor<S, E>, start: usize) -> Tensor<S, E> {
        allowed(scores, start, |query, key| {
            key.saturating_add(self.before) >= query && key <= query.saturating_add(self.after)
        })
    }
}

#[diagnostic::do_not_recommend]
impl<S: Shape, E: Real> AttentionMask<S, E> for Alibi {
    fn mask(self, scores: Tensor<S, E>) -> Tensor<S, E> {
        self.mask_from(scores, 0)
    }
    #[allow(clippy::cast_precision_loss, reason = "positions are far below 2^53")]
    fn mask_from(self, scores: Tensor<S, E>, start: usize) -> Tensor<S, E> {
        let scores = scores.into_dyn();
        let [_, heads, time, keys] = *scores.dims() else { unreachable!("scores have four axes") };
        let distances = pairs(&scores, start, |query, key| E::from_f64(query.abs_diff(key) as f64));
        let slopes = Self::slopes(heads).into_iter().map(|slope| E::from_f64(-slope)).collect();
        let distances = Array::filled::<E>(distances, Dims::new(&[time, keys]));
        let slopes = Array::filled::<E>(slopes, Dims::new(&[heads, 1, 1]));
        let distances = DynTensor::from(distances).broadcast_to(&[heads, time, keys]);
        Tensor::trusted(scores + distances * DynTensor::from(slopes))
    }
}
