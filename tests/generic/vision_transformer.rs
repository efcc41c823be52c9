//! A vision transformer: the patches follow from height, width and patch size, the heads from the width.

use nnx::prelude::*;

/// How many patches of P there are along a side of N: the last is padded where it isn't full.
type Patches<N, P> = QuotientUp<N, P>;
/// How many tokens there are: the patches, and one for the class.
type Tokens<H, W, P> = Sum<U1, Product<Patches<H, P>, Patches<W, P>>>;

/// Attention and a feed-forward network, each with its norm in front.
#[derive(Module)]
struct Block<D: DivisibleBy<Heads>, Heads: Size> {
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

/// Images (B, H, W, 3) to logits, with patches of P × P and a depth known when the program runs.
#[derive(Module)]
struct VisionTransformer<
    H: Size,
    W: Size,
    P: Size,
    D: DivisibleBy<Heads>,
    Heads: Size,
    Classes: Size,
> {
    patches: Conv<U3, D, (P, P), (P, P)>,
    #[module(init = Param::new(Tensor::zeros()))]
    class: Param<(U1, D)>,
    #[module(init = Param::new(Tensor::zeros()))]
    positions: Param<(Tokens<H, W, P>, D)>,
    #[module(init = (0..2).map(|_| Init::init(rngs)).collect())]
    blocks: Vec<Block<D, Heads>>,
    norm: LayerNorm<D>,
    head: Linear<D, Classes>,
}

impl<B: Dim, H: Size, W: Size, P: Positive, D: DivisibleBy<Heads>, Heads: Size, Classes: Size>
    Layer<Tensor![B, H, W, 3]> for VisionTransformer<H, W, P, D, Heads, Classes>
{
    type Output = Tensor![B, Classes];

    fn forward(&self, x: Tensor![B, H, W, 3], pass: &mut Pass) -> Self::Output {
        // (B, H / P, W / P, D) to (B, H / P * W / P, D), and a token for the class in front.
        let x = self.patches.forward(x, pass).flatten_axes::<1>();
        let one_each = x.clone().mean_axes::<Axis<1>>().insert_axis::<1>();
        let class = self.class.get(pass).broadcast_like(&one_each);
        let x = class.concat::<1, _>(x) + self.positions.get(pass);
        let x = self.norm.forward(self.blocks.forward(x, pass), pass);
        // (B, 1, D)
        let (class, _) = x.split::<1, U1, Product<Patches<H, P>, Patches<W, P>>>();
        self.head.forward(class.sum_axes::<Axis<1>>(), pass)
    }
}

fn images<H: Size, W: Size>() -> Tensor![Batch, H, W, 3] {
    Tensor::from_vec(vec![0.5; 2 * H::USIZE * W::USIZE * 3]).expect("two images")
}

#[test]
fn the_tokens_follow_from_the_image_and_the_patch() {
    type Model<H, W, P> = VisionTransformer<H, W, P, U12, U3, U10>;
    let rngs = &mut Rngs::new(0);
    let model = Model::<U32, U32, U8>::init(rngs);
    assert_eq!(*model.positions.value().dims(), [17, 12]);
    let logits: Tensor![Batch, 10] = model.infer(images::<U32, U32>());
    assert_eq!(*logits.dims(), [2, 10]);
    let wide = Model::<U24, U40, U4>::init(rngs);
    assert_eq!(*wide.positions.value().dims(), [61, 12]);
    let logits: Tensor![Batch, 10] = wide.infer(images::<U24, U40>());
    assert_eq!(*logits.dims(), [2, 10]);
}

#[test]
fn it_trains() {
    let mut model = VisionTransformer::<U16, U16, U8, U16, U4, U10>::init(&mut Rngs::new(0));
    let labels: Tensor![Batch; i32] = Tensor::from_vec(vec![3, 7]).expect("two labels");
    let mut optimizer = Optimizer::new(&model, adam(1e-2));
    let mut losses = Vec::new();
    for _ in 0..10 {
        let (loss, grads) = value_and_grad(&mut model, |model, pass| {
            softmax_cross_entropy(model.forward(images::<U16, U16>(), pass), labels.clone()).mean()
        })
        .expect("gradients");
        optimizer.update(&mut model, grads).expect("an update");
        losses.push(loss);
    }
    assert!(losses[9] < losses[0], "{losses:?}");
}
