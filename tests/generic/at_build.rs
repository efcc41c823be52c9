//! Properties of sizes that are computed from parameters, without a `where` clause: `cargo build` checks them.
//! `tests/build` has the same code at sizes for which they don't hold.

use nnx::models::{SmallResNet, TransformerBlock};
use nnx::prelude::*;
use nnx::size::StaticShape;

/// The default groups of a norm are 32; 8 divide `C * 2` or not.
#[derive(Module)]
struct Wider<C: Size> {
    conv: Conv<C, dim!(C * 2), (U3, U3), Grouped<AtBuild<U4>>>,
    norm: GroupNorm<dim!(C * 2), AtBuild<U8>>,
}

impl<B: Dim, H: Size, W: Size, C: Size> Layer<Tensor![B, H, W, C]> for Wider<C> {
    type Output = Tensor![B, { C * 2 }];

    fn forward(&self, x: Tensor![B, H, W, C], pass: &mut Pass) -> Self::Output {
        let x: Tensor![B, { H / 2 }, { W / 2 }, C] = x.max_pool::<(U2, U2)>();
        let x = self.norm.forward(self.conv.forward(x, pass), pass).relu();
        x.global_avg_pool()
    }
}

#[derive(Module)]
struct Known {
    conv: Conv<U12, U24, (U3, U3), Grouped<U4>>,
    norm: GroupNorm<U24, U8>,
}

fn noise<S: StaticShape>() -> Tensor<S> {
    let count = S::ELEMENTS;
    let values = (0..count).map(|i| ((i * 37 % 101) as f32 - 50.0) / 50.0).collect();
    Tensor::from_vec(values).expect("as many elements as the shape has")
}

#[test]
fn groups_of_a_computed_size_are_those_of_the_known_size() {
    let x: Tensor![2, 6, 4, 12] = noise();
    let generic = Wider::<U12>::init(&mut Rngs::new(0)).infer(x.clone());
    let known = Known::init(&mut Rngs::new(0));
    let y = known.norm.infer(known.conv.infer(x.max_pool::<(U2, U2)>())).relu().global_avg_pool();
    assert_eq!(generic.to_vec(), y.to_vec());
}

/// A width of `Heads` times the size of a head, which `Heads` divides: no bound can say so.
#[derive(Module)]
struct Encoder<Heads: Size, D: Size> {
    attention: MultiHeadAttention<AtBuild<Heads>, dim!(Heads * D)>,
    blocks: [TransformerBlock<dim!(Heads * D), AtBuild<Heads>, dim!(D * 4)>; 2],
    expand: Linear<dim!(Heads * D), dim!(D * 2)>,
}

impl<B: Dim, T: Dim, Heads: Size, D: Size> Layer<Tensor![B, T, { Heads * D }]>
    for Encoder<Heads, D>
{
    type Output = Tensor![B, T, { D * 2 / 2 }];

    fn forward(&self, x: Tensor![B, T, { Heads * D }], pass: &mut Pass) -> Self::Output {
        let x = self.attention.self_attention(x, Causal, pass);
        let x = self.blocks.forward(x, pass);
        self.expand.forward(x, pass).glu()
    }
}

#[test]
fn heads_of_a_computed_width_are_those_of_the_known_width() {
    let x: Tensor![2, 5, 12] = noise();
    let generic = Encoder::<U4, U3>::init(&mut Rngs::new(3));
    let y: Tensor![2, 5, 3] = generic.infer(x.clone());
    let mut rngs = Rngs::new(3);
    let attention = MultiHeadAttention::<U4, U12>::init(&mut rngs);
    let blocks = <[TransformerBlock<U12, U4, U12>; 2]>::init(&mut rngs);
    let expand = Linear::<U12, U6>::init(&mut rngs);
    let known = attention.self_attention(x, Causal, &mut Pass::eval());
    let known = expand.infer(blocks.infer(known)).glu();
    assert_eq!(y.to_vec(), known.to_vec());
}

/// One half gates the other, with the heads apart: the methods that change the shape.
fn apart<B: Dim, N: Size, Heads: Size, D: Size>(
    x: Tensor![B, { N + 1 }, { Heads * D }],
) -> (Tensor![B, 1, { Heads * D }], Tensor![B, N, Heads, D]) {
    let (patches, class) = x.split::<1, N, U1>();
    (class, patches.reshape_at_build())
}

/// The same with the class token first: `1 + N` is a different formula than `N + 1`.
fn class_in_front<B: Dim, N: Size, D: Size>(x: Tensor![B, { N + 1 }, D]) -> Tensor![B, N, D] {
    x.reshape_at_build::<shape![B, Sum<U1, N>, D]>().split::<1, U1, N>().1
}

