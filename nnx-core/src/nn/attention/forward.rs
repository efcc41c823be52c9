//! The forward pass of multi-head attention over whole sequences.

use super::bounds::{ContextOf, SequenceOf, ValuesFor};
use super::dot_product::{AttentionDropout, in_tiles};
use super::multi_head::KeyHeadsOf;
use super::{AttentionMask, AttentionSizes, MultiHeadAttention};
use crate::module::{Layer, Pass};
use crate::nn::LayerNorm;
use crate::ops::{DynTensor, scores, weighted_sum};
use crate::size::{Batch, Dim, Size, Time};
use crate::tensor::{InputElement, Real, Tensor};

crate::tap! {
    /// The attention weights `(B, Heads, T, S)` of a [`MultiHeadAttention`], before dropout. Decoding passes don't have them.
    ///
    /// ```
    /// use nnx_core::module::{Init, Layer, capture};
    /// use nnx_core::nn::{AttentionWeights, MultiHeadAttention};
    /// use nnx_core::{Tensor, random::Rngs, size::{U1, U2, U5, U8}, tensor::Tensor};
    ///
    /// let model = <[MultiHeadAttention<U2, U8>; 3]>::init(&mut Rngs::new(0));
    /// let x: Tensor![1, 5, 8] = Tensor::ones();
    /// let (_, captures) = capture(&model, |model, pass| model.forward(x, pass))?;
    /// let maps: Vec<Tensor![1, 2, 5, 5]> = captures.get::<AttentionWeights<U1, U2, U5, U5, f32>>();
    /// assert_eq!(maps.len(), 3);
    /// assert_eq!(captures.iter().next().unwrap().path.to_string(), "0/AttentionWeights");
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    pub AttentionWeights<B: Dim, Heads: Dim, T: Dim, S: Dim, E: Real>: Tensor<(B, Heads, T, S), E>
}

