//! Recorded steps: what `jit` replays is what the function itself does, bit for bit.
//!
//! | file | holds |
//! |---|---|
//! | `steps` | training steps: sizes, two models, statistics, random streams, counters |
//! | `step_structures` | models of other structures, shared and frozen parts |
//! | `step_memory` | text, memory, what is overwritten and when |
//! | `calls` | what differs between two calls: other modules of one type, captured tensors, outputs that are kept, empty batches, threads |
//! | `failures` | a step that fails changes nothing; what can't be recorded is refused |
//! | `files`, `files_changed` | programs in files: runs of what is read; what is refused |
//! | `masks` | masks and lengths that each run is given |
//! | `optimizers` | every optimizer of the table |
//! | `repeats` | blocks of steps that repeat |
//! | `symbolic` | programs for any length |
//! | `user_panics` | operations and formulas of a user that panic in a replay |

mod calls;
mod failures;
mod files;
mod files_changed;
#[path = "../in_steps/mod.rs"]
mod in_steps;
mod masks;
#[path = "../optimizer_table/mod.rs"]
mod optimizer_table;
mod optimizers;
mod repeats;
mod step_memory;
mod step_structures;
mod steps;
mod symbolic;
mod user_panics;

use std::panic::{AssertUnwindSafe, catch_unwind};

use prelude::*;

/// The names that most tests need.
mod prelude {
    pub(crate) use nnx_core::module::{
        Filter, Init, Layer, Module, Param, Pass, RngStream, State, jit, kind, loss_and_grad,
        loss_and_grad_of, state, state_of, update, value_and_grad,
    };
    pub(crate) use nnx_core::nn::{
        BatchNorm, Dropout, Embed, Linear, Relu, Remat, Sequential, Tanh, softmax_cross_entropy,
    };
    pub(crate) use nnx_core::optim::{Optimizer, adam, injected, sgd, warmup_cosine_decay};
    pub(crate) use nnx_core::random::Rngs;
    pub(crate) use nnx_core::size::{Batch, U1, U2, U3, U4, U6, U8, U64};
    pub(crate) use nnx_core::tensor::Tensor;
    pub(crate) use nnx_core::{Module, Tensor, shape};
}

/// All variables of a model by path, as bytes.
fn bits<M: Module>(model: &M) -> Vec<(String, Vec<u8>)> {
    let all = state_of(&Filter::everything(), model);
    all.iter().map(|(path, entry)| (path.to_string(), entry.array.to_le_bytes())).collect()
}

/// Compares all variables of two models, by path.
#[track_caller]
fn assert_same<M: Module, N: Module>(found: &M, expected: &N, what: &str) {
    let (found, expected) = (bits(found), bits(expected));
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected, "{what}");
    }
}

/// The text of the panic that `f` ends in.
fn panic_of<R>(f: impl FnOnce() -> R) -> String {
    let Err(panic) = catch_unwind(AssertUnwindSafe(f)) else { panic!("no panic") };
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => (*panic.downcast::<&str>().expect("a panic with a text")).to_owned(),
    }
}
