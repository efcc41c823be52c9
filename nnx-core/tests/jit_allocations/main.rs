//! A recorded step or a compiled model that runs again allocates nothing, on any number of threads. The test has a process of
//! its own, as it counts all calls of the allocator. `SHOW=9` prints where the first 9 of each step come from.

mod allocator;
mod figures;
mod models;

use std::sync::atomic::Ordering;

use nnx_core::io::{Length, SymbolicPlan, SymbolicProgram};
use nnx_core::module::{Init, Layer, Module, Pass, TypedPlan, compile, jit, loss_and_grad, record};
use nnx_core::nn::{Conv, Linear, Relu, Sequential, Tanh, softmax_cross_entropy};
use nnx_core::ops::DynTensor;
use nnx_core::optim::{Chain, Optimizer, adam, adamw, clip_by_global_norm, warmup_cosine_decay};
use nnx_core::program::{Memo, Plan, Rewrites};
use nnx_core::random::{Key, Rngs};
use nnx_core::size::{Batch, Shape, StaticShape, U3, U4, U8, U32, U64};
use nnx_core::tensor::Tensor;
use nnx_core::threads::with_threads;
use nnx_core::{Tensor, axis, shape};

use allocator::{BYTES, counted};
use models::{
    Block, Cnn, Encoder, Gru, Images, LargeConvs, Lstm, Normed, Shared, Vocabulary, Wide, WideGru,
    WideLstm, Words,
};

/// The calls of the allocator in a replayed step on so many threads, in the steady state.
fn allocations<M, S, O>(
    threads: usize,
    optimizer: impl Fn() -> Chain,
    loss: fn(Tensor<O>) -> Tensor![],
) -> usize
where
    M: Module + Init + Layer<Tensor<S>, Output = Tensor<O>>,
    S: StaticShape,
    O: Shape,
{
    let mut model = M::init(&mut Rngs::new(0));
    let mut optimizer = Optimizer::new(&model, optimizer());
    let mut step = jit(|(model, optimizer): (&mut M, &mut Optimizer), x: Tensor<S>| {
        let (value, grads) = loss_and_grad(model, |model, pass| loss(model.forward(x, pass)))?;
        optimizer.update(model, grads)?;
        Ok(value)
    });
    let x = Tensor::<S>::normal(Key::new(1));
    let mut value = None;
    let count = steady(threads, || {
        value = Some(step.call((&mut model, &mut optimizer), x.clone()).expect("a step"));
    });
    assert!(value.is_some_and(|value| value.item().is_finite()));
    count
}

/// The same of a compiled model.
fn inference<M, S, O>(threads: usize) -> usize
where
    M: Module + Init + Layer<Tensor<S>, Output = Tensor<O>>,
    S: StaticShape,
    O: Shape,
{
    let model = compile::<Tensor<S>, _>(M::init(&mut Rngs::new(0)));
    let x = Tensor::<S>::normal(Key::new(1));
    steady(threads, || drop(model.infer(x.clone())))
}

/// The same of a program that was written and read, for one batch and for any.
fn programs(threads: usize) -> usize {
    let model = compile::<Tensor![Batch, 64], _>(Wide::init(&mut Rngs::new(0)));
    let program = |batch| model.program(Tensor::ones_of(&[batch]));
    let of_one =
        TypedPlan::<Tensor![Batch, 64], Tensor![Batch, 16]>::new(&program(64).expect("a program"))
            .expect("a plan");
    let of_any = SymbolicProgram::record([Length::new("Batch")], |[batch]| program(batch));
    let of_any = of_any.and_then(SymbolicPlan::<Tensor![Batch, 64], Tensor![Batch, 16]>::new);
    let of_any = of_any.expect("a plan");
    let x = |batch| <Tensor![Batch, 64]>::ones_of(&[batch]);
    let (inputs, ones) = ([x(64), x(32)], Tensor::<shape![8]>::ones());
    let pair = |x: Vec<DynTensor>, _: &mut Pass| vec![x[0].clone().relu(), x[0].clone().tanh()];
    let pair =
        record(&Relu, vec![Tensor::<shape![8]>::ones().into_dyn()], pair).expect("a program");
    let pair = TypedPlan::<Tensor![8], [Tensor![8]; 2]>::new(&pair.0).expect("a plan");
    steady(threads, || {
        drop(of_one.infer(inputs[0].clone()).expect("a run"));
        for x in &inputs {
            drop(of_any.infer(x.clone()).expect("a run"));
        }
        drop(pair.infer(ones.clone()).expect("a run"));
    })
}

/// The most steps on several threads.
const MOST_STEPS: usize = 300;

/// The calls of the allocator in a step. On one thread they are those of the ninth step: a buffer of weights keeps
/// them packed from the fourth read on. Of several threads each has scratch
/// memory of its own, which it allocates in its first task of a kind, and the machine decides when that is: so steps run until
/// several in a row allocate nothing, and a step that always allocates has no such row.
fn steady(threads: usize, mut step: impl FnMut()) -> usize {
    const ROW: usize = 10;
    with_threads(threads, || {
        (0..8).for_each(|_| step());
        if threads == 1 {
            return counted(&mut step);
        }
        let (mut row, mut last) = (0, 0);
        for _ in 0..MOST_STEPS {
            last = counted(&mut step);
            row = if last == 0 { row + 1 } else { 0 };
            if row == ROW {
                return 0;
            }
        }
        last.max(1)
    })
}

