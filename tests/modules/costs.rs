//! Costs of a model that the compiler computes, compared with counts at run time.

use nnx::module::{Cost, ReceptiveField};
use nnx::prelude::*;

type Images = Tensor![Batch, 784];

#[derive(Module)]
#[module(sequential)]
struct Mlp {
    hidden: Linear<U784, U128>,
    relu: Relu,
    norm: Dropout,
    output: Linear<U128, U10>,
    probabilities: Softmax,
}

const _: () = assert!(Mlp::PARAMETERS < 500_000);
const _: () = assert!(<Mlp as Cost<Images>>::FLOPS < 1_000_000);

/// The constants of a model against its table: `x` holds one example.
fn agree<M, S, O>(x: Tensor<S>)
where
    M: Module + Init + ParameterCount + Cost<Tensor<S>> + Layer<Tensor<S>, Output = Tensor<O>>,
    S: Shape,
    O: Shape,
{
    let model = M::init(&mut Rngs::new(0));
    assert_eq!(M::PARAMETERS, parameters(&model));
    let table = summary_of_pass(&model, x);
    assert_eq!(M::PARAMETERS, table.parameters());
    let param = |row: &&nnx::module::Row| row.kind.is(nnx::module::KindId::of::<kind::Param>());
    let bytes: usize = table.rows.iter().filter(param).map(|row| row.bytes).sum();
    assert_eq!(M::PARAMETER_BYTES, bytes);
    assert_eq!(M::FLOPS, table.flops());
    assert_eq!(M::ACTIVATION_BYTES, table.activation_bytes as u64);
}

fn image() -> Images {
    Tensor::from_vec(vec![0.5; 784]).expect("one example")
}

#[test]
fn constants_are_what_a_run_counts() {
    agree::<Mlp, _, _>(image());
    agree::<Linear<U784, U128>, _, _>(image());
    agree::<Sequential<(Linear<U784, U128>, Tanh, Linear<U128, U128>)>, _, _>(image());
    agree::<(Linear<U784, U64>, [Linear<U64, U64>; 3], Sigmoid), _, _>(image());
}

#[test]
fn constants_of_convolutions_are_what_a_run_counts() {
    type Cnn = (
        Conv<U1, U32, (U3, U3)>,
        Relu,
        MaxPool<(U2, U2)>,
        Conv<U32, U64, (U3, U3)>,
        Relu,
        AvgPool<(U2, U2)>,
        Flatten,
        Linear<dim!(64 * 7 * 7), U10>,
    );
    let image = || <Tensor![Batch, 28, 28, 1]>::from_vec(vec![0.5; 784]).expect("one example");
    agree::<(Conv<U1, U32, (U3, U3)>,), _, _>(image());
    agree::<(Conv<U1, U32, (U3, U3)>, Relu), _, _>(image());
    agree::<Cnn, _, _>(image());
    agree::<MinPool<(U2, U2)>, _, _>(image());
    agree::<Identity, _, _>(image());
    agree::<(Conv<U1, U32, (U3, U3)>, GlobalAvgPool), _, _>(image());
    agree::<(Conv<U1, U32, (U3, U3)>, GlobalMaxPool, Linear<U32, U10>), _, _>(image());
    assert_eq!(<Cnn as Cost<Tensor![Batch, 28, 28, 1]>>::ACTIVATION_BYTES, 4 * (25_088 + 6_272));
}

