//! Neural networks with the module system of Flax NNX, in which every shape is a type.
//!
//! ```
//! use nnx::prelude::*;
//!
//! #[derive(Module)]
//! struct Mlp<Classes: Size> {
//!     hidden: Linear<dim!(28 * 28), U128>,
//!     output: Linear<U128, Classes>,
//! }
//!
//! impl<B: Dim, Classes: Size> Layer<Tensor![B, 28, 28, 1]> for Mlp<Classes> {
//!     type Output = Tensor![B, Classes];
//!
//!     fn forward(&self, x: Tensor![B, 28, 28, 1], pass: &mut Pass) -> Self::Output {
//!         let x = self.hidden.forward(x.flatten(), pass).relu();
//!         self.output.forward(x, pass)
//!     }
//! }
//!
//! let mut model = Mlp::<U10>::init(&mut Rngs::new(0));
//! let mut optimizer = Optimizer::new(&model, adam(1e-3));
//!
//! let images: Tensor![Batch, 28, 28, 1] = Tensor::from_vec(vec![0.5; 2 * 28 * 28])?;
//! let labels: Tensor![Batch; i32] = Tensor::from_vec(vec![3, 7])?;
//! let (loss, grads) = value_and_grad(&mut model, |model, pass| {
//!     softmax_cross_entropy(model.forward(images.clone(), pass), labels).mean()
//! })?;
//! optimizer.update(&mut model, grads)?;
//! let digits: Tensor![Batch; i32] = model.infer(images).argmax();
//! # assert!(loss > 0.0 && digits.to_vec().len() == 2);
//! # Ok::<(), nnx::Error>(())
//! ```
//!
//! # Debug builds
//!
//! Without optimization nnx trains up to a hundred times slower. Add these lines to the `Cargo.toml` of your
//! program (in a workspace, to the one at its root). They optimize the libraries, but not your own code, which
//! still compiles quickly.
//!
//! ```toml
//! [profile.dev.package."*"]
//! opt-level = 3
//! ```
//!
//! # What it doesn't do
//!
//! There is no GPU support, no arithmetic in f16 or bf16, and no ONNX. Batches are runtime axes such as
//! [`Batch`]. Operations run one by one, as in eager PyTorch; [`compile`] records a forward pass and [`jit`] a
//! training step, to replay them.
//!
//! # Where things are
//!
//! | module | contents |
//! |---|---|
//! | [`size`], [`tensor`] | shapes as types, and tensors that have them |
//! | [`module`] | variables, passes, state, gradients of models |
//! | [`nn`], [`optim`], [`random`] | layers and losses, optimizers, random streams and initializers |
//! | [`metrics`] | metrics over many batches |
//! | [`io`], [`files`] | saving and loading of models; atomic replacement of any file |
//! | [`models`] | models, one file each |
//!
//! # Threads
//!
//! Large operations run on several threads at once; small ones run on the calling thread, which is faster.
//! The bits of a result are the same for any number of threads. See [`threads`] for the settings:
//!
//! ```
//! use nnx::prelude::*;
//! use nnx::threads::with_threads;
//!
//! let model = Linear::<U784, U10>::init(&mut Rngs::new(0));
//! let x = Tensor::<shape![512, 784]>::ones();
//! let alone = with_threads(1, || model.infer(x.clone()));
//! assert_eq!(alone.to_vec(), model.infer(x).to_vec());
//! ```
//!
//! Models may be called from many threads at once, also from those of rayon or tokio. A thread that waits for
//! others blocks, and runs nothing else in that time. So a mutex or a `RefCell` of a thread-local may be held
//! during an operation.
//!
//! A child of `fork` has none of its parent's threads. If the parent has run an operation before, the
//! operations of the child run on the calling thread only. To use several threads in both, start the program
//! again as a new process (`std::process::Command`), or fork before the first operation.
#![forbid(unsafe_code)]

// The derive macro generates paths `::nnx::..`, which must resolve in this crate too.
extern crate self as nnx;

