//! The same values as Flax NNX, JAX and optax: the goldens under `tests/goldens`, met through the
//! public, typed interface.
//!
//! | file | holds |
//! |---|---|
//! | `golden` | reading a file of goldens, and the measure of errors |
//! | `simple_cnn` | the tutorial's network: weights, logits, loss, gradients, two short trainings |
//! | `optimizer_table`, `optimizers`, `optimizer_kin`, `schedules` | fifty steps of each optimizer, and learning rates |
//! | `lbfgs` | L-BFGS and its line search, on a loss |
//! | `convolutions`, `pools` | windows, whose sizes the types compute |
//! | `functions` | activations and what works on rows |
//! | `dropout` | masks |
//! | `metrics`, `scores` | running measures; scores of scikit-learn |
//!
//! Each comparison prints the largest error that it has seen: `cargo test --test flax -- --nocapture`.
#![cfg(feature = "safetensors")]

mod convolutions;
mod dropout;
mod functions;
mod golden;
mod lbfgs;
mod metrics;
mod optimizer_kin;
#[path = "../../nnx-core/tests/optimizer_table/mod.rs"]
mod optimizer_table;
mod optimizers;
mod pools;
mod schedules;
mod scores;
mod simple_cnn;
