//! A recorded step that runs again allocates nothing. The test has a process of its own, as it counts all calls of the
//! allocator. `SHOW=9` prints where the first 9 of each step come from.

use std::alloc::{GlobalAlloc, Layout, System};
use std::backtrace::Backtrace;
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

use nnx_core::module::{Init, Layer, Module, Pass, jit, loss_and_grad};
use nnx_core::nn::{
    BatchNorm, Conv, Dropout, Flatten, GruCell, LayerNorm, Linear, LstmCell, MaxPool,
    MultiHeadAttention, Relu, Rnn, Sequential, Tanh, softmax_cross_entropy,
};
use nnx_core::optim::{Chain, Optimizer, adam, adamw, clip_by_global_norm, warmup_cosine_decay};
use nnx_core::random::{Key, Rngs};
use nnx_core::size::{Shape, StaticShape, U1, U2, U3, U4, U8, U16, U32};
use nnx_core::tensor::Tensor;
use nnx_core::threads::with_threads;
use nnx_core::{Module, Tensor, dim, shape};

struct Counting;

static COUNT: AtomicUsize = AtomicUsize::new(0);
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
        // SAFETY: as the caller's.
        unsafe { System.alloc(layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as the caller's.
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: as the caller's.
        unsafe { System.realloc(memory, layout, size) }
    }
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as the caller's.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The calls of the allocator in a replayed step, after some steps.
fn allocations<M, S, O>(optimizer: impl Fn() -> Chain, loss: fn(Tensor<O>) -> Tensor![]) -> usize
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
    with_threads(1, || {
        for _ in 0..4 {
            step.call((&mut model, &mut optimizer), x.clone()).expect("a step");
        }
        if let Some(most) = std::env::var("SHOW").ok().and_then(|most| most.parse().ok()) {
            SHOWN.set(most);
        }
        let before = COUNT.load(Ordering::Relaxed);
        let value = step.call((&mut model, &mut optimizer), x.clone()).expect("a step");
        let after = COUNT.load(Ordering::Relaxed);
        SHOWN.set(usize::MAX);
        assert!(value.item().is_finite());
        after - before
    })
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

/// One test, as others would count at the same time.
#[test]
fn a_replayed_step_allocates_nothing() {
    type Mlp = Sequential<(Linear<U8, U32>, Relu, Linear<U32, U32>, Tanh, Linear<U32, U4>)>;
    let scheduled = || {
        let clip = Chain::new().then(clip_by_global_norm(1.0));
        clip.then(adamw(warmup_cosine_decay(0.0, 1e-2, 2, 9, 0.0)))
    };
    let usual = || adam(1e-3).into();
    let counts = [
        ("mlp", allocations::<Mlp, shape![16, 8], _>(usual, entropy)),
        ("mlp clipped", allocations::<Mlp, shape![16, 8], _>(scheduled, entropy)),
        ("normed", allocations::<Normed, shape![16, 8], _>(usual, entropy)),
        ("attention", allocations::<Block, shape![2, 5, 8], _>(usual, squares)),
        ("cnn", allocations::<Cnn, shape![16, 8, 8, 1], _>(usual, entropy)),
        ("lstm", allocations::<Lstm, shape![2, 100, 3], _>(usual, squares)),
        ("gru", allocations::<Gru, shape![2, 100, 3], _>(usual, squares)),
    ];
    assert!(counts.iter().all(|(_, count)| *count == 0), "{counts:?}");
}
