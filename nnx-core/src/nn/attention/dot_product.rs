//! Scaled dot-product attention.

use super::AttentionMask;
use super::bounds::{KeysOf, ValuesOf};
use crate::array::{Array, DType, Dims};
use crate::ops::{DynKey, DynTensor, attention, fits_tiles, scores, weighted_sum};
use crate::size::Shape;
use crate::tensor::{Operand, Real, Tensor};

/// `softmax(mask(Q Kᵀ / √size)) V` for each head. Queries `(B, T, Heads, size)`, keys `(B, S, KeyHeads,
/// size)` and values `(B, S, KeyHeads, V)` give `(B, T, Heads, V)`.
///
/// With fewer heads of keys than of queries, each head of keys serves `Heads / KeyHeads` consecutive heads of
/// queries (grouped-query attention; Ainslie et al., 2023). A query that may attend to no key has an output of
/// zeros and no gradient. Flax returns the mean of all values with a mask, and NaN with a bias of −∞.
///
/// Scores are computed in tiles, forward and backward, so that memory grows with T + S and not with T · S. This holds for
/// the masks `()`, [`Causal`](super::Causal) (which skips half of the tiles), tensors of `bool`, constant tensors that are
/// added, and pairs of these. With other masks, with dropout and for a gradient of a gradient, the matrix of all scores is
/// in memory.
///
/// | | |
/// |---|---|
/// | Flax | `nnx.dot_product_attention(query, key, value, bias=.., mask=..)` |
/// | PyTorch | `F.scaled_dot_product_attention`, with the axis of heads before the axis of time |
///
/// ```
/// use nnx_core::{Tensor, axis, nn::dot_product_attention, size::Batch, tensor::Tensor};
/// axis!(Words, Pixels);
///
/// let words: Tensor![1, 5, 8, 16] = Tensor::ones();
/// let pixels: Tensor![1, 9, 2, 16] = Tensor::ones();
/// let y: Tensor![1, 5, 8, 16] = dot_product_attention(words, pixels.clone(), pixels, ());
/// assert!(y.to_vec().iter().all(|y| (y - 1.0).abs() < 1e-6));
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn dot_product_attention<Q, K, V, M, E, F, G>(
    query: Tensor<Q, E>,
    key: Tensor<K, F>,
    value: Tensor<V, G>,
    mask: M,
) -> Tensor<V::Output, E>
where
    Q: Shape,
    K: KeysOf<Q>,
    V: ValuesOf<Q, K>,
    M: AttentionMask<K::Scores, E>,
    E: Real,
    F: Operand<E>,
    G: Operand<E>,
{
    const { K::CHECKED };
    let inputs = [query.into_dyn(), key.into_dyn(), value.into_dyn()];
    Tensor::trusted(match in_tiles(inputs, &mask) {
        Ok(y) => y,
        Err(inputs) => {
            let [query, key, value] = *inputs;
            let scores = mask.mask(Tensor::trusted(scores(query, key)));
            weighted_sum(scores.into_dyn().softmax(), value)
        }
    })
}

/// Attention by the tiled kernel, if it supports the mask; otherwise the inputs, unchanged.
pub(super) fn in_tiles<S, E>(
    inputs: [DynTensor; 3],
    mask: &impl AttentionMask<S, E>,
) -> Result<DynTensor, Box<[DynTensor; 3]>> {
    match mask.tile_masks().filter(|masks| fits_tiles(inputs.each_ref(), masks)) {
        Some(masks) => Ok(attention(inputs, masks)),
        None => Err(Box::new(inputs)),
    }
}

