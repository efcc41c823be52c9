//! Resizing, linear layers with batch axes, normalizations with masks and other axes, windows of attention, activations
//! over other axes: against JAX and Flax.

use nnx::prelude::*;
use nnx::random::init;
use nnx::size::rules::Sizes;

use super::normalization::started;
use crate::case::{Case, count};

fn case(name: &str) -> Case {
    Case::open("variants", name.to_owned().leak())
}

fn check<S: Shape, O: Shape, M>(name: &str, mut layer: M)
where
    M: Module + Layer<Tensor<S>, Output = Tensor<O>>,
{
    case(name).check::<M, S, O>(&mut layer);
}

#[test]
fn images_are_resized_as_in_jax() {
    type Line = shape![2, 7, 2];
    type Photo = shape![1, 5, 8, 2];
    type Volume = shape![1, 3, 4, 5, 1];
    for (method, by) in [
        ("linear", Interpolation::linear()),
        ("cubic", Interpolation::cubic()),
        ("lanczos3", Interpolation::lanczos3()),
        ("lanczos5", Interpolation::lanczos5()),
    ] {
        for antialias in [true, false] {
            let name = |sizes| format!("resize {method} antialias={antialias} {sizes}");
            let by = by.antialias(antialias);
            check::<Line, shape![2, 12, 2], _>(&name("12"), Resize::<(U12,)>::new().by(by));
            check::<Line, shape![2, 3, 2], _>(&name("3"), Resize::<(U3,)>::new().by(by));
            check::<Photo, shape![1, 9, 5, 2], _>(&name("9x5"), Resize::<(U9, U5)>::new().by(by));
            check::<Photo, shape![1, 2, 8, 2], _>(&name("2x8"), Resize::<(U2, U8)>::new().by(by));
            let volume = Resize::<(U5, U2, U7)>::new().by(by);
            check::<Volume, shape![1, 5, 2, 7, 1], _>(&name("5x2x7"), volume);
        }
    }
}

fn experts<In, Out, S: Shape, O: Shape>(sizes: &str)
where
    In: Sizes + nnx::nn::bounds::ExpertKernel<U2, Out>,
    Out: Sizes,
    BatchedLinear<U2, In, Out>: Layer<Tensor<S>, Output = Tensor<O>>,
{
    let start = KernelOptions::default().bias(init::normal(0.5));
    for (bias, start) in [(true, start.clone()), (false, start.without_bias())] {
        let layer = BatchedLinear::<U2, In, Out>::with(&start, &mut Rngs::new(0));
        check::<S, O, _>(&format!("batched linear {sizes} bias={bias}"), layer);
    }
}

#[test]
fn linear_layers_side_by_side() {
    experts::<U3, U5, shape![2, Batch, 3], shape![2, Batch, 5]>("3->5");
    experts::<(U3, U2), U4, shape![2, 4, 3, 2], shape![2, 4, 4]>("(3,2)->4");
    experts::<U3, (U2, U4), shape![2, Batch, 4, 3], shape![2, Batch, 4, 2, 4]>("3->(2,4)");
}

type X = shape![2, 4, 6];

fn mask() -> Tensor![2, 4, 1; bool] {
    let rows = [[true, true, true, false], [true, false, true, true]];
    Tensor::from(rows.map(|row| row.map(|counts| [counts])))
}

fn each() -> Tensor![2, 4, 6; bool] {
    Tensor::from_vec((0..48).map(|i| i % 5 != 2).collect()).expect("48 elements")
}

/// One run of a layer under a mask or over other axes.
fn run<M: Module>(
    name: &str,
    mut layer: M,
    forward: impl Fn(&M, Tensor<X>, &mut Pass) -> Tensor<X>,
) {
    let case = case(name);
    case.check_with(&mut layer, case.input::<X, f32>(0), forward);
}

#[test]
fn normalizations_by_the_elements_where_a_mask_is_true() {
    let (options, rngs) = (started(), &mut Rngs::new(0));
    let new = || Rngs::new(0);
    run("layer norm mask", LayerNorm::<U6>::with(&options, rngs), |norm, x, pass| {
        norm.forward_where(x, &each(), pass)
    });
    run("rms norm mask", RmsNorm::<U6>::with(&options, &mut new()), |norm, x, pass| {
        norm.forward_where(x, &each(), pass)
    });
    let layer = GroupNorm::<U6, U2>::with(&options, &mut new());
    run("group norm mask", layer, |norm, x, pass| norm.forward_where(x, &each(), pass));
    let layer = InstanceNorm::<U6>::with(&options, &mut new());
    run("instance norm mask", layer, |norm, x, pass| norm.forward_where(x, &mask(), pass));
    let layer = BatchNorm::<U6>::with(&options, &mut new());
    run("batch norm mask", layer, |norm, x, pass| norm.forward_where(x, &mask(), pass));
}

#[test]
fn normalizations_over_other_axes() {
    type Over = (Axis<1>, Axis<2>);
    let layer = || LayerNorm::<U6>::with(&started(), &mut Rngs::new(0));
    run("layer norm over", layer(), |norm, x, pass| norm.forward_over::<Over, _, _>(x, pass));
    run("layer norm over mask", layer(), |norm, x, pass| {
        norm.forward_over_where::<Over, _, _, _>(x, &mask(), pass)
    });
    let layer = || RmsNorm::<U6>::with(&started(), &mut Rngs::new(0));
    run("rms norm over", layer(), |norm, x, pass| norm.forward_over::<Over, _, _>(x, pass));
    run("rms norm over mask", layer(), |norm, x, pass| {
        norm.forward_over_where::<Over, _, _, _>(x, &mask(), pass)
    });
}

#[test]
fn attention_within_a_window() {
    for (before, after) in [(2, 0), (1, 1), (0, 3)] {
        let case = case(&format!("window {before} {after}"));
        type Heads = Tensor![2, 6, 4, 3];
        let inputs: (Heads, Heads, Heads) = (case.input(0), case.input(1), case.input(2));
        case.check_with(&mut (), inputs, |(), (q, k, v), _| {
            dot_product_attention(q, k, v, SlidingWindow { before, after })
        });
    }
}

#[test]
fn glu_and_standardize_over_other_axes() {
    let golden = case("glu axis 1");
    golden.check_with(&mut (), golden.input::<X, f32>(0), |(), x, _| x.glu_axis::<1>());
    run("standardize axis 1", (), |(), x, _| x.standardize_axes::<Axis<1>>());
    run("standardize axes 0 2", (), |(), x, _| x.standardize_axes::<(Axis<0>, Axis<2>)>());
}

#[test]
fn every_variant_of_the_golden_is_compared() {
    assert_eq!(count("variants", ""), 4 * 2 * 5 + 6 + 9 + 3 + 3);
}
