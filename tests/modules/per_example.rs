//! The gradient of each example of a batch.

use nnx::module::per_example_grads;
use nnx::prelude::*;

use std::cell::Cell;

use crate::same;

#[derive(Module, Clone)]
struct Net {
    hidden: Linear<U3, U5>,
    norm: BatchNorm<U5>,
    dropout: Dropout,
    head: Linear<U5, U4>,
}

fn net() -> Net {
    Net::init(&mut Rngs::new(0))
}

type Images = Tensor![Batch, 3];
type Labels = Tensor![Batch; i32];

fn batch() -> (Images, Labels) {
    let images = (0..12).map(|i| (i * 5 % 7) as f32 / 7.0 - 0.3).collect();
    (
        Tensor::from_vec(images).expect("four images"),
        Tensor::from_vec(vec![0, 3, 1, 3]).expect("four labels"),
    )
}

fn head() -> Filter {
    Filter::kind::<kind::Param>().freezing(Filter::within("norm"))
}

fn loss<B: Dim>(
    net: &Net,
    (images, labels): (Tensor![B, 3], Tensor![B; i32]),
    pass: &mut Pass,
) -> Tensor![B] {
    let x = net.norm.forward(net.hidden.forward(images, pass).tanh(), pass);
    softmax_cross_entropy(net.head.forward(net.dropout.forward(x, pass), pass), labels)
}

#[test]
fn the_mean_of_the_gradients_is_the_gradient_of_the_mean() {
    let mut net = net();
    net.dropout.set_rate(0.0);
    let found = per_example_grads(&head(), &mut net, batch(), |net, example, pass| {
        loss(net, example, pass).sum()
    })
    .expect("gradients");
    let (value, expected) =
        value_and_grad_of(&head(), &mut net.clone(), |net, pass| loss(net, batch(), pass).mean())
            .expect("a gradient");
    assert!((found.values.iter().sum::<f32>() / 4.0 - value).abs() < 1e-6);
    let sum = (0..4).map(|i| found.example(i)).reduce(|a, b| a + b).expect("four");
    assert!((sum * 0.25 - &expected).norm() < 1e-6 * expected.norm());
    let shapes: Vec<String> = found
        .gradients
        .iter()
        .map(|(path, entry)| format!("{path} {}", entry.array.dims()))
        .collect();
    assert_eq!(
        shapes,
        [
            "head/bias (4, 4)",
            "head/kernel (4, 5, 4)",
            "hidden/bias (4, 5)",
            "hidden/kernel (4, 3, 5)"
        ]
    );
}

#[test]
fn each_gradient_is_that_of_its_example_alone() {
    let mut net = net();
    net.dropout.set_rate(0.0);
    let found = per_example_grads(&head(), &mut net, batch(), |net, example, pass| {
        (loss(net, example, pass).sum(), "also")
    })
    .expect("gradients");
    let (images, labels) = batch();
    for i in 0..4 {
        let image: Tensor![1, 3] =
            Tensor::from_vec(images.to_vec()[3 * i..3 * i + 3].to_vec()).expect("one");
        let label: Tensor![1; i32] = Tensor::from_vec(vec![labels.to_vec()[i]]).expect("one");
        let (value, alone) = value_and_grad_of(&head(), &mut net.clone(), |net, pass| {
            loss(net, (image.clone(), label.clone()), pass).sum()
        })
        .expect("a gradient");
        assert_eq!(found.values[i], (value, "also"));
        assert!(found.example(i).difference(&alone).is_empty());
    }
}

