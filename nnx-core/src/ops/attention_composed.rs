//! Attention composed of other operations, with the matrix of all scores: for members of a `vmap`, and for gradients of
//! gradients.

use super::DynTensor;
use super::attention::AttentionMasks;
use crate::array::{Array, Dims, product};
use crate::kernel::attention::scale;

fn four(x: &DynTensor) -> [usize; 4] {
    (*x.dims()).try_into().expect("queries, keys, values and weights have four axes")
}

/// Panics unless both operands have the same size along the runtime axis `axis`.
#[track_caller]
fn same_length(axis: &str, left: usize, right: usize) {
    assert!(
        left == right,
        "attention: {axis} is {left} on one side and {right} on the other; queries, keys and values must come from the same batch",
    );
}

/// `(B, T, H, D)` as `(B, K, shared · T, D)`: the queries that share one of K heads of keys are the rows of one matrix.
fn folded(x: DynTensor, key_heads: usize) -> DynTensor {
    let [batch, time, heads, size] = four(&x);
    let shared = heads.checked_div(key_heads).unwrap_or(0);
    // If a tensor has no elements, the product of its other sizes may overflow a `usize`.
    let rows = product([shared, time]);
    x.reshape(&[batch, time, key_heads, shared, size])
        .permute(&[0, 2, 3, 1, 4])
        .reshape(&[batch, key_heads, rows, size])
}

/// The inverse of [`folded`]: `(B, K, shared · T, D)` as `(B, T, H, D)`.
fn unfolded(x: DynTensor, time: usize, heads: usize) -> DynTensor {
    let [batch, key_heads, _, size] = four(&x);
    let shared = heads.checked_div(key_heads).unwrap_or(0);
    x.reshape(&[batch, key_heads, shared, time, size])
        .permute(&[0, 3, 1, 2, 4])
        .reshape(&[batch, time, heads, size])
}

/// The scores `(B, H, T, S)` of queries `(B, T, H, D)` and keys `(B, S, K, D)`.
#[track_caller]
pub(crate) fn scores(query: DynTensor, key: DynTensor) -> DynTensor {
    let [batch, time, heads, size] = four(&query);
    let [key_batch, keys, key_heads, _] = four(&key);
    same_length("the batch", batch, key_batch);
    let scores =
        folded(query.mul_scalar(scale(size)), key_heads).matmul(key.permute(&[0, 2, 3, 1]));
    scores.reshape(&[batch, heads, time, keys])
}

/// The sums `(B, T, H, V)` of values `(B, S, K, V)` by weights `(B, H, T, S)`.
#[track_caller]
pub(crate) fn weighted_sum(weights: DynTensor, value: DynTensor) -> DynTensor {
    let [batch, heads, time, keys] = four(&weights);
    let [value_batch, values, key_heads, _] = four(&value);
    same_length("the batch", batch, value_batch);
    same_length("the time of keys and values", keys, values);
    let shared = heads.checked_div(key_heads).unwrap_or(0);
    let sums = weights
        .reshape(&[batch, key_heads, product([shared, time]), keys])
        .matmul(value.permute(&[0, 2, 1, 3]));
    unfolded(sums, time, heads)
}

/// `scores` where `mask` is true, −∞ elsewhere.
pub(crate) fn allow_where(scores: DynTensor, mask: DynTensor) -> DynTensor {
    let mask = mask.broadcast_to(&scores.dims());
    let closed = scores.full_like(f64::NEG_INFINITY);
    mask.select(scores, closed)
}

/// A mask `(time, keys)` by which query t attends to the keys 0 to `start + t`.
pub(crate) fn up_to(start: usize, time: usize, keys: usize) -> DynTensor {
    let open = (0..time).flat_map(|t| (0..keys).map(move |key| key <= start + t)).collect();
    Array::filled::<bool>(open, Dims::new(&[time, keys])).into()
}

/// The weights `(B, H, T, S)`.
fn weights(query: DynTensor, key: DynTensor, masks: &AttentionMasks) -> DynTensor {
    let mut scores = scores(query, key);
    let [.., time, keys] = four(&scores);
    for added in &masks.added {
        scores += added.clone();
    }
    if masks.causal {
        scores = allow_where(scores, up_to(0, time, keys));
    }
    for allowed in &masks.allowed {
        scores = allow_where(scores, allowed.clone());
    }
    scores.softmax()
}

/// `softmax(mask(Q Kᵀ / √D)) V`.
pub(super) fn composed([query, key, value]: [DynTensor; 3], masks: &AttentionMasks) -> DynTensor {
    weighted_sum(weights(query, key, masks), value)
}

/// The gradients of queries, keys and values, given the gradient of the output.
pub(super) fn composed_gradients(
    [query, key, value]: [DynTensor; 3],
    masks: &AttentionMasks,
    g: &DynTensor,
) -> [DynTensor; 3] {
    let [batch, time, heads, size] = four(&query);
    let [_, keys, key_heads, _] = four(&key);
    let rows = product([heads / key_heads, time]);
    let weights = weights(query.clone(), key.clone(), masks);
    let weights = weights.reshape(&[batch, key_heads, rows, keys]);
    let g = folded(g.clone(), key_heads);
    let of_weights = g.clone().matmul(value.permute(&[0, 2, 3, 1]));
    let means = (&weights * &of_weights).sum(&[3]).reshape(&[batch, key_heads, rows, 1]);
    let of_scores = &weights * &(of_weights - means);
    let scaled = folded(query.mul_scalar(scale(size)), key_heads);
    let of_query = of_scores.clone().matmul(key.permute(&[0, 2, 1, 3])).mul_scalar(scale(size));
    let of_key = of_scores.swap_axes(2, 3).matmul(scaled);
    let of_value = weights.swap_axes(2, 3).matmul(g);
    [
        unfolded(of_query, time, heads),
        of_key.permute(&[0, 2, 1, 3]),
        of_value.permute(&[0, 2, 1, 3]),
    ]
}
