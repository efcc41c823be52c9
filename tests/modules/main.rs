//! Modules as users meet them: paths, state, filters, passes, gradients, typed tensors.
//!
//! | file | holds |
//! |---|---|
//! | `paths` | paths of variables, in every container |
//! | `map_keys` | keys of maps, whatever is in them |
//! | `plain` | fields without variables |
//! | `shared` | modules in an `Arc`, an `Rc` or a reference |
//! | `state` | the strictness of `update`, and its texts |
//! | `split`, `arithmetic` | states by filters, models from them; sums, norms and differences of states |
//! | `modules` | the modules of a model, and other layers in their places |
//! | `streams` | what clones draw, other streams for them, and the same ones again |
//! | `filters`, `kinds` | which variables are meant |
//! | `summary` | the printed table and its operation counts |
//! | `passes` | updates of state, and what undoes them |
//! | `gradients`, `penalty` | `value_and_grad`, and gradients inside it |
//! | `taps`, `views` | values and gradients within a forward pass; Hessian-vector products, accumulation |
//! | `per_example` | the gradient of each example of a batch |
//! | `vmap`, `ensembles` | functions and models of all members of a batch at once |
//! | `programs`, `random_programs` | compiled models: recorded once, replayed; plans of random programs |
//! | `memory` | the memory of steps that are not recorded |
//! | `plans` | what passes make of a program, and what a plan says of itself |
//! | `fused` | fused operations, which plans make: gradients, refusals |
//! | `bf16` | weights that are stored in half the bytes |
//! | `tied` | one variable that is used twice |
//! | `optimizers`, `optimizer_state` | an optimizer and a model that don't fit; an optimizer as a module |
//! | `threads` | the same bits on any number of threads |
//! | `metrics`, `scores` | running measures; scores of classifiers and of regression |
//! | `transforms` | vjp, jvp, gradients of one's own, recomputation |
//! | `tuples` | tuples of layers, of each length |
//! | `border` | arrays, and back |
//! | `tensors`, `tensor_errors` | typed tensors, and what only the running program can refuse |

mod arithmetic;
mod bf16;
mod border;
mod costs;
mod ensembles;

mod filters;
mod frozen;
mod fused;
mod gradients;
mod kinds;
mod map_keys;
mod memory;
mod metrics;
mod modules;
mod optimizer_state;
#[path = "../../nnx-core/tests/optimizer_table/mod.rs"]
mod optimizer_table;
mod optimizers;
#[path = "../common/panics.rs"]
mod panics;
mod passes;
mod paths;
mod penalty;
mod per_example;
mod pipelines;
mod plain;
mod plans;
mod programs;
mod random_programs;
mod scores;
mod shared;
mod split;
mod state;
#[path = "../common/states.rs"]
mod states;
mod streams;
mod summary;
mod taps;
mod tensor_errors;
mod tensors;
mod threads;
mod tied;
mod transforms;
mod tuples;
mod views;
mod vmap;

use nnx::module::Path;
use nnx::prelude::*;
use panics::panic_of;
use states::same;

/// A variable of a model, by its path.
fn values<M: Module>(model: &M, path: &str) -> Vec<f32> {
    let state = state(model);
    let entry = state.get(&Path::parse(path)).unwrap_or_else(|| panic!("no variable at {path}"));
    entry.array.to_vec().expect("f32")
}
