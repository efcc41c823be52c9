//! The cache of keys and values, with which attention decodes a sequence token by token.

use super::bounds::{ContextOf, SequenceOf};
use super::multi_head::{CachedHeads, KeyHeadsOf};
use super::{AttentionMask, AttentionSizes, MultiHeadAttention};
use crate::array::{Array, Dims};
use crate::module::{Cache, Pass};
use crate::ops::{DynTensor, allow_where, scores, up_to, weighted_sum};
use crate::size::{Cached, Size};
use crate::tensor::{InputElement, Real, Tensor};

impl<Heads, In, O, E> MultiHeadAttention<Heads, In, O, E>
where
    Heads: Size,
    In: Size,
    O: AttentionSizes<Heads, In>,
    E: Real,
{
    /// Adds an empty cache for batches of `batch` rows and sequences of at most `length` tokens. Replaces an
    /// existing cache. (`init_cache` in Flax, which takes the shape of the input.)
    ///
    /// # Panics
    /// If it doesn't fit into memory, or `length` is beyond `i32`.
    #[track_caller]
    pub fn init_cache(&mut self, batch: usize, length: usize) {
        assert!(
            i32::try_from(length).is_ok(),
            "a cache counts its positions in i32: it holds at most 2147483647, not {length}"
        );
        self.cached_key = Some(empty::<Heads, In, O, E>(batch, length));
        self.cached_value = Some(empty::<Heads, In, O, E>(batch, length));
        self.cache_index = Some(Cache::new(Tensor::from(0)));
    }

    /// Empties the cache, if there is one. The next token is then the first of a new sequence.
    pub fn reset_cache(&mut self) {
        if let Some(keys) = &self.cached_key {
            let (batch, length) = (keys.value().dims()[0], keys.value().dims()[1]);
            self.init_cache(batch, length);
        }
    }

    /// Removes the cache and frees its memory.
    pub fn remove_cache(&mut self) {
        (self.cached_key, self.cached_value, self.cache_index) = (None, None, None);
    }

    /// The number of filled positions of the cache; `None` without a cache.
    #[must_use]
    pub fn cached_positions(&self) -> Option<usize> {
        self.cache_index.as_ref().map(|index| filled(index.value().item()))
    }

    /// The number of filled positions of the cache as this pass sees it, including positions that it filled and
    /// hasn't committed yet.
    #[must_use]
    pub fn cached(&self, pass: &Pass) -> Option<usize> {
        self.cache_index.as_ref().map(|index| filled(index_of(index, pass)))
    }

    /// Continues a sequence by the tokens `x`. Each attends to the tokens in the cache, and to the new ones up
    /// to itself. Their keys and values are added to the cache when the pass is committed. Decoding one token
    /// at a time computes the same as one pass over the whole sequence with [`Causal`](super::Causal).
    ///
    /// The mask covers all `length` positions of the cache. With `()` each token attends to all earlier ones.
    ///
    /// # Panics
    /// If the pass isn't a [`Pass::decode`], if there is no cache, if it is for a different batch size, or if
    /// it has fewer free positions than there are new tokens.
    #[track_caller]
    pub fn decode<S, M, F>(
        &self,
        x: Tensor<S, F>,
        mask: M,
        pass: &mut Pass,
    ) -> Tensor<S::With<O::Out>, E>
    where
        S: SequenceOf<In> + ContextOf<S, O::Context>,
        M: AttentionMask<(S::Batch, Heads, S::Time, Cached), E>,
        F: InputElement<E>,
    {
        assert!(
            pass.is_decoding(),
            "`decode` runs in a `Pass::decode()`, which may fill the cache"
        );
        let (Some(keys), Some(values), Some(index)) =
            (&self.cached_key, &self.cached_value, &self.cache_index)
        else {
            panic!(
                "this attention has no cache, which a decoding pass needs: call `init_cache(batch, length)` first"
            )
        };
        let [batch, time, _] = *x.dims() else { unreachable!("a sequence has three axes") };
        let room = keys.value().dims();
        let start = filled(index_of(index, pass));
        assert!(
            batch == room[0],
            "the cache is for a batch of {}, but the tokens are a batch of {batch}: \
             call `init_cache({batch}, length)` for another batch",
            room[0]
        );
        assert!(
            start.checked_add(time).is_some_and(|end| end <= room[1]),
            "the cache has room for {} positions, {start} are filled, and {time} more were given: start the \
             next sequence with `reset_cache()`, or make room with `init_cache(batch, length)`",
            room[1]
        );

        let x = x.into_dyn();
        let query = self.queries(x.clone(), pass);
        let (key, value) = (self.keys(x.clone(), pass), self.value.apply(x, pass));
        // Old and new keys are multiplied separately, so that the cache isn't copied, and only its filled positions
        // are read.
        let filled = |all: DynTensor| all.slice(1, 0, start);
        let (old_key, old_value) =
            (filled(keys.get(pass).into_dyn()), filled(values.get(pass).into_dyn()));
        keys.set_slice(1, start, key.clone(), pass);
        values.set_slice(1, start, value.clone(), pass);
        #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "a count")]
        index.set(Tensor::from((start + time) as i32), pass);

        let end = start + time;
        let scores = vec![scores(query.clone(), old_key), scores(query, key)];
        let scores = DynTensor::concat(scores, 3).expect("equal but for the keys");
        let scores = allow_where(scores, up_to(start, time, end)).pad(3, 0, room[1] - end);
        let scores = mask.mask_from(Tensor::trusted(scores), start).into_dyn();
        let weights = scores.slice(3, 0, end).softmax();
        let old = weighted_sum(weights.clone().slice(3, 0, start), old_value);
        let new = weighted_sum(weights.slice(3, start, time), value);
        Tensor::trusted(self.out.apply(old + new, pass))
    }
}

/// The index of a cache, as this pass sees it.
#[track_caller]
fn index_of(index: &Cache<(), i32>, pass: &Pass) -> i32 {
    let index = index.get(pass);
    assert!(
        !index.clone().into_dyn().is_traced(),
        "`decode` reads how many positions of its cache are filled, which isn't known while `jit` records a step: \
         call `decode` without `jit`, or record a pass over the whole sequence, with the mask `Causal`"
    );
    index.item()
}

/// The number of filled positions. A negative index, which a file may hold, counts as 0.
fn filled(index: i32) -> usize {
    usize::try_from(index).unwrap_or(0)
}

fn empty<Heads: Size, In: Size, O: AttentionSizes<Heads, In>, E: Real>(
    batch: usize,
    length: usize,
) -> CachedHeads<Heads, In, O, E> {
    let head = O::Qkv::USIZE.checked_div(Heads::USIZE).unwrap_or(0);
    let dims = Dims::new(&[batch, length, KeyHeadsOf::<Heads, In, O>::USIZE, head]);
    Cache::new(Tensor::trusted(Array::build(dims, |out| out.fill(E::ZERO)).into()))
}