impl<Heads, In, O, E> MultiHeadAttention<Heads, In, O, E>
where
    Heads: Size,
    In: Size,
    O: AttentionSizes<Heads, In>,
    E: Real,
{
    /// Self-attention, with a mask `(B, Heads, T, T)`. In a [`Pass::decode`] the sequence attends to the cache as
    /// well, see [`decode`](Self::decode).
    ///
    /// # Panics
    /// If a runtime axis has different sizes in the arguments. In a decoding pass as [`decode`](Self::decode), and
    /// if the mask is another than [`Causal`](super::Causal) or `()`.
    #[track_caller]
    pub fn self_attention<S, M, F>(
        &self,
        x: Tensor<S, F>,
        mask: M,
        pass: &mut Pass,
    ) -> Tensor<S::With<O::Out>, E>
    where
        S: SequenceOf<In> + ContextOf<S, O::Context>,
        M: AttentionMask<(S::Batch, Heads, S::Time, S::KeyTime), E>,
        F: InputElement<E>,
    {
        if pass.is_decoding() {
            assert!(
                mask.is_order_alone(),
                "in a decoding pass queries attend to all of the cache: give `decode` a mask over that, \
                 (batch, heads, time, Cached), instead of one over the new tokens"
            );
            return self.decode(x, (), pass);
        }
        self.attend(x.clone(), x.clone(), x, mask, pass)
    }

    /// Cross-attention to one other sequence of keys and values, with a mask `(B, Heads, T, S)`.
    ///
    /// # Panics
    /// If a runtime axis has different sizes in the arguments.
    #[track_caller]
    pub fn cross_attention<Q, K, M, F, G>(
        &self,
        query: Tensor<Q, F>,
        context: Tensor<K, G>,
        mask: M,
        pass: &mut Pass,
    ) -> Tensor<Q::With<O::Out>, E>
    where
        Q: SequenceOf<In>,
        K: ContextOf<Q, O::Context>,
        M: AttentionMask<(Q::Batch, Heads, Q::Time, K::KeyTime), E>,
        F: InputElement<E>,
        G: InputElement<E>,
    {
        self.attend(query, context.clone(), context, mask, pass)
    }

    /// Attention of queries to keys and values, which are computed from two sequences of the same length.
    ///
    /// # Panics
    /// If a runtime axis has different sizes in the arguments.
    #[track_caller]
    pub fn attend<Q, K, V, M, F, G, H>(
        &self,
        query: Tensor<Q, F>,
        key: Tensor<K, G>,
        value: Tensor<V, H>,
        mask: M,
        pass: &mut Pass,
    ) -> Tensor<Q::With<O::Out>, E>
    where
        Q: SequenceOf<In>,
        K: ContextOf<Q, O::Context>,
        V: ValuesFor<K>,
        M: AttentionMask<(Q::Batch, Heads, Q::Time, K::KeyTime), E>,
        F: InputElement<E>,
        G: InputElement<E>,
        H: InputElement<E>,
    {
        let query = self.queries(query.into_dyn(), pass);
        let key = self.keys(key.into_dyn(), pass);
        let value = self.value.apply(value.into_dyn(), pass);
        let drops = self.stream.as_ref().is_some_and(|stream| stream.may_draw(pass));
        let mut inputs = [query, key, value];
        // The matrix of all weights is computed only if dropout changes it or a tap captures it.
        if !drops && !pass.is_capturing() {
            match in_tiles(inputs, &mask) {
                Ok(y) => return Tensor::trusted(self.out.apply(y, pass)),
                Err(same) => inputs = *same,
            }
        }
        let [query, key, value] = inputs;
        let scores = mask.mask(Tensor::trusted(scores(query, key)));
        let weights = Tensor::trusted(scores.into_dyn().softmax());
        pass.within(self)
            .tap::<AttentionWeights<Q::Batch, Heads, Q::Time, K::KeyTime, E>>(&weights);
        Tensor::trusted(self.join(weights.into_dyn(), value, pass))
    }

    /// The queries: `(B, T, In)` to `(B, T, Heads, size)`.
    pub(super) fn queries(&self, x: DynTensor, pass: &mut Pass) -> DynTensor {
        normalized::<Heads, _, _>(self.query_ln.as_ref(), self.query.apply(x, pass), pass)
    }

    /// The keys: `(B, S, context features)` to `(B, S, key heads, size)`.
    pub(super) fn keys(&self, x: DynTensor, pass: &mut Pass) -> DynTensor {
        normalized::<KeyHeadsOf<Heads, In, O>, _, _>(
            self.key_ln.as_ref(),
            self.key.apply(x, pass),
            pass,
        )
    }

    /// The output `(B, T, Out)` from attention weights `(B, Heads, T, S)` and values.
    #[track_caller]
    fn join(&self, mut weights: DynTensor, value: DynTensor, pass: &mut Pass) -> DynTensor {
        if let Some(stream) = self.stream.as_ref().filter(|stream| stream.may_draw(pass)) {
            let (dims, dtype) = (weights.dims(), weights.dtype());
            let factors = stream.sample_dyn(pass, &|key| {
                let dropout = AttentionDropout::new(self.dropout_rate, key);
                let each = if self.broadcast_dropout { dropout } else { dropout.of_each_head() };
                each.factors(dims, dtype)
            });
            weights *= factors;
        }
        self.out.apply(weighted_sum(weights, value), pass)
    }
}

/// Heads `(B, T, H, D)`, each normalized if there is a normalization.
fn normalized<H: Size, D: Size, E: Real>(
    layer: Option<&LayerNorm<D, E>>,
    heads: DynTensor,
    pass: &mut Pass,
) -> DynTensor {
    match layer {
        Some(layer) => {
            let heads: Tensor<(Batch, Time, H, D), E> = Tensor::trusted(heads);
            layer.forward(heads, pass).into_dyn()
        }
        None => heads,
    }
}

/// Self-attention without a mask. In a [`Pass::decode`] it uses the cache.
impl<S, F, Heads, In, O, E> Layer<Tensor<S, F>> for MultiHeadAttention<Heads, In, O, E>
where
    S: SequenceOf<In> + ContextOf<S, O::Context>,
    F: InputElement<E>,
    Heads: Size,
    In: Size,
    O: AttentionSizes<Heads, In>,
    E: Real,
{
    type Output = Tensor<S::With<O::Out>, E>;

    #[track_caller]
    fn forward(&self, x: Tensor<S, F>, pass: &mut Pass) -> Self::Output {
        self.self_attention(x, (), pass)
    }
}
