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
//! | module | holds |
//! |---|---|
//! | [`size`], [`tensor`] | shapes as types, and tensors that have them |
//! | [`module`] | variables, passes, state, gradients of models |
//! | [`nn`], [`optim`], [`random`] | layers and losses, optimizers, random streams and initializers |
//! | [`metrics`] | running measures |
//! | [`io`] | saving and loading |
//! | [`models`] | models, one file each |
#![forbid(unsafe_code)]

// The derive macro writes `::nnx::..`, here as everywhere.
extern crate self as nnx;

pub use nnx_core::*;
pub use nnx_models as models;
// Flax's `nnx.Linear` is `nnx::Linear`. rustc writes names that come by `use nnx::prelude::*` with their
// shortest path: `nnx::Batch` in its errors, not `nnx::prelude::Batch`.
pub use prelude::*;

pub mod prelude {
    //! What most programs need: `use nnx::prelude::*;`.

    pub use nnx_core::metrics::{Accuracy, Average, BinaryAccuracy, MultiMetric, Welford};
    pub use nnx_core::module::{
        BatchStat, Cache, Filter, Init, Kind, Layer, Module, Param, ParameterCount, Pass, State,
        Variable, from_state, from_state_with, grad, grad_of, kind, parameters, reseed, reseed_of,
        state, state_of, summary, summary_of_pass, update, update_of, value_and_grad,
        value_and_grad_of,
    };
    pub use nnx_core::nn::*;
    // Not `linear`, `constant`, `join` and the like, which say too little alone: `optim::join(..)`.
    pub use nnx_core::optim::{
        AddDecayedWeights, AveragedWeights, Chain, Clip, Optimizer, Schedule, adagrad, adam, adamw,
        clip_by_global_norm, cosine_decay, every, exponential_decay, freeze, lion, masked,
        partition, rmsprop, sgd, warmup_cosine_decay,
    };
    pub use nnx_core::random::Rngs;
    pub use nnx_core::size::names::*;
    pub use nnx_core::size::rules::Axis;
    pub use nnx_core::size::{
        Batch, Cached, Causal, Circular, Const, Depthwise, Dim, DivisibleBy, Explicit, Fits,
        Grouped, InOut, Million, Minus, NotEmpty, OutIn, Positive, Product, Quotient, QuotientUp,
        Reflect, Same, Shape, Size, Sum, Symmetric, Thousand, Time, Ungrouped, Valid,
    };
    pub use nnx_core::tensor::{
        Real, Tensor, custom_vjp, gradient, jacobian, jvp, remat, value_and_gradient, vjp,
    };
    pub use nnx_core::{Module, Tensor, axis, dim, einsum, kind, shape, shape_of};
}

/// The README's example, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The mends of the page of errors, compiled and run. The wrong code stands there in blocks of `rs`,
/// which no compiler sees; `tests/errors_page.rs` finds it in the cases.
#[cfg(doctest)]
#[doc = include_str!("../docs/errors.md")]
struct Errors;

/// The snippets of the tutorial, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/tutorial.md")]
struct Tutorial;
