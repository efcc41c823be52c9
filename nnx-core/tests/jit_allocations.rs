//! A recorded step or a compiled model that runs again allocates nothing, on any number of threads. The test has a process of its own, as it counts all calls of the
//! allocator. `SHOW=9` prints where the first 9 of each step come from.

use std::alloc::{GlobalAlloc, Layout, System};
use std::backtrace::Backtrace;
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use nnx_core::module::{Init, Layer, Module, Pass, compile, jit, loss_and_grad};
use nnx_core::nn::{
    BagMode, BatchNorm, Conv, Dropout, Embed, EmbeddingBag, Flatten, GruCell, LayerNorm, Linear,
    LstmCell, MaxPool, MultiHeadAttention, Relu, Rnn, Sequential, Tanh, softmax_cross_entropy,
};
use nnx_core::optim::{Chain, Optimizer, adam, adamw, clip_by_global_norm, warmup_cosine_decay};
use nnx_core::program::{Plan, Program};
use nnx_core::random::{Key, Rngs};
use nnx_core::size::{Shape, StaticShape, U1, U2, U3, U4, U8, U16, U32, U64, U256};
use nnx_core::tensor::Tensor;
use nnx_core::threads::with_threads;
use nnx_core::{Module, Tensor, dim, shape};

struct Counting;

static COUNT: AtomicUsize = AtomicUsize::new(0);
/// The bytes that are allocated.
static BYTES: AtomicUsize = AtomicUsize::new(0);
thread_local! {
    static SHOWN: Cell<usize> = const { Cell::new(usize::MAX) };
}

