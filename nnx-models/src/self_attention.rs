//! Multi-head self-attention, written by hand.

use std::marker::PhantomData;

use nnx_core::module::{Layer, Pass};
use nnx_core::nn::{AttentionMask, Linear};
use nnx_core::size::rules::Axis;
use nnx_core::size::{Dim, DivisibleBy, Quotient, Size, Sum};
use nnx_core::{Module, Tensor};

/// The size of queries, keys and values concatenated. As a `Sum`, it can be split again for any `D`.
type Qkv<D> = Sum<D, Sum<D, D>>;
/// The permutation that swaps time and heads.
type Swap = (Axis<0>, Axis<2>, Axis<1>, Axis<3>);

/// Multi-head self-attention written by hand: sequences `(B, T, D)` of any length to the
/// same shape.
///
/// `softmax(Q Kᵀ / √(D / Heads)) V` for each head, where one linear layer makes queries, keys and values.
///
/// ```text
/// (B, T, D)              linear            (B, T, 3 D)
/// (B, T, 3 D)            split, by heads   three of (B, Heads, T, D / Heads)
/// (B, Heads, T, D/Heads) Q Kᵀ, softmax     (B, Heads, T, T)
/// (B, Heads, T, T)       times V           (B, Heads, T, D / Heads)
/// (B, T, D)              linear            (B, T, D)
/// ```
///
/// It has `4 D² + 4 D` parameters. From the same seed it has the same initial weights as the Flax model. If
/// `Heads` doesn't divide `D`, it doesn't compile. [`MultiHeadAttention`](nnx_core::nn::MultiHeadAttention)
/// is the layer with three projections, contexts, dropout and a cache.
///
/// Paper: Vaswani et al., Attention is all you need, 2017.
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer, ParameterCount, Pass}, nn::Causal, random::Rngs};
/// use nnx_core::{size::{Batch, Time, U4, U64}, tensor::Tensor};
/// use nnx_models::SelfAttention;
///
/// const _: () = assert!(SelfAttention::<U64, U4>::PARAMETERS == 16_640);
/// let attention = SelfAttention::<U64, U4>::init(&mut Rngs::new(0));
/// let x: Tensor![Batch, Time, 64] = Tensor::from_shape_vec(&[2, 5, 64], vec![0.5; 640])?;
/// let y: Tensor![Batch, Time, 64] = attention.infer(x.clone());
/// // With a causal mask, a position attends only to itself and to earlier positions:
/// let y: Tensor![Batch, Time, 64] = attention.masked(x, Causal, &mut Pass::eval());
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, Module)]
pub struct SelfAttention<D: DivisibleBy<Heads>, Heads: Size> {
    /// Queries, keys and values side by side: (D, 3 D).
    pub qkv: Linear<D, Qkv<D>>,
    /// The output projection: (D, D).
    pub out: Linear<D, D>,
    heads: PhantomData<Heads>,
}

impl<D: DivisibleBy<Heads>, Heads: Size> SelfAttention<D, Heads> {
    /// Attention by a mask `(B, Heads, T, T)`, such as [`Causal`](nnx_core::nn::Causal).
    pub fn masked<B: Dim, T: Dim, M: AttentionMask<(B, Heads, T, T), f32>>(
        &self,
        x: Tensor![B, T, D],
        mask: M,
        pass: &mut Pass,
    ) -> Tensor![B, T, D] {
        let (q, kv) = self.qkv.forward(x, pass).split::<2, D, Sum<D, D>>();
        let (k, v) = kv.split::<2, D, D>();
        // (B, T, D) to (B, Heads, T, D / Heads)
        let [q, k, v] = [q, k, v].map(|y| y.unflatten::<2, Heads>().permute::<Swap>());
        // (B, Heads, T, T)
        let scale = 1.0 / (Quotient::<D, Heads>::USIZE as f32).sqrt();
        let weights = mask.mask((q * scale).matmul(k.transpose())).softmax();
        let y = weights.matmul(v).permute::<Swap>().flatten_axes_to::<2, D>();
        self.out.forward(y, pass)
    }
}

impl<B: Dim, T: Dim, D: DivisibleBy<Heads>, Heads: Size> Layer<Tensor![B, T, D]>
    for SelfAttention<D, Heads>
{
    type Output = Tensor![B, T, D];

    fn forward(&self, x: Tensor![B, T, D], pass: &mut Pass) -> Self::Output {
        self.masked(x, (), pass)
    }
}