#[test]
fn examples_draw_independent_masks_and_streams_draw_once() {
    let mut net = net();
    let ones: Tensor![Batch, 5] = Tensor::from_vec(vec![1.0; 40]).expect("eight examples");
    let mask = |net: &Net, x: Tensor![1, 5], pass: &mut Pass| {
        let y = net.dropout.forward(x, pass);
        (net.head.forward(y.clone(), pass).sum(), y.to_vec())
    };
    let (before, statistics) = (net.clone(), Filter::kind::<kind::BatchStat>());
    let masks = |net: &mut Net| -> Vec<Vec<f32>> {
        let found = per_example_grads(&Filter::within("head"), net, ones.clone(), mask);
        found.expect("gradients").values.into_iter().map(|(_, mask)| mask).collect()
    };
    let first = masks(&mut net);
    assert!(first.iter().any(|mask| *mask != first[0]));
    assert_eq!(masks(&mut before.clone()), first);
    assert_ne!(masks(&mut net), first);
    assert!(same(&state_of(&statistics, &net), &state_of(&statistics, &before)));
    let count = |net: &Net| {
        state(net)
            .get(&nnx::module::Path::parse("dropout/stream/count"))
            .expect("a count")
            .array
            .to_vec::<u32>()
    };
    assert_eq!(count(&net).expect("u32"), [2]);
    // A frozen stream doesn't advance.
    let frozen = Filter::within("head").freezing(Filter::within("dropout"));
    let mut still = before.clone();
    per_example_grads(&frozen, &mut still, ones, mask).expect("gradients");
    assert!(same(&state(&still), &state(&before)));
}

#[test]
fn batches_of_different_sizes_are_refused_and_failures_change_nothing() {
    let mut net = net();
    let before = state(&net);
    let (images, labels) = batch();
    let two: Labels = Tensor::from_vec(vec![0, 1]).expect("two");
    let text = |result: Result<_, nnx::Error>| {
        result.map(|_: nnx::module::ExampleGradients<f32>| ()).expect_err("an error").to_string()
    };
    let run = |net: &Net, example: (Tensor![1, 3], Tensor![1; i32]), pass: &mut Pass| {
        loss(net, example, pass).sum()
    };
    let error = text(per_example_grads(&head(), &mut net, (images.clone(), two), run));
    let expected = "takes inputs with the same number of examples, and at least one; found [4, 2]";
    assert!(error.ends_with(expected), "{error}");
    let none: (Images, Labels) =
        (Tensor::from_vec(vec![]).expect("none"), Tensor::from_vec(vec![]).expect("none"));
    let error = text(per_example_grads(&head(), &mut net, none, run));
    assert!(error.ends_with("found [0, 0]"), "{error}");
    let fails = |net: &Net, example: (Tensor![1, 3], Tensor![1; i32]), pass: &mut Pass| {
        if example.1.to_vec() == [1] {
            pass.fail(nnx::Error::other("an example without a label"));
        }
        run(net, example, pass)
    };
    let error = text(per_example_grads(&head(), &mut net, (images, labels), fails));
    assert_eq!(error, "an example without a label");
    assert!(same(&state(&net), &before));
}

#[test]
fn an_example_that_there_is_not_is_refused() {
    let mut model = Linear::<U3, U1>::init(&mut Rngs::new(0));
    let (images, _) = batch();
    let all = Filter::everything();
    let found =
        per_example_grads(&all, &mut model, images, |model, x, pass| model.forward(x, pass).sum());
    let found = found.expect("gradients");
    let text = crate::panic_of(|| found.example(4));
    assert_eq!(text, "example 4 of 4: examples are counted from 0");
}

/// The gradients of all examples at once, those of single examples, and how often the function ran for the former.
fn both<M: Module + Clone, X: nnx::module::Examples + Clone>(
    filter: &Filter,
    model: &M,
    batch: X,
    f: impl Fn(&M, X::Example, &mut Pass) -> Tensor<()>,
) -> ([nnx::module::ExampleGradients<f32>; 2], usize) {
    let runs = Cell::new(0);
    let counted = |model: &M, example: X::Example, pass: &mut Pass| {
        runs.set(runs.get() + 1);
        f(model, example, pass)
    };
    let (mut first, mut second) = (model.clone(), model.clone());
    let at_once = per_example_grads(filter, &mut first, batch.clone(), counted).expect("gradients");
    let runs_at_once = runs.get();
    // For a pair, the function runs once for each example.
    let pair = |model: &M, example: X::Example, pass: &mut Pass| (f(model, example, pass), ());
    let each = per_example_grads(filter, &mut second, batch, pair).expect("gradients");
    assert!(same(&state(&first), &state(&second)), "streams and statistics");
    let values = each.values.into_iter().map(|(value, ())| value).collect();
    let each = nnx::module::ExampleGradients { values, gradients: each.gradients };
    ([at_once, each], runs_at_once)
}