fn count() {
    COUNT.fetch_add(1, Ordering::Relaxed);
    let _ = SHOWN.try_with(|shown| {
        let left = shown.get();
        if left > 0 && left < usize::MAX {
            shown.set(usize::MAX);
            eprintln!("{}", Backtrace::force_capture());
            shown.set(left - 1);
        }
    });
}

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        BYTES.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller's.
        unsafe { System.alloc(layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        BYTES.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller's.
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        BYTES.fetch_add(size, Ordering::Relaxed);
        BYTES.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller's.
        unsafe { System.realloc(memory, layout, size) }
    }
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller's.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

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

/// The most steps on several threads.
const MOST_STEPS: usize = 300;

/// The calls of the allocator in a step. On one thread they are those of the fifth step. Of several threads each has scratch
/// memory of its own, which it allocates in its first task of a kind, and the machine decides when that is: so steps run until
/// several in a row allocate nothing, and a step that always allocates has no such row.
fn steady(threads: usize, mut step: impl FnMut()) -> usize {
    const ROW: usize = 10;
    with_threads(threads, || {
        (0..4).for_each(|_| step());
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

/// The calls of the allocator in `step`.
fn counted(step: &mut impl FnMut()) -> usize {
    if let Some(most) = std::env::var("SHOW").ok().and_then(|most| most.parse().ok()) {
        SHOWN.set(most);
    }
    let before = COUNT.load(Ordering::Relaxed);
    step();
    let after = COUNT.load(Ordering::Relaxed);
    SHOWN.set(usize::MAX);
    after - before
}

fn squares<S: Shape>(y: Tensor<S>) -> Tensor![] {
    y.square().mean()
}

fn entropy(y: Tensor![16, 4]) -> Tensor![] {
    let labels: Tensor![16; i32] = Tensor::from([0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]);
    softmax_cross_entropy(y, labels).mean()
}

#[derive(Debug, Module)]
#[module(sequential)]
struct Cnn {
    conv: Conv<U1, U4, (U3, U3)>,
    norm: BatchNorm<U4>,
    relu: Relu,
    pool: MaxPool<(U2, U2)>,
    flatten: Flatten,
    output: Linear<dim!(4 * 4 * 4), U4>,
}

#[derive(Debug, Module)]
#[module(sequential)]
struct Normed {
    first: Linear<U8, U16>,
    norm: LayerNorm<U16>,
    #[module(init = Dropout::new(0.2, rngs))]
    dropout: Dropout,
    output: Linear<U16, U4>,
}

type Lstm = Rnn<LstmCell<U3, U16>>;
type Gru = Rnn<GruCell<U3, U16>>;

/// Attention with a residual.
#[derive(Debug, Module)]
struct Block {
    attention: MultiHeadAttention<U2, U8>,
}

impl Layer<Tensor![2, 5, 8]> for Block {
    type Output = Tensor![2, 5, 8];
    fn forward(&self, x: Tensor![2, 5, 8], pass: &mut Pass) -> Tensor![2, 5, 8] {
        x.clone() + self.attention.forward(x, pass)
    }
}

/// A hidden layer of 256 and a batch of 64: products and elementwise loops that several threads share.
type Wide = Sequential<(Linear<U64, U256>, Relu, Linear<U256, U256>, Tanh, Linear<U256, U16>)>;
type WideLstm = Rnn<LstmCell<U32, U64>>;
type WideGru = Rnn<GruCell<U32, U64>>;

/// Images of 16 × 16, as many as threads share.
#[derive(Debug, Module)]
#[module(sequential)]
struct Images {
    conv: Conv<U3, U16, (U3, U3)>,
    norm: BatchNorm<U16>,
    relu: Relu,
    conv2: Conv<U16, U32, (U3, U3)>,
    pool: MaxPool<(U2, U2)>,
    flatten: Flatten,
    output: Linear<dim!(8 * 8 * 32), U16>,
}

/// A Transformer block.
#[derive(Debug, Module)]
struct Encoder {
    norm: LayerNorm<U64>,
    attention: MultiHeadAttention<U4, U64>,
    #[module(init = Dropout::new(0.1, rngs))]
    dropout: Dropout,
    hidden: Linear<U64, U256>,
    output: Linear<U256, U64>,
}

impl Layer<Tensor![8, 64, 64]> for Encoder {
    type Output = Tensor![8, 64, 64];
    fn forward(&self, x: Tensor![8, 64, 64], pass: &mut Pass) -> Tensor![8, 64, 64] {
        let y = self.norm.forward(x.clone(), pass);
        let x = x + self.dropout.forward(self.attention.forward(y, pass), pass);
        x.clone() + self.output.forward(self.hidden.forward(x, pass).gelu(), pass)
    }
}

/// Lookups of constant indices, of which one is more frequent than others.
#[derive(Debug, Module)]
struct Words {
    embed: Embed<U256, U64>,
    means: EmbeddingBag<U256, U64>,
    #[module(init = EmbeddingBag::init(rngs).mode(BagMode::Max))]
    maxima: EmbeddingBag<U256, U64>,
}

impl Layer<Tensor![1024, 64]> for Words {
    type Output = Tensor![1024, 64];
    fn forward(&self, x: Tensor![1024, 64], pass: &mut Pass) -> Tensor![1024, 64] {
        let index = |i: i32| if i % 3 == 0 { 7 } else { i * 31 % 256 };
        let words: Tensor![1024; i32] =
            Tensor::from_vec((0..1024).map(index).collect()).expect("1024 words");
        let bags: Tensor![1024, 2; i32] =
            Tensor::from_vec((0..2048).map(index).collect()).expect("1024 bags");
        let y = x + self.embed.forward(words, pass) + self.means.forward(bags.clone(), pass);
        y + self.maxima.forward(bags, pass)
    }
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
        ("cnn", 1, allocations::<Cnn, shape![16, 8, 8, 1], _>(1, usual, entropy)),
        ("lstm", 1, allocations::<Lstm, shape![2, 100, 3], _>(1, usual, squares)),
        ("gru", 1, allocations::<Gru, shape![2, 100, 3], _>(1, usual, squares)),
    ];
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
            ("compiled lstm", threads, inference::<WideLstm, shape![32, 20, 32], _>(threads)),
        ]);
    }
    counts.retain(|(.., count)| *count > 0);
    assert!(counts.is_empty(), "(model, threads, allocations): {counts:?}");
}

