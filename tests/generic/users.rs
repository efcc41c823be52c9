//! Generic models as the tutorial teaches to write them: no `where` clause, and bounds only on sizes that aren't
//! computed.

use nnx::prelude::*;

/// A CNN generic in height, width, channels, classes.
#[derive(Module)]
struct Cnn<H: Size, W: Size, C: Size, Classes: Size> {
    a: Conv<C, dim!(C * 4), (U3, U3)>,
    norm: BatchNorm<dim!(C * 4)>,
    b: Conv<dim!(C * 4), dim!(C * 8), (U3, U3), Strided<U2>>,
    head: Linear<dim!((H / 2).div_ceil(2) * (W / 2).div_ceil(2) * (C * 8)), Classes>,
}
impl<B: Dim, H: Size, W: Size, C: Size, Classes: Size> Layer<Tensor![B, H, W, C]>
    for Cnn<H, W, C, Classes>
{
    type Output = Tensor![B, Classes];
    fn forward(&self, x: Tensor![B, H, W, C], pass: &mut Pass) -> Self::Output {
        let x = self.norm.forward(self.a.forward(x, pass), pass).relu().max_pool::<(U2, U2)>();
        let x = self.b.forward(x, pass).relu();
        self.head.forward(x.flatten(), pass)
    }
}

/// An encoder generic in heads and the size of one head, with a feed-forward part.
#[derive(Module)]
struct EncoderBlock<Heads: Size, Dh: Size> {
    norm1: LayerNorm<dim!(Heads * Dh)>,
    attention: MultiHeadAttention<AtBuild<Heads>, dim!(Heads * Dh)>,
    norm2: LayerNorm<dim!(Heads * Dh)>,
    up: Linear<dim!(Heads * Dh), dim!(Heads * Dh * 4)>,
    down: Linear<dim!(Heads * Dh * 4), dim!(Heads * Dh)>,
}
impl<B: Dim, T: Dim, Heads: Size, Dh: Size> Layer<Tensor![B, T, { Heads * Dh }]>
    for EncoderBlock<Heads, Dh>
{
    type Output = Tensor![B, T, { Heads * Dh }];
    fn forward(&self, x: Tensor![B, T, { Heads * Dh }], pass: &mut Pass) -> Self::Output {
        let y = self.norm1.forward(x.clone(), pass);
        let x = x + self.attention.self_attention(y, (), pass);
        let y = self.up.forward(self.norm2.forward(x.clone(), pass), pass).gelu();
        x + self.down.forward(y, pass)
    }
}

/// Attention by `dot_product_attention`, heads and size of a head as parameters.
fn attend<B: Dim, T: Dim, Heads: Size, Dh: Size>(
    q: Tensor![B, T, Heads, Dh],
    k: Tensor![B, T, Heads, Dh],
    v: Tensor![B, T, Heads, Dh],
) -> Tensor![B, T, Heads, Dh] {
    nnx::nn::dot_product_attention(q, k, v, Causal)
}

/// A level of a U-Net generic in H, W, C with a skip connection.
#[derive(Module)]
struct Level<C: Size> {
    down: Conv<C, dim!(C * 2), (U3, U3), Strided<U2>>,
    up: Conv<dim!(C * 2), C, (U3, U3)>,
    join: Conv<dim!(C + C), C, (U3, U3)>,
}
impl<B: Dim, H: Dim, W: Dim, C: Size> Layer<Tensor![B, H, W, C]> for Level<C> {
    type Output = Tensor![B, H, W, C];
    fn forward(&self, x: Tensor![B, H, W, C], pass: &mut Pass) -> Self::Output {
        let y = self.down.forward(x.clone(), pass).relu();
        let y = self.up.forward(y, pass).resize_nearest_like(&x);
        self.join.forward(y.concat::<3, _>(x), pass)
    }
}

/// A token model over learned positions, generic in vocabulary, length, width.
#[derive(Module)]
struct Tokens<V: Size, L: Size, D: Size> {
    embed: Embed<V, D>,
    positions: LearnedPositions<L, D>,
    groups: GroupNorm<D, U1>,
    one_head: MultiHeadAttention<U1, D>,
    head: Linear<D, V>,
}
impl<B: Dim, V: Size, L: Size, D: Size> Layer<Tensor![B, L; i32]> for Tokens<V, L, D> {
    type Output = Tensor![B, L, V];
    fn forward(&self, x: Tensor![B, L; i32], pass: &mut Pass) -> Self::Output {
        let x = self.embed.forward(x, pass);
        let x = self.positions.forward(x, pass);
        let x = self.groups.forward(x, pass);
        let x = self.one_head.self_attention(x, Causal, pass);
        self.head.forward(x, pass)
    }
}

/// Patches of P x P, with a table of positions for them and a class token.
#[derive(Module)]
struct Stem<H: Size, W: Size, P: Positive, D: Size> {
    patches: Conv<U3, D, (P, P), (Strided<(P, P)>, GenericValid)>,
    norm: LayerNorm<D>,
    positions: LearnedPositions<AtBuild<dim!(H / P * (W / P) + 1)>, D>,
}
impl<B: Dim, H: Size, W: Size, P: Positive, D: Size> Layer<Tensor![B, H, W, 3]>
    for Stem<H, W, P, D>
{
    type Output = Tensor![B, D];
    fn forward(&self, x: Tensor![B, H, W, 3], pass: &mut Pass) -> Self::Output {
        let x = self.patches.forward(x, pass);
        let x = self.norm.forward(x, pass);
        x.global_avg_pool()
    }
}

#[test]
fn models_that_are_generic_in_every_size_run_at_several_sizes() {
    let mut rngs = Rngs::new(0);
    let _: Tensor![2, 10] = Cnn::<U9, U8, U3, U10>::init(&mut rngs).infer(Tensor::ones());
    let _: Tensor![1, 7] = Cnn::<U4, U13, U1, U7>::init(&mut rngs).infer(Tensor::ones());
    let _: Tensor![2, 5, 12] = EncoderBlock::<U3, U4>::init(&mut rngs).infer(Tensor::ones());
    let _: Tensor![2, 5, 16] = EncoderBlock::<U8, U2>::init(&mut rngs).infer(Tensor::ones());
    let q = <Tensor![1, 4, 2, 3]>::ones();
    assert_eq!(attend(q.clone(), q.clone(), q.clone()).to_vec(), q.to_vec());
    let _: Tensor![1, 7, 6, 4] = Level::<U4>::init(&mut rngs).infer(Tensor::ones());
    let tokens: Tensor![1, 3; i32] = Tensor::from([[0, 1, 2]]);
    let _: Tensor![1, 3, 5] = Tokens::<U5, U3, U4>::init(&mut rngs).infer(tokens);
    let stem = Stem::<U8, U12, U4, U6>::init(&mut rngs);
    let _: Tensor![1, 6] = stem.infer(Tensor::ones());
    assert_eq!(*stem.positions.embedding.value().dims(), [7, 6]);
}
