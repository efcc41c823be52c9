//! The layer of multi-head attention: its parts and their initial values.

use super::bounds::KeyHeads;
use super::{AttentionOptions, AttentionSizes, OptionalLayer};
use crate::module::{Cache, RngStream};
use crate::nn::{LayerNorm, LinearGeneral, NormOptions};
use crate::random::Rngs;
use crate::size::{Batch, Cached, Quotient, Size};
use crate::tensor::Real;

/// The size of one head.
pub(super) type HeadSize<Heads, In, O> = Quotient<<O as AttentionSizes<Heads, In>>::Qkv, Heads>;
/// The number of heads of keys and values.
pub(super) type KeyHeadsOf<Heads, In, O> =
    <<O as AttentionSizes<Heads, In>>::Groups as KeyHeads<Heads>>::Heads;
/// The features of the context.
type ContextOfSizes<Heads, In, O> = <O as AttentionSizes<Heads, In>>::Context;
/// The linear layer of keys or of values.
type KeyProjection<Heads, In, O, E> = LinearGeneral<
    ContextOfSizes<Heads, In, O>,
    (KeyHeadsOf<Heads, In, O>, HeadSize<Heads, In, O>),
    E,
>;
/// Cached keys or values.
pub(super) type CachedHeads<Heads, In, O, E> =
    Cache<(Batch, Cached, KeyHeadsOf<Heads, In, O>, HeadSize<Heads, In, O>), E>;

/// Multi-head attention. Linear layers compute queries, keys and values from their inputs. Each head attends by
/// [`dot_product_attention`](super::dot_product_attention). A last linear layer joins the heads.
/// `(B, T, In)` gives `(B, T, Out)`.
///
/// | parameter | meaning | default |
/// |---|---|---|
/// | `Heads` | number of heads of the queries | |
/// | `In` | features of the sequence from which queries are computed | |
/// | `Options` | one option of size, or a tuple of them in any order | `()` |
///
/// | option of size | meaning | default |
/// |---|---|---|
/// | [`QkvFeatures<F>`](super::QkvFeatures) | features of all heads together, a multiple of `Heads` | `In` |
/// | [`OutFeatures<F>`](super::OutFeatures) | features of the output, `Out` below | `In` |
/// | [`ContextFeatures<F>`](super::ContextFeatures) | features of the sequence from which keys and values are computed | `In` |
/// | [`Grouped<G>`](crate::size::Grouped), [`Ungrouped`](crate::size::Ungrouped) | G heads of keys and values, where G divides `Heads` | `Ungrouped`: `Heads` heads of keys and values |
///
/// `MultiHeadAttention<U8, U512, Grouped<U2>>` has grouped queries,
/// `MultiHeadAttention<U8, U512, (ContextFeatures<U256>, Grouped<U2>)>` a context of a different width as well.
///
/// | | |
/// |---|---|
/// | variables | `query`, `key`, `value`: `kernel` (In, heads, size), `bias` (heads, size); `out`: `kernel` (Heads, size, Out), `bias` (Out,); `query_ln`, `key_ln`: `scale` (size,) if they are normalized; `stream` if there is dropout; `cached_key`, `cached_value`, `cache_index` if there is a cache |
/// | Flax | `nnx.MultiHeadAttention(Heads, In, qkv_features=.., out_features=.., in_kv_features=.., num_kv_heads=.., decode=False, rngs=rngs)` |
/// | PyTorch | `nn.MultiheadAttention(In, Heads, batch_first=True)`, whose query, key and value kernels are one transposed matrix, and whose masks are true where a query does not attend |
///
/// [`AttentionOptions`] has all settings that aren't sizes.
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer, Pass}, nn::{Causal, MultiHeadAttention}};
/// use nnx_core::{random::Rngs, size::{Batch, U4, U8, U64}, tensor::Tensor};
///
/// let attention = MultiHeadAttention::<U4, U64>::init(&mut Rngs::new(0));
/// let x: Tensor![Batch, 8, 64] = Tensor::from_vec(vec![0.5; 2 * 8 * 64])?;
/// let y: Tensor![Batch, 8, 64] = attention.infer(x.clone());
/// let y: Tensor![Batch, 8, 64] = attention.self_attention(x, Causal, &mut Pass::eval());
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// # Decoding token by token
/// With a cache ([`init_cache`](Self::init_cache)) a [`Pass::decode`](crate::module::Pass::decode) continues a
/// sequence. Its tokens attend to the tokens of all committed passes before it, and to one another up to their own
/// position.
///
/// ```
/// # use nnx_core::{Tensor, module::{Init, Layer, Pass}, nn::{Causal, MultiHeadAttention}};
/// # use nnx_core::{random::Rngs, size::{Batch, U4, U8, U64}, tensor::Tensor};
/// let mut attention = MultiHeadAttention::<U4, U64>::init(&mut Rngs::new(0));
/// attention.init_cache(2, 100);
/// for step in 0..8 {
///     let token: Tensor![Batch, 1, 64] = Tensor::from_vec(vec![0.5; 2 * 64])?;
///     let mut pass = Pass::decode();
///     let y: Tensor![Batch, 1, 64] = attention.forward(token, &mut pass);
///     pass.commit(&mut attention)?;
/// }
/// assert_eq!(attention.cached_positions(), Some(8));
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = {
    const { Options::CHECKED }
    Self::with(&AttentionOptions::default(), rngs)
})]
pub struct MultiHeadAttention<
    Heads: Size,
    In: Size,
    Options: AttentionSizes<Heads, In> = (),
    E: Real = f32,
