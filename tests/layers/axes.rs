//! Linear layers over several axes, equations, adaptations.

use nnx::nn::{Contraction, Equation};
use nnx::prelude::*;
use nnx::random::init;
use nnx::size::StaticShape;
use nnx::size::rules::Sizes;

use crate::case::Case;

fn case(name: String) -> Case {
    Case::open("embedding", name.leak())
}

/// With and without a bias, which starts away from 0.
fn starts() -> [(bool, KernelOptions); 2] {
    let start = || KernelOptions::default().bias(init::normal(0.5));
    [(true, start()), (false, start().without_bias())]
}

fn general<In: Sizes, Out: Sizes, S: Shape, O: Shape>(sizes: &str)
where
    LinearGeneral<In, Out>: Layer<Tensor<S>, Output = Tensor<O>>,
{
    for (bias, start) in starts() {
        let mut layer = LinearGeneral::<In, Out>::with(&start, &mut Rngs::new(0));
        case(format!("linear general {sizes} bias={bias}")).check::<_, S, O>(&mut layer);
    }
}

#[test]
fn one_axis_to_one_or_two() {
    general::<U6, U4, shape![Batch, 6], shape![Batch, 4]>("6->4");
    general::<U6, (U2, U3), shape![Batch, Time, 6], shape![Batch, Time, 2, 3]>("6->(2,3)");
}

#[test]
fn several_axes_to_one_or_several() {
    general::<(U2, U3), U4, shape![Batch, 2, 3], shape![Batch, 4]>("(2,3)->4");
    general::<(U2, U3), (U4, U2), shape![Batch, Time, 2, 3], shape![Batch, Time, 4, 2]>(
        "(2,3)->(4,2)",
    );
    general::<(U2, U3, U2), (U2, U2, U3), shape![Batch, 2, 3, 2], shape![Batch, 2, 2, 3]>(
        "(2,3,2)->(2,2,3)",
    );
}

/// The equations of the goldens, with a bias and without.
mod biased {
    nnx::einsum! {
        pub(super) Project: for<B, T> (B, T, I), (I, O) -> (B, T, O), bias (O);
        pub(super) Heads: for<B, T> (B, T, I), (I, H, D) -> (B, H, T, D), bias (H, D);
        pub(super) Join: for<B, T> (B, T, H, D), (H, D, O) -> (B, T, O), bias (O);
        pub(super) Experts: for<B> (X, B, I), (X, I, O) -> (X, B, O), bias (X, O);
        pub(super) EachHead: for<B, T> (B, T, H, I), (H, I, O) -> (B, T, H, O), bias (H, O);
        pub(super) Scale: for<B, T> (B, T, D), (D) -> (B, T, D), bias (D);
        pub(super) Outer: for<B> (B), (O) -> (B, O), bias (O);
        pub(super) Swap: for<B, T> (B, T, I), (O, I) -> (B, O, T), bias (O);
        pub(super) Sums: for<B, T, S> (B, T, I, S), (I, O, K) -> (B, O), bias (O);
    }
}
mod plain {
    nnx::einsum! {
        pub(super) Project: for<B, T> (B, T, I), (I, O) -> (B, T, O);
        pub(super) Heads: for<B, T> (B, T, I), (I, H, D) -> (B, H, T, D);
        pub(super) Join: for<B, T> (B, T, H, D), (H, D, O) -> (B, T, O);
        pub(super) Experts: for<B> (X, B, I), (X, I, O) -> (X, B, O);
        pub(super) EachHead: for<B, T> (B, T, H, I), (H, I, O) -> (B, T, H, O);
        pub(super) Scale: for<B, T> (B, T, D), (D) -> (B, T, D);
        pub(super) Outer: for<B> (B), (O) -> (B, O);
        pub(super) Swap: for<B, T> (B, T, I), (O, I) -> (B, O, T);
        pub(super) Sums: for<B, T, S> (B, T, I, S), (I, O, K) -> (B, O);
    }
}

fn equation<Q, K, S, O: Shape>(name: &str, bias: bool)
where
    S: Shape,
    K: StaticShape,
    Q: Equation<K> + Contraction<S, K, Output = O>,
    Einsum<Q, K>: Module,
{
    let mut start = KernelOptions::default().bias(init::normal(0.5));
    if K::AXES.len() == 1 {
        start = start.kernel(init::normal(0.7));
    }
    let mut layer = Einsum::<Q, K>::with(&start, &mut Rngs::new(0));
    assert_eq!(layer.bias.is_some(), bias);
    case(format!("einsum {name} bias={bias}")).check::<_, S, O>(&mut layer);
}

