//! Modules: structs that hold variables, as in Flax NNX.
//!
//! | file | holds |
//! |---|---|
//! | `path`, `name` | paths of variables: `layers/0/kernel`; names in them |
//! | `kind` | kinds of variables: parameters, statistics, caches, random state |
//! | `variable` | a tensor that belongs to a model |
//! | `dynamic` | a variable with a runtime shape |
//! | `traverse` | the trait [`Module`]: visiting the variables of a model |
//! | `containers` | lists, maps, tuples, options and boxes of modules |
//! | `modules` | the modules of a model: a list of them, and all of one type to change |
//! | `tuples` | the lengths of tuples that are modules |
//! | `plain` | values without variables |
//! | `shared` | modules in an `Arc`, an `Rc` or a reference |
//! | `init` | the trait [`Init`]: makes a model from random streams |
//! | `build`, `split` | makes a model from a state; splits its variables by filters, and merges them |
//! | `layer` | the trait [`Layer`]: the forward pass |
//! | `pass`, `value` | one run through a model: mode, reads, updates |
//! | `stream`, `streams` | a random stream that a model owns; all of them |
//! | `filter`, `state` | a selection of variables; the variables of a model as an ordered map |
//! | `bf16` | weights stored in half the bytes, for inference |
//! | `mismatch` | why a state doesn't fit a model |
//! | `differentiate` | [`value_and_grad`] and [`grad`] |
//! | `tap` | named places in a forward pass, whose values are captured and differentiated |
//! | `views` | gradients of variables, inputs and taps in one call; Hessian-vector products |
//! | `per_example` | the gradient of each example of a batch |
//! | `ensemble` | models of one type, each variable of which has the members as its first axis |
//! | `erased` | models behind a pointer, with the types of input and output checked at run time |
//! | `parameter_count`, `cost` | constants of a model: parameters, FLOPs, bytes of activations, receptive fields |
//! | `compile` | a model whose forward pass is recorded once, planned, and run again |
//! | `plan_cache` | the plans of a compiled model or a symbolic program, for several sizes |
//! | `typed_plan` | a plan of a program with types for its inputs and outputs |
//! | `jit` | the same of a training step, which changes modules |
//! | `remat` | a layer whose forward pass is recomputed in the backward pass |
//! | `summary` | a printed table of a model |
//! | `digest` | a digest of the type of a model |

mod bf16;
mod build;
mod compile;
mod containers;
mod cost;
#[doc(hidden)]
pub mod derive_support;
mod differentiate;
mod digest;
mod dynamic;
mod ensemble;
mod erased;
mod filter;
mod init;
mod jit;
pub mod kind;
mod layer;
mod mismatch;
mod modules;
mod name;
mod parameter_count;
mod pass;
mod path;
mod per_example;
mod plain;
mod plan_cache;
mod remat;
mod shared;
mod split;
mod state;
mod stream;
mod streams;
mod summary;
mod tap;
mod traverse;
mod tuples;
mod typed_plan;
mod value;
mod variable;
mod views;

pub(crate) use bf16::stored_as_bf16;
pub use bf16::{Bf16Error, to_bf16, to_bf16_of, to_f32};
pub use build::{from_state, from_state_with};
pub use compile::{Compiled, compile, record};
pub use cost::{Cost, Extent, ReceptiveField};
pub(crate) use differentiate::evaluate;
pub use differentiate::{
    Evaluation, GradError, GradientWatch, Loss, grad, grad_of, loss_and_grad, loss_and_grad_of,
    value_and_grad, value_and_grad_of, value_and_grad_over_ranks, value_and_grad_uncommitted,
};
pub use digest::type_digest;
pub use dynamic::DynVariable;
pub use ensemble::{Ensemble, EnsembleError};
pub use erased::{ErasedError, ErasedModel, TensorType, TypedModel};
pub use filter::Filter;
pub use init::Init;
pub use jit::{Jit, StepFn, StepModules, jit};
pub use kind::{Kind, KindId, Trainable};
pub use layer::Layer;
pub use mismatch::{Mismatch, StateError};
pub(crate) use modules::short_name;
use modules::{Address, Entered};
pub use modules::{ModuleInfo, ModuleVisitor, for_each_mut, modules};
pub use name::Name;
pub use parameter_count::ParameterCount;
pub use pass::{Pass, PassError};
pub use path::{Key, MapKey, Path};
pub use per_example::{ExampleGradients, Examples, per_example_grads};
pub use plain::Plain;
#[cfg(feature = "safetensors")]
pub(crate) use plan_cache::PlanCache;
pub(crate) use remat::forward_remat;
pub use split::{MergeStates, SplitError, SplitFilters, merge, merge_with, split};
pub(crate) use state::compare;
pub(crate) use state::insert_unique;
pub use state::{
    Entry, State, StateChange, StateDifference, parameters, state, state_of, update, update_of,
};
#[cfg(feature = "safetensors")]
pub(crate) use state::{check_state, set_state};
pub use stream::{RngStream, reseed, reseed_of};
pub use streams::{keep_streams, split_streams};
pub use summary::{Row, Summary, summary, summary_of_pass, with_commas};
pub use tap::{Captured, Captures, Tap, TapIn, capture};
pub use traverse::{Module, Visitor, VisitorMut};
pub use typed_plan::TypedPlan;
#[cfg(feature = "safetensors")]
pub(crate) use typed_plan::{arrays_of, check_types};
pub use variable::{AnyVariable, BatchStat, Cache, Param, Variable};
pub use views::{Gradients, HessianVector, hessian_vector_product, value_and_gradients_of};
