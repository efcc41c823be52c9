//! Which keys a query attends to.

use super::bounds::{KeyPositions, OverScores, Positions};
use crate::array::{Array, Dims, Element};
use crate::ops::{AttentionMasks, allow_where, up_to};
use crate::size::{BroadcastsTo, Shape, U1};
use crate::tensor::{Label, Real, Tensor};

pub use crate::size::Causal;

/// A mask of the scores of shape `S` = `(batch, heads, time, key time)`: which keys each query attends to.
///
/// | mask | meaning |
/// |---|---|
/// | `()` | every query attends to every key |
/// | [`Causal`] | to the keys up to its own position |
/// | a tensor of `bool` | to the keys where it is true |
/// | a tensor of floating-point numbers | to every key; the mask is added to the scores (Flax's `bias`) |
/// | [`MaskBy`](super::MaskBy) | to the keys for which a function of two positions is true |
/// | [`SlidingWindow`](super::SlidingWindow) | to the keys within a window around its own position |
/// | [`Alibi`](super::Alibi) | to every key, less to those that are far away |
/// | [`ScoreFn`](super::ScoreFn) | by the scores that a function returns |
/// | a pair of masks | to the keys that both masks allow; the second sees the scores of the first |
/// | `Some(mask)`, `None` | as by `mask`; to every key |
///
/// A mask tensor, or a reference to one, has four axes. Each is the axis of the scores, or has size 1. So a mask
/// `(batch, time, key time)` is never broadcast as a mask of heads. Flax does that if the number of heads
/// equals the batch size.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't mask attention scores `{S}`",
    label = "expected a mask of four axes `(batch, heads, time, key time)`, each that of the scores or `U1`",
    note = "the scores are `{S}`: `mask.insert_axis::<1>()` gives a mask `(batch, time, key time)` its axis of heads",
    note = "a mask holds `bool` (true lets through) or the type of the scores (added to them); else it is `Causal`, `()` for none, or a pair of masks"
)]
pub trait AttentionMask<S, E> {
    /// The masked scores: −∞ where the query doesn't attend.
    fn mask(self, scores: Tensor<S, E>) -> Tensor<S, E>;

    /// As [`mask`](Self::mask), where the first query is at the position `start` among the keys: the positions of a cache
    /// before it are filled. A mask by positions, such as a window, takes it into account.
    #[track_caller]
    fn mask_from(self, scores: Tensor<S, E>, start: usize) -> Tensor<S, E>
    where
        Self: Sized,
    {
        let _ = start;
        self.mask(scores)
    }

    /// The mask in the form that the tiled kernel takes; `None`, the default, if the mask needs the matrix of all
    /// scores.
    #[doc(hidden)]
    fn tile_masks(&self) -> Option<AttentionMasks> {
        None
    }

    /// Whether the mask excludes no keys but those after the query, as [`Causal`] and `()`.
    fn is_order_alone(&self) -> bool {
        false
    }
}

#[diagnostic::do_not_recommend]
impl<S, E> AttentionMask<S, E> for () {
    fn mask(self, scores: Tensor<S, E>) -> Tensor<S, E> {
        scores
    }
    fn tile_masks(&self) -> Option<AttentionMasks> {
        Some(AttentionMasks::default())
    }
    fn is_order_alone(&self) -> bool {
        true
    }
}

#[diagnostic::do_not_recommend]
impl<S: Shape, E: Real> AttentionMask<S, E> for Causal {
    fn mask(self, scores: Tensor<S, E>) -> Tensor<S, E> {
        let [.., time, keys] = *scores.dims() else { unreachable!("scores have four axes") };
        Tensor::trusted(allow_where(scores.into_dyn(), up_to(0, time, keys)))
    }
    fn mask_from(self, scores: Tensor<S, E>, start: usize) -> Tensor<S, E> {
        let [.., time, keys] = *scores.dims() else { unreachable!("scores have four axes") };
        Tensor::trusted(allow_where(scores.into_dyn(), up_to(start, time, keys)))
    }
    fn tile_masks(&self) -> Option<AttentionMasks> {
        Some(AttentionMasks { causal: true, ..AttentionMasks::default() })
    }
    fn is_order_alone(&self) -> bool {
        true
    }
}

