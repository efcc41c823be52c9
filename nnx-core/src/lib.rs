//! The core of nnx: sizes and shapes as types, tensors, automatic differentiation, random streams,
//! modules, layers and optimizers.
//!
//! Folders are floors; each imports only those below it. From the ground:
//!
//! | folder | holds |
//! |---|---|
//! | [`size`], [`kernel`], [`files`] | sizes, axes and shapes as types; loops over slices; files replaced as a whole. Strangers to one another |
//! | [`mod@array`] | storage and strided views of runtime shape |
//! | [`ops`] | every operation once: shape rule, forward kernel, gradient rule, cost |
//! | [`grad`] | gradients of recorded computations |
//! | [`tensor`] | tensors whose shape is a type |
//! | [`random`] | JAX's random streams, and initializers |
//! | [`module`] | variables, traversal, passes, state, gradients of models |
//! | [`nn`] | layers and losses |
//! | [`optim`] | optimizers and schedules |
//! | [`metrics`] | running measures of a model |
//! | [`io`] | saving and loading |

// The derive macro writes `::nnx_core::..`, here as everywhere.
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
pub mod ops;
pub mod optim;
pub mod random;
pub mod size;
pub mod tensor;

pub use error::Error;
pub use nnx_derive::Module;

/// The README's example, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