#[test]
fn computed_axes_are_split_and_taken_apart() {
    let x: Tensor![2, 4, 6] = noise();
    let (class, patches) = apart::<_, U3, U2, U3>(x.clone());
    assert_eq!(class.to_vec(), x.clone().slice::<1, U3, U1>().to_vec());
    let known: Tensor![2, 3, 2, 3] = x.clone().slice::<1, U0, U3>().reshape();
    assert_eq!(patches.to_vec(), known.to_vec());
    let behind: Tensor![2, 3, 6] = class_in_front(x.clone());
    assert_eq!(behind.to_vec(), x.slice::<1, U1, U3>().to_vec());
}

#[test]
fn runtime_axes_stay_in_a_reshape_that_the_build_checks() {
    axis!(Words, Pixels);
    let x: Tensor![Batch, Words, 6] =
        Tensor::from_shape_vec(&[2, 3, 6], vec![0.5; 36]).expect("36 elements");
    let apart = x.reshape_at_build::<shape![Batch, 2, Words, 3]>();
    assert_eq!(*apart.dims(), [2, 2, 3, 3]);
    let message = crate::panic_of(|| drop(apart.reshape_at_build::<shape![Words, Batch, 6]>()));
    assert_eq!(
        message,
        "`reshape_at_build`: (Batch, 2, Words, 3) can't be reshaped to (Words, Batch, 6): \
         runtime axes must stay, in the same order"
    );
}

/// A guard of a layer on an axis of its input, for a computed axis.
#[derive(Module)]
struct Table<N: Size, D: Size> {
    positions: LearnedPositions<AtBuild<dim!(N * 3)>, D>,
}

impl<B: Dim, N: Size, D: Size> Layer<Tensor![B, N, D]> for Table<N, D> {
    type Output = Tensor![B, { N * 2 }, D];

    fn forward(&self, x: Tensor![B, N, D], pass: &mut Pass) -> Self::Output {
        let twice = x.clone().concat::<1, _>(x).reshape_at_build::<shape![B, { N * 2 }, D]>();
        self.positions.forward(twice, pass)
    }
}

#[test]
fn a_table_of_a_computed_length_holds_a_computed_number_of_positions() {
    let model = Table::<U2, U3>::init(&mut Rngs::new(0));
    let y: Tensor![1, 4, 3] = model.infer(Tensor::zeros());
    assert_eq!(y.to_vec(), model.positions.embedding.value().to_vec()[..12]);
}

/// A bound on the parameter itself is enough for a model of the library that strides first.
fn classify<B: Dim, H: HoldsWindow<U5>, W: HoldsWindow<U5>>(
    model: &SmallResNet<U10>,
    x: Tensor![B, H, W, 3],
) -> Tensor![B, 10] {
    model.infer(x)
}

#[test]
fn a_generic_caller_of_a_strided_model_bounds_its_parameters_alone() {
    axis!(Height, Width);
    let model = SmallResNet::init(&mut Rngs::new(0));
    let known: Tensor![1, 5, 6, 3] = noise();
    let runtime: Tensor![1, Height, Width, 3] =
        Tensor::from_shape_vec(&[1, 5, 6, 3], known.to_vec()).expect("90 elements");
    assert_eq!(classify(&model, known).to_vec(), classify(&model, runtime).to_vec());
}

/// Queries and keys with the same heads: each size divides itself, so no bound is needed.
fn attend<B: Dim, T: Dim, Heads: Size, D: Size>(
    x: Tensor![B, T, Heads, D],
) -> Tensor![B, T, Heads, D] {
    nnx::nn::dot_product_attention(x.clone(), x.clone(), x, Causal)
}

/// Conditions that hold for all sizes.
#[derive(Module)]
struct Plain<N: Size, D: Size> {
    positions: LearnedPositions<N, D>,
    norm: GroupNorm<D, U1>,
    attention: MultiHeadAttention<U1, D>,
}

impl<B: Dim, N: Size, D: Size> Layer<Tensor![B, N, D]> for Plain<N, D> {
    type Output = Tensor![B, N, D];

    fn forward(&self, x: Tensor![B, N, D], pass: &mut Pass) -> Self::Output {
        let x = self.norm.forward(self.positions.forward(x, pass), pass);
        self.attention.self_attention(x, (), pass)
    }
}

#[test]
fn what_is_true_of_all_sizes_needs_no_bound() {
    let x: Tensor![2, 3, 4, 5] = noise();
    let known = nnx::nn::dot_product_attention(x.clone(), x.clone(), x.clone(), Causal);
    assert_eq!(attend(x).to_vec(), known.to_vec());
    let x: Tensor![2, 3, 8] = noise();
    let model = Plain::<U3, U8>::init(&mut Rngs::new(1));
    let y = model.norm.infer(model.positions.infer(x.clone()));
    let known = model.attention.self_attention(y, (), &mut Pass::eval());
    assert_eq!(model.infer(x).to_vec(), known.to_vec());
}
