//! The core of nnx: sizes and shapes as types, tensors, automatic differentiation, random streams,
//! modules, layers and optimizers.
//!
//! Each folder has a level in the order of imports, its floor, and imports only from floors below it. From the
//! lowest:
//!
//! | folder | holds |
//! |---|---|
//! | [`size`], [`kernel`], [`files`], [`random`] | sizes, axes and shapes as types; kernels, which are loops over slices; files that are replaced atomically; JAX's random streams, and initializers. Independent of one another |
//! | [`mod@array`] | buffers and strided views with runtime shapes |
//! | [`ops`] | operations: shape rule, forward kernel, gradient rule, cost |
//! | [`grad`] | tapes, and gradients of recorded operations |
//! | [`program`] | recorded operations as a value: printed, planned, run |
//! | [`tensor`] | tensors whose shape is a type |
//! | [`module`] | variables, modules, passes, states, gradients of models |
//! | [`nn`] | layers and losses |
//! | [`optim`] | optimizers and schedules |
//! | [`metrics`] | metrics, accumulated over batches |
//! | [`io`] | saving and loading |

// Expansions of the derive macro name `::nnx_core`, in this crate too.
extern crate self as nnx_core;

pub mod array;
mod error;
#[cfg(feature = "files")]
pub mod files;
pub mod grad;
#[cfg(feature = "safetensors")]
pub mod io;
pub mod kernel;
pub mod metrics;
pub mod module;
pub mod nn;
mod operations;
pub mod ops;
pub mod optim;
pub mod program;
pub mod random;
pub mod size;
pub mod tensor;

pub use error::Error;
pub use kernel::threads;
pub use nnx_derive::Module;
#[doc(hidden)]
pub use nnx_derive::einsum as __einsum;

/// The README's example, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