#[track_caller]
fn are_close([a, b]: &[nnx::module::ExampleGradients<f32>; 2]) {
    assert!(a.values.iter().zip(&b.values).all(|(a, b)| (a - b).abs() <= 1e-5 * b.abs().max(1.0)));
    assert_eq!(a.values.len(), b.values.len());
    let shapes = |found: &nnx::module::ExampleGradients<f32>| -> Vec<_> {
        found.gradients.iter().map(|(path, entry)| (path.clone(), entry.array.dims())).collect()
    };
    assert_eq!(shapes(a), shapes(b));
    for i in 0..b.values.len() {
        let (a, b) = (a.example(i), b.example(i));
        let norm = b.norm();
        assert!((a - &b).norm() <= 2e-5 * norm.max(1e-3), "example {i}");
    }
}

#[test]
fn gradients_of_all_examples_at_once_are_those_of_one_after_the_other() {
    // Normalization by statistics of each example, and a mask for each.
    let (found, runs) =
        both(&Filter::kind::<kind::Param>(), &net(), batch(), |net, example, pass| {
            loss(net, example, pass).sum()
        });
    assert_eq!(runs, 1);
    are_close(&found);
    let first = found[0].example(0);
    assert!(!first.difference(&found[0].example(2)).is_empty());
    // Running statistics.
    let (found, runs) =
        both(&head(), &net(), batch(), |net, example, pass| loss(net, example, pass).sum());
    assert_eq!(runs, 1);
    are_close(&found);
}

#[test]
fn layers_of_all_kinds_have_their_gradients_at_once() {
    type Images = Tensor![Batch, 6, 6, 2];
    type Convolutions = (Conv<U2, U4, (U3, U3)>, GroupNorm<U4, U2>, Gelu, Conv<U4, U3, (U3, U3)>);
    let numbers =
        |n: usize| (0..n).map(|i| ((i * 37 % 101) as f32 - 50.0) / 40.0).collect::<Vec<f32>>();
    let images: Images = Tensor::from_vec(numbers(3 * 72)).expect("three images");
    let model = Convolutions::init(&mut Rngs::new(0));
    let all = Filter::kind::<kind::Param>();
    let (found, runs) =
        both(&all, &model, images, |model, x, pass| model.forward(x, pass).square().mean());
    assert_eq!(runs, 1);
    are_close(&found);

    type Recurrent = (Embed<U7, U4>, Rnn<LstmCell<U4, U4>>, LayerNorm<U4>);
    let words: Tensor![Batch, 5; i32] =
        Tensor::from_vec((0..15).map(|i| i * 5 % 7).collect()).expect("three sentences");
    let model = Recurrent::init(&mut Rngs::new(1));
    let (found, runs) = both(&all, &model, words, |model, x, pass| {
        let y = model.0.forward(x, pass);
        model.2.forward(model.1.forward(y, pass), pass).square().mean()
    });
    assert_eq!(runs, 1);
    are_close(&found);
}

#[test]
fn a_function_that_reads_elements_runs_for_one_example_after_the_other() {
    let reads = |net: &Net, example: (Tensor![1, 3], Tensor![1; i32]), pass: &mut Pass| {
        let weight = if example.1.to_vec() == [3] { 2.0 } else { 1.0 };
        loss(net, example, pass).sum() * weight
    };
    let (found, runs) = both(&head(), &net(), batch(), reads);
    assert_eq!(runs, 5);
    assert_eq!(found[0].values, found[1].values);
    assert!(same(&found[0].gradients, &found[1].gradients));
}

#[test]
fn a_panic_of_the_function_is_not_taken_for_a_missing_rule() {
    let text = crate::panic_of(|| {
        per_example_grads(&head(), &mut net(), batch(), |_, _, _| -> Tensor<()> {
            panic!("my own")
        })
    });
    assert_eq!(text, "my own");
}
