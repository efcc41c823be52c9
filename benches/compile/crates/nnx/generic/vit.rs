//! A vision transformer (Dosovitskiy et al., 2021), generic in height, width, patches, features and heads.

use nnx::prelude::*;

type Patches<H, W, P> = Product<QuotientUp<H, P>, QuotientUp<W, P>>;

#[derive(Module)]
pub struct Block<D: DivisibleBy<Heads>, Heads: Size> {
    norm1: LayerNorm<D>,
    attention: MultiHeadAttention<Heads, D>,
    norm2: LayerNorm<D>,
    expand: Linear<D, Product<D, U4>>,
    contract: Linear<Product<D, U4>, D>,
}

impl<B: Dim, N: Dim, D: DivisibleBy<Heads>, Heads: Size> Layer<Tensor![B, N, D]>
    for Block<D, Heads>
{
    type Output = Tensor![B, N, D];

    fn forward(&self, x: Tensor![B, N, D], pass: &mut Pass) -> Self::Output {
        let y = self.norm1.forward(x.clone(), pass);
        let x = x + self.attention.forward(y, pass);
        let y = self.norm2.forward(x.clone(), pass);
        let y = self.expand.forward(y, pass).gelu();
        x + self.contract.forward(y, pass)
    }
}

#[derive(Module)]
pub struct Vit<H: Size, W: Size, P: Positive, D: DivisibleBy<Heads>, Heads: Size, Classes: Size> {
    patches: Conv<U3, D, (P, P), Strided<P>>,
    class: Param<(U1, D)>,
    positions: Param<(Sum<U1, Patches<H, W, P>>, D)>,
    blocks: [Block<D, Heads>; 12],
    norm: LayerNorm<D>,
    head: Linear<D, Classes>,
}

impl<B: Dim, H: Size, W: Size, P: Positive, D: DivisibleBy<Heads>, Heads: Size, Classes: Size>
    Layer<Tensor![B, H, W, 3]> for Vit<H, W, P, D, Heads, Classes>
{
    type Output = Tensor![B, Classes];

    fn forward(&self, x: Tensor![B, H, W, 3], pass: &mut Pass) -> Self::Output {
        let x = self.patches.forward(x, pass).flatten_axes::<1>();
        let one_each = x.clone().mean_axes::<Axis<1>>().insert_axis::<1>();
        let class = self.class.get(pass).broadcast_like(&one_each);
        let x = class.concat::<1, _>(x) + self.positions.get(pass);
        let x = self.norm.forward(self.blocks.forward(x, pass), pass);
        let (class, _) = x.split::<1, U1, Patches<H, W, P>>();
        self.head.forward(class.sum_axes::<Axis<1>>(), pass)
    }
}