// For shorter paths in compiler messages, as below: `nnx::N::DivUp`, `nnx::U<8>`.
pub use nnx_core::size::U;
pub use nnx_core::size::number::N;
pub use nnx_core::*;
pub use nnx_models as models;
// Flax's `nnx.Linear` is `nnx::Linear`. rustc prints names that are imported by `use nnx::prelude::*` with
// their shortest path: `nnx::Batch`, not `nnx::prelude::Batch`.
pub use prelude::*;

pub mod prelude {
    //! The names that most programs need: `use nnx::prelude::*;`.

    pub use nnx_core::metrics::{Accuracy, Average, BinaryAccuracy, MultiMetric, Welford};
    pub use nnx_core::module::{
        BatchStat, Cache, Captures, Ensemble, Filter, Gradients, Init, Kind, Layer, Module, Param,
        ParameterCount, Pass, State, Variable, capture, compile, for_each_mut, from_state,
        from_state_with, grad, grad_of, hessian_vector_product, jit, keep_streams, kind,
        loss_and_grad, loss_and_grad_of, merge, merge_with, modules, parameters, per_example_grads,
        reseed, reseed_of, split, split_streams, state, state_of, summary, summary_of_pass,
        to_bf16, to_bf16_of, to_f32, update, update_of, value_and_grad, value_and_grad_of,
        value_and_gradients_of,
    };
    pub use nnx_core::nn::prelude::*;
    pub use nnx_core::ops::{Interpolation, PadMode, SortOrder};
    pub use nnx_core::optim::prelude::*;
    pub use nnx_core::random::Rngs;
    pub use nnx_core::size::names::*;
    pub use nnx_core::size::rules::{Axis, Keep};
    pub use nnx_core::size::{
        AtBuild, Batch, Cached, Causal, Circular, Const, Depthwise, Difference, Dilated, Dim,
        DivisibleBy, Explicit, Fits, GenericValid, Grouped, HoldsWindow, InOut, InputDilation,
        KernelDilation, Million, NotEmpty, OutIn, Positive, Product, Quotient, QuotientUp, Reflect,
        Same, Shape, Size, Strided, Sum, Symmetric, Thousand, Time, Ungrouped, Valid, Windows,
    };
    pub use nnx_core::tensor::{
        GenericHalves, GenericPools, Real, Tensor, custom_vjp, gradient, jacobian, jvp, remat,
        value_and_gradient, vjp, vmap,
    };
    pub use nnx_core::{Module, Tensor, axis, dim, einsum, kind, shape, shape_of, tap};
}

/// The README's example, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The fixed code of the page of errors, compiled and run. The wrong code is in blocks of `rs`, which aren't
/// compiled; `tests/errors_page.rs` compares it with the compile-fail cases.
#[cfg(doctest)]
#[doc = include_str!("../docs/errors.md")]
struct Errors;

/// The snippets of the tutorial, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/tutorial.md")]
struct Tutorial;

/// The comparison of names with PyTorch and Flax, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/from_pytorch_and_flax.md")]
struct FromPyTorchAndFlax;

/// The page on training loops, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/training.md")]
struct Training;

/// The page on several processes and machines, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/distributed.md")]
struct Distributed;

/// The page on saving and resuming a training run, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/resuming.md")]
struct Resuming;

/// The page on weights of other libraries, compiled and run.
#[cfg(all(doctest, feature = "safetensors"))]
#[doc = include_str!("../docs/other_libraries.md")]
struct OtherLibraries;

/// The page on the model as data, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/state.md")]
struct ModelAsData;

/// The page on compiled models and recorded steps, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/programs.md")]
struct Programs;

/// The page on data of your own, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/data.md")]
struct Data;

/// The page on looking at a run, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/records.md")]
struct Records;

/// The page on sizes that depend on data, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/sizes_from_data.md")]
struct SizesFromData;

/// The page of two features, compiled and run with them.
#[cfg(all(doctest, feature = "linalg", feature = "fft"))]
#[doc = include_str!("../docs/linear_algebra_and_fft.md")]
struct LinearAlgebraAndFft;

/// The page of optimizers, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/optimizers.md")]
struct Optimizers;

/// The page of losses, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/losses.md")]
struct Losses;