macro_rules! equations {
    ($($name:literal $equation:ident, $input:ty, $kernel:ty => $output:ty;)*) => { $(
        equation::<biased::$equation, $kernel, $input, $output>($name, true);
        equation::<plain::$equation, $kernel, $input, $output>($name, false);
    )* };
}

#[test]
fn equations_of_all_kinds() {
    equations! {
        "project" Project, shape![Batch, Time, 4], shape![4, 5] => shape![Batch, Time, 5];
        "heads" Heads, shape![Batch, Time, 4], shape![4, 2, 3] => shape![Batch, 2, Time, 3];
        "join" Join, shape![Batch, Time, 2, 3], shape![2, 3, 4] => shape![Batch, Time, 4];
        "experts" Experts, shape![2, Batch, 4], shape![2, 4, 5] => shape![2, Batch, 5];
        "each head" EachHead, shape![Batch, Time, 2, 4], shape![2, 4, 3] => shape![Batch, Time, 2, 3];
        "scale" Scale, shape![Batch, Time, 4], shape![4] => shape![Batch, Time, 4];
        "outer" Outer, shape![Batch], shape![4] => shape![Batch, 4];
        "swap" Swap, shape![Batch, Time, 4], shape![5, 4] => shape![Batch, 5, Time];
        "sums" Sums, shape![Batch, Time, 3, 2], shape![3, 4, 2] => shape![Batch, 4];
    }
}

#[test]
fn an_equation_without_a_bias_counts_no_bias() {
    use nnx::module::ParameterCount;
    assert_eq!(<Einsum<plain::Project, shape![4, 5]> as ParameterCount>::PARAMETERS, 20);
    assert_eq!(<Einsum<biased::Project, shape![4, 5]> as ParameterCount>::PARAMETERS, 25);
}

/// `einsum!` refuses such an equation at compile time.
struct ByHand;

impl<I: Size, H: Size, D: Size> Equation<(I, H, D)> for ByHand {
    type Bias = (D, H);
    const BIAS: Option<&'static [&'static str]> = Some(&["D", "H"]);
}

impl<B: Dim, I: Size, H: Size, D: Size> Contraction<(B, I), (I, H, D)> for ByHand {
    type Output = (B, H, D);
    const NAMES: [&'static [&'static str]; 3] = [&["B", "I"], &["I", "H", "D"], &["B", "H", "D"]];
}

#[test]
#[should_panic(expected = "has axes that come out, in their order")]
fn a_bias_out_of_order_is_refused() {
    let layer = Einsum::<ByHand, shape![4, 2, 2]>::init(&mut Rngs::new(0));
    let _ = layer.infer(Tensor::from([[1.0, 2.0, 3.0, 4.0]]));
}

fn lora<S: Shape, O: Shape>(rank: usize)
where
    Lora<U3, U2, U5>: Layer<Tensor<S>, Output = Tensor<O>>,
{
    let mut layer = Lora::<U3, U2, U5>::init(&mut Rngs::new(0));
    case(format!("lora b=false rank={rank}")).check::<_, S, O>(&mut layer);
    let mut layer =
        Lora::<U3, U2, U5>::with(&LoraOptions::default().b(init::normal(0.5)), &mut Rngs::new(0));
    case(format!("lora b=true rank={rank}")).check::<_, S, O>(&mut layer);
}

#[test]
fn lora_starts_as_zeros_and_learns() {
    lora::<shape![3], shape![5]>(1);
    lora::<shape![Batch, Time, 3], shape![Batch, Time, 5]>(3);
}

#[test]
fn lora_added_to_a_linear_layer() {
    for (bias, start) in
        [(true, KernelOptions::default()), (false, KernelOptions::default().without_bias())]
    {
        let mut layer = LoraLinear::<U3, U2, U5>::with(&start, &mut Rngs::new(0));
        case(format!("lora linear bias={bias}"))
            .check::<_, shape![Batch, 3], shape![Batch, 5]>(&mut layer);
    }
}

#[test]
fn an_adaptation_is_trained_alone() {
    let mut model = LoraLinear::<U3, U2, U5>::init(&mut Rngs::new(0));
    let x = Tensor::from([1.0, 2.0, 3.0]);
    let grads = value_and_grad_of(&Filter::kind::<LoraParam>(), &mut model, |model, pass| {
        model.forward(x.clone(), pass).sum()
    });
    let (_, grads) = grads.expect("gradients");
    let paths: Vec<String> = grads.iter().map(|(path, _)| path.to_string()).collect();
    assert_eq!(paths, ["lora/lora_a", "lora/lora_b"]);
}