/// [`dot_product_attention`] with dropout of attention weights.
///
/// ```
/// use nnx_core::nn::{AttentionDropout, dot_product_attention_with_dropout};
/// use nnx_core::{Tensor, random::Key, size::Causal, tensor::Tensor};
///
/// let x: Tensor![1, 5, 8, 16] = Tensor::ones();
/// let dropout = AttentionDropout::new(0.5, Key::new(0));
/// let y = dot_product_attention_with_dropout(x.clone(), x.clone(), x, Causal, dropout);
/// assert!(y.to_vec().contains(&0.0) || y.to_vec().iter().any(|y| *y > 1.0));
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn dot_product_attention_with_dropout<Q, K, V, M, E, F, G>(
    query: Tensor<Q, E>,
    key: Tensor<K, F>,
    value: Tensor<V, G>,
    mask: M,
    dropout: AttentionDropout,
) -> Tensor<V::Output, E>
where
    Q: Shape,
    K: KeysOf<Q>,
    V: ValuesOf<Q, K>,
    M: AttentionMask<K::Scores, E>,
    E: Real,
    F: Operand<E>,
    G: Operand<E>,
{
    if dropout.rate == 0.0 {
        return dot_product_attention(query, key, value, mask);
    }
    let weights = dot_product_attention_weights(query, key, mask);
    Tensor::trusted(weighted_sum(dropout.apply(weights.into_dyn()), value.into_dyn()))
}

/// The attention weights `(B, Heads, T, S)` of [`dot_product_attention`], one for each pair of query and key.
/// They sum to 1 over the keys, or to 0 if the query may attend to none.
///
/// ```
/// use nnx_core::{Tensor, nn::dot_product_attention_weights, size::Causal, tensor::Tensor};
///
/// let x: Tensor![1, 2, 1, 4] = Tensor::ones();
/// let weights: Tensor![1, 1, 2, 2] = dot_product_attention_weights(x.clone(), x, Causal);
/// assert_eq!(weights.to_vec(), [1.0, 0.0, 0.5, 0.5]);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn dot_product_attention_weights<Q, K, M, E, F>(
    query: Tensor<Q, E>,
    key: Tensor<K, F>,
    mask: M,
) -> Tensor<K::Scores, E>
where
    Q: Shape,
    K: KeysOf<Q>,
    M: AttentionMask<K::Scores, E>,
    E: Real,
    F: Operand<E>,
{
    const { K::CHECKED };
    let scores = Tensor::trusted(scores(query.into_dyn(), key.into_dyn()));
    Tensor::trusted(mask.mask(scores).into_dyn().softmax())
}

/// The dropout of attention weights: the probability `rate`, and the random key.
#[derive(Debug, Clone)]
pub struct AttentionDropout {
    rate: f64,
    key: DynKey,
    broadcast: bool,
}

impl AttentionDropout {
    /// Drops the same pairs of query and key in all heads and all rows of the batch, as Flax does by
    /// default.
    ///
    /// # Panics
    /// If `rate` isn't within 0 to 1.
    #[must_use]
    pub fn new(rate: f64, key: impl Into<DynKey>) -> Self {
        assert!(
            (0.0..=1.0).contains(&rate),
            "a dropout rate is the probability to drop, within 0 to 1; found {rate}"
        );
        Self { rate, key: key.into(), broadcast: true }
    }

    /// Drops independently in each head and each row of the batch (`broadcast_dropout=False`).
    #[must_use]
    pub fn of_each_head(self) -> Self {
        Self { broadcast: false, ..self }
    }

    /// Applies dropout to weights `(B, H, T, S)`. The kept weights are scaled by `1 / (1 - rate)`.
    pub(super) fn apply(self, weights: DynTensor) -> DynTensor {
        if self.rate == 0.0 {
            return weights;
        }
        let factors = self.factors(weights.dims(), weights.dtype());
        weights * factors
    }

    /// The factors of the weights `(B, H, T, S)`: 0 for those that are dropped, `1 / (1 - rate)` for the others.
    pub(super) fn factors(self, mut dims: Dims, dtype: DType) -> DynTensor {
        if self.rate == 0.0 || self.rate == 1.0 {
            return Array::full_float(1.0 - self.rate, dtype, &dims).into();
        }
        if self.broadcast {
            dims[..2].fill(1);
        }
        let keep = 1.0 - self.rate;
        #[allow(clippy::cast_possible_truncation, reason = "rounded once, as in JAX")]
        let kept = DynTensor::bernoulli(self.key, keep as f32, &dims);
        // The division rounds in the type of the weights, as in JAX.
        kept.cast(dtype) / DynTensor::from(scalar(keep, dtype))
    }
}

fn scalar(value: f64, dtype: DType) -> Array {
    Array::full_float(value, dtype, &[])
}