/// 64 equal layers.
#[derive(Debug, Module)]
struct Deep {
    #[module(init = (0..64).map(|_| Encoder::init(rngs)).collect())]
    layers: Vec<Encoder>,
}

impl Layer<Tensor![8, 64, 64]> for Deep {
    type Output = Tensor![8, 64, 64];
    fn forward(&self, x: Tensor![8, 64, 64], pass: &mut Pass) -> Tensor![8, 64, 64] {
        self.layers.iter().fold(x, |x, layer| layer.forward(x, pass))
    }
}

/// A recurrent cell, whose 1,000 steps are a loop in Rust.
#[derive(Debug, Module)]
struct Long {
    input: Linear<U3, U4>,
    hidden: Linear<U4, U4>,
}

impl Layer<Tensor![1000, 2, 3]> for Long {
    type Output = Tensor![2, 4];
    fn forward(&self, x: Tensor![1000, 2, 3], pass: &mut Pass) -> Tensor![2, 4] {
        let x = x.into_dyn();
        (0..1000).fold(Tensor::zeros(), |h, t| {
            let now: Tensor![2, 3] = x.clone().at(0, t).try_into().expect("a step");
            (self.input.forward(now, pass) + self.hidden.forward(h, pass)).tanh()
        })
    }
}

/// What long programs and their plans take: time, memory, lines of text, bytes of a file.
fn figures<M, S, O>(name: &str)
where
    M: Module + Init + Layer<Tensor<S>, Output = Tensor<O>>,
    S: StaticShape,
    O: Shape,
{
    let mut model = M::init(&mut Rngs::new(0));
    let program = compile::<Tensor<S>, _>(&model).program(Tensor::zeros()).expect("a program");
    figures_of(name, &program);
    let mut optimizer = Optimizer::new(&model, adam(1e-3));
    let mut step = jit(|(model, optimizer): (&mut M, &mut Optimizer), x: Tensor<S>| {
        let (value, grads) = loss_and_grad(model, |model, pass| squares(model.forward(x, pass)))?;
        optimizer.update(model, grads)?;
        Ok(value)
    });
    let program = step.program((&mut model, &mut optimizer), Tensor::zeros()).expect("a program");
    figures_of(&format!("{name}, training"), &program);
}

fn figures_of(name: &str, program: &Program) {
    fn timed<T>(what: &str, f: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = f();
        println!("  {what}: {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
        result
    }
    println!("{name}: {} steps", program.steps());
    let repeats = timed("repeats", || program.repeats().len());
    let text = timed("text", || program.to_string().lines().count());
    let before = BYTES.load(Ordering::Relaxed);
    let plan = timed("plan", || Plan::new(program).expect("a plan"));
    let bytes = BYTES.load(Ordering::Relaxed) - before;
    let of_plan = timed("text of the plan", || plan.to_string().lines().count());
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("p");
    timed("save", || program.save(&file).expect("a file"));
    timed("load", || Program::load(&file).expect("a program"));
    let size = std::fs::metadata(&file).expect("a file").len();
    let weights: usize = program
        .variables()
        .filter_map(|variable| variable.array)
        .map(|array| array.elements() * array.dtype().bytes())
        .sum();
    println!(
        "  {repeats} blocks, {text} lines, plan {} steps, {of_plan} lines, {bytes} bytes beside {} of packed weights, file \
         {size} bytes, of which {weights} are weights",
        plan.steps(),
        plan.prepared_bytes()
    );
}

/// `cargo test -p nnx-core --test jit_allocations -- --ignored --nocapture`
#[test]
#[ignore = "prints figures, and counts what other tests allocate"]
fn what_long_programs_take() {
    figures::<Deep, shape![8, 64, 64], _>("64 layers");
    figures::<Long, shape![1000, 2, 3], _>("1,000 steps");
}
