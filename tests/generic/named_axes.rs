//! Static axes with names as the sizes of layers: the same numbers as those without names, and the same
//! files.

use nnx::nn::{Causal, dot_product_attention};
use nnx::prelude::*;

axis!(Heads = 2, Width = 8, Embed = 6, Tokens = 5, Patch = 4);

/// The same model, with or without names.
#[derive(Module)]
struct Net<W: DivisibleBy<H>, H: Size, E: Size> {
    first: Linear<E, W>,
    attention: MultiHeadAttention<H, W>,
    norm: LayerNorm<W>,
    last: Linear<W, E>,
}

impl<B: Dim, T: Dim, W: DivisibleBy<H>, H: Size, E: Size> Layer<Tensor![B, T, E]> for Net<W, H, E> {
    type Output = Tensor![B, T, E];

    fn forward(&self, x: Tensor![B, T, E], pass: &mut Pass) -> Self::Output {
        let x = self.first.forward(x, pass);
        let y = self.attention.forward(x.clone(), pass);
        self.last.forward(self.norm.forward(x + y, pass), pass)
    }
}

fn inputs() -> Vec<f32> {
    (0..60u8).map(|i| f32::from(i % 7) - 3.0).collect()
}

#[test]
fn a_model_over_named_axes_computes_the_same() {
    let named = Net::<Width, Heads, Embed>::init(&mut Rngs::new(0));
    let plain = Net::<U8, U2, U6>::init(&mut Rngs::new(0));
    let x: Tensor![Batch, Tokens, Embed] = Tensor::from_vec(inputs()).expect("two");
    let y: Tensor![Batch, 5, 6] = Tensor::from_vec(inputs()).expect("two");
    assert_eq!(named.infer(x).to_vec(), plain.infer(y).to_vec());
}

#[test]
fn weights_are_exchanged_with_a_model_without_names() {
    let named = Net::<Width, Heads, Embed>::init(&mut Rngs::new(0));
    let mut plain = Net::<U8, U2, U6>::init(&mut Rngs::new(1));
    update(&mut plain, &state(&named)).expect("the same shapes");
    assert_eq!(plain.first.kernel.value().to_vec(), named.first.kernel.value().to_vec());
}

/// Images of 8 x 8 as patches of 4 x 4, each of which becomes a vector.
#[test]
fn windows_take_named_sizes_and_give_named_channels() {
    let patches = Conv::<U3, Embed, (Patch, Patch), Strided<Patch>>::init(&mut Rngs::new(0));
    let images: Tensor![Batch, 8, 8, 3] = Tensor::from_vec(vec![0.5; 192]).expect("one");
    let y: Tensor![Batch, 2, 2, Embed] = patches.infer(images);
    assert_eq!(*y.dims(), [1, 2, 2, 6]);
}

#[test]
fn attention_keeps_the_names_of_its_operands() {
    let heads = |length: usize| vec![0.25f32; length];
    let q: Tensor![Batch, Tokens, Heads, 4] = Tensor::from_vec(heads(40)).expect("one");
    let k: Tensor![Batch, Patch, Heads, 4] = Tensor::from_vec(heads(32)).expect("one");
    let y: Tensor![Batch, Tokens, Heads, 4] = dot_product_attention(q, k.clone(), k, Causal);
    assert_eq!(y.to_vec(), heads(40));
}

nnx::einsum! {
    /// Each head has weights of its own.
    PerHead: for<B, T> (B, T, H, I), (H, I, O) -> (B, T, H, O);
}

#[test]
fn equations_take_named_axes() {
    let layer = Einsum::<PerHead, (Heads, U4, Embed)>::init(&mut Rngs::new(0));
    let x: Tensor![Batch, Tokens, Heads, 4] = Tensor::from_vec(vec![1.0; 40]).expect("one");
    let y: Tensor![Batch, Tokens, Heads, Embed] = layer.infer(x);
    assert_eq!(*y.dims(), [1, 5, 2, 6]);
}
