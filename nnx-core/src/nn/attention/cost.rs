//! The costs of attention, as constants.

use super::bounds::{ContextOf, KeyHeads, SequenceOf};
use super::{AttentionSizes, MultiHeadAttention};
use crate::module::{Cost, Layer};
use crate::nn::cost::{axis_size, largest};
use crate::size::{Quotient, Size};
use crate::tensor::{InputElement, Real, Tensor};

// The costs with the default options: biases, no normalization of queries and keys, no mask.
impl<S, F, Heads, In, O, E> Cost<Tensor<S, F>> for MultiHeadAttention<Heads, In, O, E>
where
    S: SequenceOf<In> + ContextOf<S, O::Context>,
    F: InputElement<E>,
    Heads: Size,
    In: Size,
    O: AttentionSizes<Heads, In>,
    E: Real,
    Self: Layer<Tensor<S, F>>,
{
    const FLOPS: u64 = {
        let Sizes { rows, scores, x, query, key, out } = sizes::<S, Heads, In, O>();
        // Per output element of a projection: a multiplication and an addition for each weight, and an addition for the
        // bias.
        let maps = rows * (query * (2 * x + 1) + 2 * key * (2 * x + 1) + out * (2 * query + 1));
        // Each element of a query is scaled, and takes part in a product with each key and with each value.
        let products = rows * query * (1 + 4 * axis_size::<S>(1));
        maps + products + 5 * scores
    };
    const ACTIVATION_BYTES: u64 = {
        let Sizes { rows, x, query, key, out, .. } = sizes::<S, Heads, In, O>();
        let (x, query, key, out) = (rows * x, rows * query, rows * key, rows * out);
        let most = largest(&[x + query + 2 * key, 2 * query + 2 * key, query + out]);
        most * size_of::<E>() as u64
    };
}

/// The number of examples times steps, the elements of all scores, and the features of the input, the queries, the
/// keys (and values), and the output.
struct Sizes {
    rows: u64,
    scores: u64,
    x: u64,
    query: u64,
    key: u64,
    out: u64,
}

const fn sizes<S, Heads: Size, In: Size, O: AttentionSizes<Heads, In>>() -> Sizes
where
    S: SequenceOf<In>,
{
    let (batch, time) = (axis_size::<S>(0), axis_size::<S>(1));
    let key_heads = <<O::Groups as KeyHeads<Heads>>::Heads as Size>::USIZE;
    Sizes {
        rows: batch * time,
        scores: batch * Heads::USIZE as u64 * time * time,
        x: In::USIZE as u64,
        query: O::Qkv::USIZE as u64,
        key: (key_heads * <Quotient<O::Qkv, Heads>>::USIZE) as u64,
        out: O::Out::USIZE as u64,
    }
}
