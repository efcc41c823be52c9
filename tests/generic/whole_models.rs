//! Six models as a user would write them, generic in their sizes: no `where` clause in any of them.

use nnx::prelude::*;

/// A CNN in H, W, C.
#[derive(Module)]
struct Cnn<H: Size, W: Size, C: Size> {
    first: Conv<C, U16, (U3, U3)>,
    norm: BatchNorm<U16>,
    second: Conv<U16, U32, (U3, U3)>,
    head: Linear<dim!(H / 2 / 2 * (W / 2 / 2) * 32), U10>,
}
impl<B: Dim, H: Size, W: Size, C: Size> Layer<Tensor![B, H, W, C]> for Cnn<H, W, C> {
    type Output = Tensor![B, 10];
    fn forward(&self, x: Tensor![B, H, W, C], pass: &mut Pass) -> Self::Output {
        let x = self.norm.forward(self.first.forward(x, pass), pass).relu().max_pool::<(U2, U2)>();
        let x = self.second.forward(x, pass).relu().max_pool::<(U2, U2)>();
        self.head.forward(x.flatten(), pass)
    }
}

/// A U-Net of two levels, whose sizes only the program knows.
#[derive(Module)]
struct UNet<C: Size, F: Size> {
    enter: Conv<C, F, (U3, U3)>,
    down: Conv<F, dim!(F * 2), (U3, U3), Strided<U2>>,
    bottom: Conv<dim!(F * 2), dim!(F * 2), (U3, U3)>,
    up: ConvTranspose<dim!(F * 2), F, (U2, U2), Strided<U2>>,
    join: Conv<dim!(F * 2), F, (U3, U3)>,
    leave: Conv<F, C, (U1, U1)>,
}
impl<B: Dim, H: Dim, W: Dim, C: Size, F: Size> Layer<Tensor![B, H, W, C]> for UNet<C, F> {
    type Output = Tensor![B, H, W, C];
    fn forward(&self, x: Tensor![B, H, W, C], pass: &mut Pass) -> Self::Output {
        let skip = self.enter.forward(x, pass).relu();
        let y = self.down.forward(skip.clone(), pass).relu();
        let y = self.bottom.forward(y, pass).relu();
        let y = self.up.forward(y, pass).resize_nearest_like(&skip);
        let y: Tensor![B, H, W, { F * 2 }] = y.concat::<3, _>(skip).reshape_at_build();
        self.leave.forward(self.join.forward(y, pass), pass)
    }
}

/// A transformer with heads from a Config.
trait Config: 'static {
    type Heads: Positive;
    type D: DivisibleBy<Self::Heads>;
    type Vocabulary: Size;
    type Length: Size;
}
#[derive(Module)]
struct Block<Cfg: Config> {
    norm: LayerNorm<Cfg::D>,
    attention: MultiHeadAttention<Cfg::Heads, Cfg::D>,
    up: Linear<Cfg::D, dim!(Cfg::D * 4)>,
    down: Linear<dim!(Cfg::D * 4), Cfg::D>,
}
impl<B: Dim, T: Dim, Cfg: Config> Layer<Tensor![B, T, Cfg::D]> for Block<Cfg> {
    type Output = Tensor![B, T, Cfg::D];
    fn forward(&self, x: Tensor![B, T, Cfg::D], pass: &mut Pass) -> Self::Output {
        let y = self.norm.forward(x.clone(), pass);
        let x = x + self.attention.self_attention(y, Causal, pass);
        let y = self.up.forward(x.clone(), pass).gelu();
        x + self.down.forward(y, pass)
    }
}
#[derive(Module)]
struct Gpt<Cfg: Config> {
    embed: Embed<Cfg::Vocabulary, Cfg::D>,
    positions: LearnedPositions<Cfg::Length, Cfg::D>,
    blocks: [Block<Cfg>; 2],
    head: Linear<Cfg::D, Cfg::Vocabulary>,
}
impl<B: Dim, Cfg: Config> Layer<Tensor![B, Cfg::Length; i32]> for Gpt<Cfg> {
    type Output = Tensor![B, Cfg::Length, Cfg::Vocabulary];
    fn forward(&self, x: Tensor![B, Cfg::Length; i32], pass: &mut Pass) -> Self::Output {
        let x = self.positions.forward(self.embed.forward(x, pass), pass);
        let x = self.blocks.forward(x, pass);
        self.head.forward(x, pass)
    }
}