#[diagnostic::do_not_recommend]
impl<S: Shape, M: OverScores<S>, E: Real> AttentionMask<S, E> for Tensor<M, bool> {
    #[track_caller]
    fn mask(self, scores: Tensor<S, E>) -> Tensor<S, E> {
        let mask = self.broadcast_like(&scores).into_dyn();
        Tensor::trusted(allow_where(scores.into_dyn(), mask))
    }
    fn tile_masks(&self) -> Option<AttentionMasks> {
        let allowed = vec![self.clone().into_dyn()];
        Some(AttentionMasks { allowed, ..AttentionMasks::default() })
    }
}

#[diagnostic::do_not_recommend]
impl<S: Shape, M: OverScores<S>, E: Real> AttentionMask<S, E> for Tensor<M, E> {
    #[track_caller]
    fn mask(self, scores: Tensor<S, E>) -> Tensor<S, E> {
        scores + self
    }
    fn tile_masks(&self) -> Option<AttentionMasks> {
        let added = vec![self.clone().into_dyn()];
        Some(AttentionMasks { added, ..AttentionMasks::default() })
    }
}

#[diagnostic::do_not_recommend]
impl<S, M, F, E> AttentionMask<S, E> for &Tensor<M, F>
where
    Tensor<M, F>: AttentionMask<S, E>,
{
    #[track_caller]
    fn mask(self, scores: Tensor<S, E>) -> Tensor<S, E> {
        self.clone().mask(scores)
    }
    fn tile_masks(&self) -> Option<AttentionMasks> {
        (*self).tile_masks()
    }
}

impl<S, A: AttentionMask<S, E>, B: AttentionMask<S, E>, E> AttentionMask<S, E> for (A, B) {
    #[track_caller]
    fn mask(self, scores: Tensor<S, E>) -> Tensor<S, E> {
        self.1.mask(self.0.mask(scores))
    }
    #[track_caller]
    fn mask_from(self, scores: Tensor<S, E>, start: usize) -> Tensor<S, E> {
        self.1.mask_from(self.0.mask_from(scores, start), start)
    }
    fn tile_masks(&self) -> Option<AttentionMasks> {
        Some(self.0.tile_masks()?.and(self.1.tile_masks()?))
    }
    fn is_order_alone(&self) -> bool {
        self.0.is_order_alone() && self.1.is_order_alone()
    }
}

impl<S, M: AttentionMask<S, E>, E> AttentionMask<S, E> for Option<M> {
    #[track_caller]
    fn mask(self, scores: Tensor<S, E>) -> Tensor<S, E> {
        match self {
            Some(mask) => mask.mask(scores),
            None => scores,
        }
    }
    #[track_caller]
    fn mask_from(self, scores: Tensor<S, E>, start: usize) -> Tensor<S, E> {
        match self {
            Some(mask) => mask.mask_from(scores, start),
            None => scores,
        }
    }
    fn tile_masks(&self) -> Option<AttentionMasks> {
        self.as_ref().map_or_else(|| Some(AttentionMasks::default()), AttentionMask::tile_masks)
    }
    fn is_order_alone(&self) -> bool {
        self.as_ref().is_none_or(AttentionMask::is_order_alone)
    }
}

/// The causal mask `(batch, 1, time, time)` of a sequence `(batch, time, ..)`: each query attends to the keys
/// up to its own position (`nnx.make_causal_mask`). [`Causal`] has the same effect without a tensor.
///
/// ```
/// use nnx_core::{Tensor, nn::make_causal_mask, size::{Batch, U3}, tensor::Tensor};
///
/// let tokens: Tensor![Batch, 3; i32] = Tensor::from_vec(vec![7, 8, 9])?;
/// let mask: Tensor![Batch, 1, 3, 3; bool] = make_causal_mask(&tokens);
/// assert_eq!(mask.to_vec(), [true, false, false, true, true, false, true, true, true]);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[must_use]
pub fn make_causal_mask<S: Positions, E>(
    x: &Tensor<S, E>,
) -> Tensor<(S::Batch, U1, S::Time, S::Time), bool> {
    let (batch, time) = (x.dims()[0], x.dims()[1]);
    Tensor::trusted(up_to(0, time, time).broadcast_to(&[batch, 1, time, time]))
}

/// A mask `(batch, 1, time, key time)` that is true where both the query and the key are valid. The arguments
/// are the masks of valid queries `(batch, time)` and valid keys `(batch, key time)`
/// (`nnx.make_attention_mask`).
///
/// ```
/// use nnx_core::{Tensor, nn::make_attention_mask, size::U2, tensor::Tensor};
///
/// let tokens = Tensor::from([[5, 0]]);
/// let counts = tokens.greater(&Tensor::from(0));
/// let mask: Tensor![1, 1, 2, 2; bool] = make_attention_mask(&counts, &counts);
/// assert_eq!(mask.to_vec(), [true, false, false, false]);
/// ```
///
/// # Panics
/// If the batch sizes differ.
#[must_use]
#[track_caller]
pub fn make_attention_mask<Q: Shape, K: KeyPositions<Q>>(
    queries: &Tensor<Q, bool>,
    keys: &Tensor<K, bool>,
) -> Tensor<K::Mask, bool> {
    make_attention_mask_with(queries, keys, |query, key| query && key)
}