> {
    /// The linear layer of queries.
    pub query: LinearGeneral<In, (Heads, HeadSize<Heads, In, Options>), E>,
    /// The linear layer of keys.
    pub key: KeyProjection<Heads, In, Options, E>,
    /// The linear layer of values.
    pub value: KeyProjection<Heads, In, Options, E>,
    /// The normalization of queries, if enabled.
    pub query_ln: OptionalLayer<LayerNorm<HeadSize<Heads, In, Options>, E>>,
    /// The normalization of keys, if enabled.
    pub key_ln: OptionalLayer<LayerNorm<HeadSize<Heads, In, Options>, E>>,
    /// The linear layer that joins the heads.
    pub out: LinearGeneral<(Heads, HeadSize<Heads, In, Options>), Options::Out, E>,
    pub(super) dropout_rate: f64,
    pub(super) broadcast_dropout: bool,
    pub(super) stream: Option<RngStream>,
    pub(super) cached_key: Option<CachedHeads<Heads, In, Options, E>>,
    pub(super) cached_value: Option<CachedHeads<Heads, In, Options, E>>,
    pub(super) cache_index: Option<Cache<(), i32>>,
}

impl<Heads, In, O, E> MultiHeadAttention<Heads, In, O, E>
where
    Heads: Size,
    In: Size,
    O: AttentionSizes<Heads, In>,
    E: Real,
{
    /// A layer with the settings of `options`. Query, key, value and output take their random keys from `rngs` in
    /// this order, each for its kernel first.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` (and `dropout`, if the layer has dropout) nor a default one.
    #[must_use]
    #[track_caller]
    pub fn with(options: &AttentionOptions, rngs: &mut Rngs) -> Self {
        const { O::CHECKED }
        let kernel = &*options.kernel;
        let bias = options.has_bias.then_some(&*options.bias);
        let out_kernel = options.out_kernel.as_deref().unwrap_or(kernel);
        let scale_alone = NormOptions::default().without_bias();
        let out_bias = bias.map(|bias| options.out_bias.as_deref().unwrap_or(bias));
        Self {
            query: LinearGeneral::drawn(kernel, bias, rngs),
            key: LinearGeneral::drawn(kernel, bias, rngs),
            value: LinearGeneral::drawn(kernel, bias, rngs),
            query_ln: OptionalLayer::only_if(options.normalize_qk, || {
                LayerNorm::with(&scale_alone, rngs)
            }),
            key_ln: OptionalLayer::only_if(options.normalize_qk, || {
                LayerNorm::with(&scale_alone, rngs)
            }),
            out: LinearGeneral::drawn(out_kernel, out_bias, rngs),
            dropout_rate: options.dropout_rate,
            broadcast_dropout: options.broadcast_dropout,
            // Not in a closure: a panic reports the line of the caller.
            stream: if options.dropout_rate > 0.0 {
                Some(RngStream::forked("dropout", rngs))
            } else {
                None
            },
            cached_key: None,
            cached_value: None,
            cache_index: None,
        }
    }
}