/// Encoder and decoder over two times.
#[derive(Module)]
struct EncoderDecoder<V: Size, D: Size> {
    embed: Embed<V, D>,
    encoder: MultiHeadAttention<U1, D>,
    own: MultiHeadAttention<U1, D>,
    cross: MultiHeadAttention<U1, D>,
    head: Linear<D, V>,
}
impl<V: Size, D: Size> EncoderDecoder<V, D> {
    fn run<B: Dim, S: Dim, T: Dim>(
        &self,
        source: Tensor![B, S; i32],
        target: Tensor![B, T; i32],
        pass: &mut Pass,
    ) -> Tensor![B, T, V] {
        let memory = self.encoder.self_attention(self.embed.forward(source, pass), (), pass);
        let x = self.own.self_attention(self.embed.forward(target, pass), Causal, pass);
        let x = self.cross.cross_attention(x, memory, (), pass);
        self.head.forward(x, pass)
    }
}

/// GroupNorm and a grouped convolution on computed sizes.
#[derive(Module)]
struct Stage<C: Size> {
    wide: Conv<C, dim!(C * 4), (U1, U1)>,
    norm: GroupNorm<dim!(C * 4), AtBuild<U8>>,
    grouped: Conv<dim!(C * 4), dim!(C * 4), (U3, U3), Grouped<AtBuild<U4>>>,
    narrow: Conv<dim!(C * 4), C, (U1, U1)>,
}
impl<B: Dim, H: Dim, W: Dim, C: Size> Layer<Tensor![B, H, W, C]> for Stage<C> {
    type Output = Tensor![B, H, W, C];
    fn forward(&self, x: Tensor![B, H, W, C], pass: &mut Pass) -> Self::Output {
        let y = self.norm.forward(self.wide.forward(x.clone(), pass), pass).silu();
        x + self.narrow.forward(self.grouped.forward(y, pass), pass)
    }
}

/// A layer with a bound of its own.
#[derive(Module)]
struct Halves<D: DivisibleBy<U2>> {
    left: Linear<dim!(D / 2), D>,
    right: Linear<dim!(D / 2), D>,
}
impl<B: Dim, D: DivisibleBy<U2>> Layer<Tensor![B, D]> for Halves<D> {
    type Output = Tensor![B, D];
    fn forward(&self, x: Tensor![B, D], pass: &mut Pass) -> Self::Output {
        let [a, b] = x.unflatten::<1, U2>().unstack::<1, 2>();
        self.left.forward(a, pass) + self.right.forward(b, pass)
    }
}
#[derive(Module)]
struct Uses<D: DivisibleBy<U2>> {
    halves: Halves<D>,
}
impl<B: Dim, D: DivisibleBy<U2>> Layer<Tensor![B, D]> for Uses<D> {
    type Output = Tensor![B, D];
    fn forward(&self, x: Tensor![B, D], pass: &mut Pass) -> Self::Output {
        self.halves.forward(x, pass)
    }
}

/// Parameters of a block of 8 features: a norm, four projections, and two layers of 32 hidden features.
const BLOCK: usize = 2 * 8 + 4 * (8 * 8 + 8) + (8 * 32 + 32) + (32 * 8 + 8);

struct Small;
impl Config for Small {
    type Heads = U2;
    type D = U8;
    type Vocabulary = U11;
    type Length = U5;
}
#[test]
fn models_of_a_user_run_for_the_sizes_of_the_program() {
    let mut rngs = Rngs::new(0);
    let _: Tensor![2, 10] = Cnn::<U8, U12, U3>::init(&mut rngs).infer(Tensor::ones());
    let _: Tensor![1, 10] = Cnn::<U9, U7, U1>::init(&mut rngs).infer(Tensor::ones());
    let image = UNet::<U3, U4>::init(&mut rngs).infer(<Tensor![1, 7, 9, 3]>::ones());
    assert!(image.to_vec().iter().all(|value| value.is_finite()));
    let gpt = Gpt::<Small>::init(&mut rngs);
    let _: Tensor![1, 5, 11] = gpt.infer(Tensor::zeros());
    assert_eq!(parameters(&gpt), 11 * 8 + 5 * 8 + 2 * BLOCK + 8 * 11 + 11);
    let model = EncoderDecoder::<U9, U4>::init(&mut rngs);
    let (source, target) = (<Tensor![1, 3; i32]>::zeros(), <Tensor![1, 2; i32]>::zeros());
    let _: Tensor![1, 2, 9] = model.run(source, target, &mut Pass::eval());
    let _: Tensor![1, 4, 4, 2] = Stage::<U2>::init(&mut rngs).infer(Tensor::ones());
    let _: Tensor![3, 6] = Uses::<U6>::init(&mut rngs).infer(Tensor::ones());
}