/// The plan for another size of images has no weights of its own.
fn plans_for_several_sizes_share_transformed_weights() {
    axis!(Height, Width);
    type Images = Tensor![Batch, Height, Width, 64];
    let model = compile::<Images, _>(Conv::<U64, U64, (U3, U3)>::init(&mut Rngs::new(0)));
    let program = |side| model.program(Images::ones_of(&[1, side, side])).expect("a program");
    let (programs, memo) = ([32, 40].map(program), Memo::default());
    let planned = programs.each_ref().map(|program| {
        let before = BYTES.load(Ordering::Relaxed);
        let plan = Plan::with(program, Rewrites::All, &memo).expect("a plan");
        let bytes = BYTES.load(Ordering::Relaxed).wrapping_sub(before).cast_signed();
        assert!(plan.to_string().contains("{conv, winograd}"), "{plan}");
        (plan, bytes)
    });
    let transformed = (16 * 64 * 64 * size_of::<f32>()).cast_signed();
    let bytes = planned.each_ref().map(|(_, bytes)| *bytes);
    assert!(bytes[0] >= transformed && bytes[1] < transformed / 8, "{bytes:?}");
}

pub(crate) fn squares<S: Shape>(y: Tensor<S>) -> Tensor![] {
    y.square().mean()
}

fn entropy(y: Tensor![16, 4]) -> Tensor![] {
    let labels: Tensor![16; i32] = Tensor::from([0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]);
    softmax_cross_entropy(y, labels).mean()
}

/// One test, as others would count at the same time.
#[test]
fn a_replayed_step_allocates_nothing() {
    type Mlp = Sequential<(Linear<U8, U32>, Relu, Linear<U32, U32>, Tanh, Linear<U32, U4>)>;
    let scheduled = || {
        let clip = Chain::new().then(clip_by_global_norm(1.0));
        clip.then(adamw(warmup_cosine_decay(0.0, 1e-2, 2, 9, 0.0)))
    };
    let usual = || adam(1e-3).into();
    let mut counts = vec![
        ("mlp", 1, allocations::<Mlp, shape![16, 8], _>(1, usual, entropy)),
        ("mlp clipped", 1, allocations::<Mlp, shape![16, 8], _>(1, scheduled, entropy)),
        ("normed", 1, allocations::<Normed, shape![16, 8], _>(1, usual, entropy)),
        ("attention", 1, allocations::<Block, shape![2, 5, 8], _>(1, usual, squares)),
        ("shared", 1, allocations::<Shared, shape![16, 64], _>(1, usual, squares)),
        ("cnn", 1, allocations::<Cnn, shape![16, 8, 8, 1], _>(1, usual, entropy)),
        ("lstm", 1, allocations::<Lstm, shape![2, 100, 3], _>(1, usual, squares)),
        ("gru", 1, allocations::<Gru, shape![2, 100, 3], _>(1, usual, squares)),
    ];
    for threads in [1, 2] {
        counts.extend([
            (
                "large convolutions",
                threads,
                allocations::<LargeConvs, shape![2, 16, 16, 64], _>(threads, usual, squares),
            ),
            (
                "vocabulary",
                threads,
                allocations::<Vocabulary, shape![12_000, 32], _>(threads, usual, squares),
            ),
        ]);
    }
    for threads in [1, 2, 4] {
        counts.extend([
            ("wide mlp", threads, allocations::<Wide, shape![64, 64], _>(threads, usual, squares)),
            (
                "wide mlp clipped",
                threads,
                allocations::<Wide, shape![64, 64], _>(threads, scheduled, squares),
            ),
            (
                "images",
                threads,
                allocations::<Images, shape![16, 16, 16, 3], _>(threads, usual, squares),
            ),
            (
                "encoder",
                threads,
                allocations::<Encoder, shape![8, 64, 64], _>(threads, usual, squares),
            ),
            (
                "embeddings",
                threads,
                allocations::<Words, shape![1024, 64], _>(threads, usual, squares),
            ),
            (
                "wide lstm",
                threads,
                allocations::<WideLstm, shape![32, 20, 32], _>(threads, usual, squares),
            ),
            (
                "wide gru",
                threads,
                allocations::<WideGru, shape![32, 20, 32], _>(threads, usual, squares),
            ),
            ("compiled mlp", threads, inference::<Wide, shape![64, 64], _>(threads)),
            ("compiled images", threads, inference::<Images, shape![16, 16, 16, 3], _>(threads)),
            ("compiled encoder", threads, inference::<Encoder, shape![8, 64, 64], _>(threads)),
            ("programs", threads, programs(threads)),
            ("compiled lstm", threads, inference::<WideLstm, shape![32, 20, 32], _>(threads)),
        ]);
    }
    counts.retain(|(.., count)| *count > 0);
    assert!(counts.is_empty(), "(model, threads, allocations): {counts:?}");
    plans_for_several_sizes_share_transformed_weights();
}