/// [`make_attention_mask`] by a function of two values, one of the query and one of the key (Flax's
/// `pairwise_fn`). The values may be the indices of the documents that the tokens are from.
///
/// ```
/// use nnx_core::{Tensor, nn::make_attention_mask_with, tensor::Tensor};
///
/// let documents = Tensor::from([[1, 1, 2]]);
/// let mask: Tensor![1, 1, 3, 3; bool] = make_attention_mask_with(&documents, &documents, |a, b| a == b);
/// assert_eq!(mask.to_vec(), [true, true, false, true, true, false, false, false, true]);
/// ```
///
/// # Panics
/// If the batch sizes differ.
#[must_use]
#[track_caller]
pub fn make_attention_mask_with<Q: Shape, K: KeyPositions<Q>, E: Element>(
    queries: &Tensor<Q, E>,
    keys: &Tensor<K, E>,
    attends: impl Fn(E, E) -> bool,
) -> Tensor<K::Mask, bool> {
    let (batch, time) = (queries.dims()[0], queries.dims()[1]);
    let (key_batch, key_time) = (keys.dims()[0], keys.dims()[1]);
    assert_eq!(batch, key_batch, "a mask needs queries and keys of the same batch");
    let (queries, keys) = (queries.to_vec(), keys.to_vec());
    let mask = Array::build(Dims::new(&[batch, 1, time, key_time]), |mask| {
        // `mask` has a row for each query, in order of example and time.
        for (i, (row, &query)) in mask.chunks_exact_mut(key_time.max(1)).zip(&queries).enumerate() {
            let keys = &keys[i / time * key_time..][..key_time];
            row.iter_mut().zip(keys).for_each(|(open, &key)| *open = attends(query, key));
        }
    });
    Tensor::trusted(mask.into())
}

/// The mask `(batch, time)` of the valid positions of a padded sequence `x`: the first `lengths[b]` of row b
/// (`tf.sequence_mask`).
///
/// ```
/// use nnx_core::{Tensor, nn::sequence_mask, tensor::Tensor};
///
/// let tokens: Tensor![2, 3; i32] = Tensor::from([[4, 5, 0], [6, 0, 0]]);
/// let counts: Tensor![2, 3; bool] = sequence_mask(&Tensor::from([2, 1]), &tokens);
/// assert_eq!(counts.to_vec(), [true, true, false, true, false, false]);
/// ```
///
/// # Panics
/// If a length is negative or exceeds the sequence, or if there isn't one for each row.
#[must_use]
#[track_caller]
pub fn sequence_mask<S: Positions, I: Label, E>(
    lengths: &Tensor<(S::Batch,), I>,
    x: &Tensor<S, E>,
) -> Tensor<(S::Batch, S::Time), bool> {
    let (batch, time) = (x.dims()[0], x.dims()[1]);
    let lengths = crate::nn::lengths::checked(lengths.clone().into_dyn(), batch, time);
    Tensor::trusted(crate::nn::lengths::mask(lengths, time))
}

/// The logical and of two masks (`nnx.combine_masks`). The right one broadcasts to the shape of the left one.
/// A pair `(left, right)` is a mask of the same meaning.
///
/// ```
/// use nnx_core::{Tensor, nn::{combine_masks, make_causal_mask, make_attention_mask}, tensor::Tensor};
///
/// let tokens = Tensor::from([[5, 0]]);
/// let counts = tokens.clone().greater(&Tensor::from(0));
/// let mask: Tensor![1, 1, 2, 2; bool] =
///     combine_masks(make_causal_mask(&tokens), make_attention_mask(&counts, &counts));
/// assert_eq!(mask.to_vec(), [true, false, false, false]);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn combine_masks<L: Shape, R: Shape + BroadcastsTo<L>>(
    left: Tensor<L, bool>,
    right: Tensor<R, bool>,
) -> Tensor<L, bool> {
    let right = right.broadcast_like(&left);
    Tensor::trusted(left.into_dyn() & right.into_dyn())
}