#[test]
fn constants_of_activations_are_what_a_run_counts() {
    macro_rules! agree_on {
        ($($layer:ty),*) => { $(agree::<$layer, _, _>(image());)* };
    }
    macro_rules! rows {
        ($(
            $(#[$doc:meta])*
            pub fn $name:ident(self $(, $option:ident: f64)*) -> Self where [$($bounds:tt)*];
            $kind:ident $body:tt
            $(layer { $layer:ident $({ $($default:tt)* })?, $($_:tt)* })? $(golden $golden:tt)? test $test:tt
        )*) => { { $( $( agree_on!($layer); )? )* } };
    }
    include!("../../nnx-core/src/ops/elementwise/math.rs");
    include!("../../nnx-core/src/ops/elementwise/rectifiers.rs");
    include!("../../nnx-core/src/ops/elementwise/smooth.rs");
    agree_on!(Glu);
    agree_on!(Softmax, LogSoftmax, Flatten, Dropout);
}

#[test]
fn constants_of_normalizations_are_what_a_run_counts() {
    let images = || <Tensor![Batch, 7, 8, 32]>::from_vec(vec![0.5; 7 * 8 * 32]).expect("one");
    agree::<LayerNorm<U32>, _, _>(images());
    agree::<LayerNorm<(U8, U32)>, _, _>(images());
    agree::<RmsNorm<U32>, _, _>(images());
    agree::<BatchNorm<U32>, _, _>(images());
    agree::<GroupNorm<U32, U8>, _, _>(images());
    agree::<InstanceNorm<U32>, _, _>(images());
    agree::<LocalResponseNorm<U1>, _, _>(images());
    agree::<LocalResponseNorm<U5>, _, _>(images());
    agree::<LocalResponseNorm<U80>, _, _>(images());
    agree::<(Conv<U32, U8, (U3, U3)>, BatchNorm<U8>, Relu), _, _>(images());
}

#[test]
fn constants_of_linear_layers_over_axes_are_what_a_run_counts() {
    agree::<LinearGeneral<U784, (U8, U16)>, _, _>(image());
    let heads = || <Tensor![Batch, 5, 8, 16]>::from_vec(vec![0.5; 640]).expect("one");
    agree::<LinearGeneral<(U8, U16), U64>, _, _>(heads());
    let experts = <Tensor![3, Batch, 8]>::from_shape_vec(&[3, 1, 8], vec![0.5; 24]).expect("one");
    agree::<BatchedLinear<U3, U8, (U2, U5)>, _, _>(experts);
}

fn images() -> Tensor![Batch, 7, 8, 6] {
    Tensor::from_vec(vec![0.5; 7 * 8 * 6]).expect("one example")
}

#[test]
fn constants_of_transposed_convolutions_are_what_a_run_counts() {
    agree::<ConvTranspose<U6, U5, (U3, U3)>, _, _>(images());
    agree::<ConvTranspose<U6, U5, (U1, U1)>, _, _>(images());
    agree::<ConvTranspose<U6, U5, (U3, U3), OutIn>, _, _>(images());
    agree::<ConvTranspose<U6, U5, (U3, U3), Valid>, _, _>(images());
    agree::<ConvTranspose<U6, U5, (U2, U2), Strided<U2>>, _, _>(images());
    agree::<ConvTranspose<U6, U5, (U4, U4), (Strided<U2>, Valid)>, _, _>(images());
    agree::<WithoutBias<ConvTranspose<U6, U5, (U3, U3)>>, _, _>(images());
}

#[test]
fn constants_of_adaptive_pools_and_upsampling_are_what_a_run_counts() {
    agree::<AdaptiveAvgPool<(U2, U2)>, _, _>(images());
    agree::<AdaptiveAvgPool<(U3, U5)>, _, _>(images());
    agree::<AdaptiveAvgPool<(U7, U8)>, _, _>(images());
    agree::<AdaptiveMaxPool<(U3, U5)>, _, _>(images());
    agree::<AdaptiveMaxPool<(U9, U3)>, _, _>(images());
    agree::<Upsample<(U2, U2)>, _, _>(images());
    agree::<Upsample<(U1, U3)>, _, _>(images());
    agree::<Upsample<(U1, U1)>, _, _>(images());
    agree::<Resize<(U14, U16)>, _, _>(images());
    agree::<Resize<(U3, U5)>, _, _>(images());
    agree::<Resize<(U7, U3)>, _, _>(images());
    agree::<Resize<(U1, U1)>, _, _>(images());
    agree::<PixelShuffle<(U2, U3)>, _, _>(images());
    agree::<PixelUnshuffle<(U7, U2)>, _, _>(images());
}

#[test]
fn constants_of_padding_and_of_layers_that_pytorch_has_are_what_a_run_counts() {
    agree::<Pad<(U1, U1), (U2, U2)>, _, _>(images());
    agree::<Pad<(U0, U9), (U2, U0)>, _, _>(images());
    agree::<Pad<(U0, U0), (U0, U0)>, _, _>(images());
    agree::<LpPool<(U2, U2)>, _, _>(images());
    agree::<LpPool<(U3, U3), (Strided<U1>, Same)>, _, _>(images());
    agree::<AlphaDropout, _, _>(images());
    agree::<ChannelShuffle<U3>, _, _>(images());
    agree::<Unflatten<(U2, U3)>, _, _>(images());
    assert_eq!(<(Pad<(U1, U1), (U1, U1)>, LpPool<(U2, U3)>) as ReceptiveField<2>>::FIELD, [2, 3]);
}

fn steps<const T: usize>() -> Tensor<(Batch, Const<T>, U6)>
where
    Const<T>: Size,
{
    Tensor::from_vec(vec![0.5; T * 6]).expect("one example")
}

#[test]
fn constants_of_low_rank_layers_are_what_a_run_counts() {
    agree::<Lora<U6, U2, U9>, _, _>(steps::<5>());
    agree::<Lora<U6, U20, U3>, _, _>(steps::<5>());
    agree::<LoraLinear<U6, U2, U9>, _, _>(steps::<5>());
    agree::<LoraLinear<U6, U20, U3>, _, _>(steps::<5>());
}

einsum! {
    Split: for<B, T> (B, T, D), (D, H, K) -> (B, T, H, K), bias (H, K);
    SplitWithoutBias: for<B, T> (B, T, D), (D, H, K) -> (B, T, H, K);
    Merge: for<B, T> (B, T, H, K), (H, K, D) -> (B, T, D), bias (D);
    Summed: for<B, T> (B, T, D), (D, H) -> (B, H);
}

#[test]
fn constants_of_einsum_layers_are_what_a_run_counts() {
    agree::<Einsum<Split, shape![6, 2, 4]>, _, _>(steps::<5>());
    agree::<Einsum<SplitWithoutBias, shape![6, 2, 4]>, _, _>(steps::<5>());
    let heads = <Tensor![Batch, 5, 2, 4]>::from_vec(vec![0.5; 40]).expect("one example");
    agree::<Einsum<Merge, shape![2, 4, 6]>, _, _>(heads);
    type Sums = Einsum<Summed, shape![6, 3]>;
    let table = summary_of_pass(&Sums::init(&mut Rngs::new(0)), steps::<5>());
    assert_eq!(<Sums as Cost<Tensor![Batch, 5, 6]>>::FLOPS, table.flops());
}

#[test]
fn constants_of_positions_are_what_a_run_counts() {
    agree::<LearnedPositions<U8, U6>, _, _>(steps::<5>());
    agree::<SinusoidalPositions<U6>, _, _>(steps::<5>());
    let heads = <Tensor![Batch, 5, 2, 6]>::from_vec(vec![0.5; 60]).expect("one example");
    agree::<Rotary, _, _>(heads);
    let x = || <Tensor![Batch, 4, 8]>::from_vec(vec![0.5; 32]).expect("one example");
    agree::<PRelu, _, _>(x());
    agree::<ChannelPRelu<U8>, _, _>(x());
}

#[test]
fn constants_of_layers_around_layers_are_what_a_run_counts() {
    agree::<Remat<Linear<U6, U9>>, _, _>(steps::<5>());
    agree::<WeightNorm<Linear<U6, U9>>, _, _>(steps::<5>());
    agree::<WeightNorm<Linear<U6, U90>>, _, _>(steps::<1>());
    agree::<WeightNorm<Conv<U6, U5, (U3, U3)>>, _, _>(images());
    agree::<SpectralNorm<Linear<U6, U9>>, _, _>(steps::<5>());
    agree::<SpectralNorm<Linear<U6, U90>>, _, _>(steps::<1>());
    agree::<SpectralNorm<Conv<U6, U5, (U3, U3)>>, _, _>(images());
    assert_eq!(<WeightNorm<Conv<U6, U5, (U3, U3)>> as ReceptiveField<2>>::FIELD, [3, 3]);
    assert_eq!(<Remat<Conv<U6, U5, (U3, U3)>> as ReceptiveField<2>>::FIELD, [3, 3]);
}

#[test]
fn constants_of_recurrent_layers_are_what_a_run_counts() {
    macro_rules! agree_on {
        ($($hidden:ident),*) => { $(
            agree::<Rnn<SimpleCell<U6, $hidden>>, _, _>(steps::<5>());
            agree::<Rnn<GruCell<U6, $hidden>>, _, _>(steps::<5>());
            agree::<Rnn<TorchGruCell<U6, $hidden>>, _, _>(steps::<5>());
            agree::<Rnn<TorchGruCell<U6, $hidden>>, _, _>(steps::<1>());
            agree::<Rnn<LstmCell<U6, $hidden>>, _, _>(steps::<5>());
            agree::<Rnn<OptimizedLstmCell<U6, $hidden>>, _, _>(steps::<5>());
            agree::<Rnn<SimpleCell<U6, $hidden>>, _, _>(steps::<1>());
            agree::<Rnn<GruCell<U6, $hidden>>, _, _>(steps::<1>());
            agree::<Rnn<LstmCell<U6, $hidden>>, _, _>(steps::<1>());
            agree::<Rnn<OptimizedLstmCell<U6, $hidden>>, _, _>(steps::<1>());
            agree::<Bidirectional<SimpleCell<U6, $hidden>>, _, _>(steps::<5>());
            agree::<Bidirectional<LstmCell<U6, $hidden>, GruCell<U6, U5>>, _, _>(steps::<5>());
        )* };
    }
    agree_on!(U3, U4, U40);
}

#[test]
fn constants_of_attention_are_what_a_run_counts() {
    agree::<MultiHeadAttention<U2, U6>, _, _>(steps::<5>());
    agree::<MultiHeadAttention<U3, U6>, _, _>(steps::<5>());
    agree::<MultiHeadAttention<U2, U6>, _, _>(steps::<1>());
    agree::<MultiHeadAttention<U2, U6>, _, _>(steps::<50>());
    agree::<MultiHeadAttention<U2, U6, (QkvFeatures<U8>, OutFeatures<U40>)>, _, _>(steps::<5>());
    agree::<MultiHeadAttention<U4, U6, (QkvFeatures<U8>, Grouped<U2>)>, _, _>(steps::<5>());
}

#[derive(Module)]
struct WithItself {
    layer: Bilinear<U6, U6, U5>,
}

impl<B: Dim, T: Dim> Layer<Tensor![B, T, 6]> for WithItself {
    type Output = Tensor![B, T, 5];

    fn forward(&self, x: Tensor![B, T, 6], pass: &mut Pass) -> Self::Output {
        self.layer.forward((x.clone(), x), pass)
    }
}

#[derive(Module)]
struct ThereAndBack {
    layer: MaxUnpool<(U6, U8)>,
}

impl<B: Dim> Layer<Tensor![B, 6, 8, 2]> for ThereAndBack {
    type Output = Tensor![B, 6, 8, 2];

    fn forward(&self, x: Tensor![B, 6, 8, 2], pass: &mut Pass) -> Self::Output {
        let (y, indices) = x.max_pool_with_indices::<(U2, U2), ()>();
        self.layer.forward((y, indices), pass)
    }
}

/// Layers of pairs have no constants: `summary_of_pass` counts a layer around them, which makes the pair.
#[test]
fn documented_costs_of_layers_of_pairs_are_what_a_run_counts() {
    let table = summary_of_pass(&WithItself::init(&mut Rngs::new(0)), steps::<5>());
    let (pairs, outputs) = (5 * 6 * 6, 5 * 5);
    assert_eq!(table.flops(), pairs + outputs * (2 * 6 * 6 + 1));
    let (bytes, pairs) = (table.activation_bytes as u64, 4 * pairs);
    assert!(2 * pairs < bytes && bytes < 3 * pairs, "{bytes} bytes, of pairs {pairs}");
    let x = <Tensor![Batch, 6, 8, 2]>::from_vec(vec![0.5; 96]).expect("one example");
    let table = summary_of_pass(&ThereAndBack::init(&mut Rngs::new(0)), x.clone());
    let pool = summary_of_pass(&MaxPool::<(U2, U2)>::new(), x);
    assert_eq!(table.flops(), pool.flops(), "maxima are put back by copies");
}

#[test]
fn constants_of_an_embedding() {
    type Words = Embed<U1000, U16>;
    assert_eq!(<Words as Cost<Tensor![Batch, 5; i32]>>::FLOPS, 0);
    assert_eq!(<Words as Cost<Tensor![Batch, 5; i32]>>::ACTIVATION_BYTES, 4 * (5 + 5 * 16));
    type Bags = EmbeddingBag<U1000, U16>;
    assert_eq!(<Bags as Cost<Tensor![Batch, 5; i32]>>::FLOPS, 5 * 16 + 16);
    assert_eq!(<Bags as Cost<Tensor![Batch, 5; i32]>>::ACTIVATION_BYTES, 4 * (5 + 16));
}

#[test]
fn the_table_prints_the_activations() {
    let table = summary_of_pass(&Mlp::init(&mut Rngs::new(0)), image()).to_string();
    let bytes = <Mlp as Cost<Images>>::ACTIVATION_BYTES;
    assert_eq!(bytes, 3648);
    assert!(table.ends_with("activations: 3,648 bytes at one time\n"), "{table}");
}

#[test]
fn parameters_of_frozen_and_generic_parts_are_counted() {
    #[derive(Module)]
    struct Pair<L> {
        first: L,
        second: Option<L>,
        rate: f32,
    }
    assert_eq!(Pair::<Linear<U2, U3>>::PARAMETERS, 18);
    assert_eq!(<[Pair<Linear<U2, U3, f64>>; 2]>::PARAMETER_BYTES, 2 * 18 * 8);
    assert_eq!(<Dropout>::PARAMETERS, 0);
}

#[test]
fn layers_on_each_position_see_that_position() {
    assert_eq!(<(Relu, Sequential<(Tanh, [Sigmoid; 3])>) as ReceptiveField<2>>::FIELD, [1, 1]);
    type Block =
        (Conv<U3, U8, (U3, U3)>, BatchNorm<U8>, Gelu, LayerNorm<U8>, Conv<U8, U8, (U3, U3)>);
    assert_eq!(<Block as ReceptiveField<2>>::FIELD, [5, 5]);
}
