//! Models generic in their sizes: bounds on the sizes, at most one guard a condition, and no chains of
//! `where` clauses. Each is used at several sizes, which the compiler computes.
//!
//! | file | holds |
//! |---|---|
//! | `contractions` | `einsum!` of tensors |
//! | `functions` | functions and a block |
//! | `models` | the models of which `benches/compile` measures the compile time; pools of parameters |
//! | `stages` | residual stages that halve height and width five times |
//! | `sequences` | one batch axis and one time axis through a transformer, joined and separated |
//! | `users` | models as the tutorial teaches to write them |
//! | `whole_models` | six models as a user would write them |
//! | `written` | sizes of parameters written as arithmetic, `dim!(H / 2 * C)` |
//! | `named_axes` | static axes with names as sizes of layers |
//! | `pyramid` | maps of any size pooled to fixed sizes |
//! | `at_build` | properties of computed sizes, which the build checks |
//! | `runtime_sizes`, `runtime_errors` | heights and widths that only the program knows |

mod at_build;
mod contractions;
mod functions;
#[allow(
    missing_debug_implementations,
    reason = "the derive makes them reachable; the benchmark measures them without more derives"
)]
mod models;
mod named_axes;
#[path = "../common/panics.rs"]
mod panics;
mod pyramid;
mod runtime_errors;
mod runtime_sizes;
mod sequences;
mod stages;
mod users;
mod whole_models;
mod written;

use panics::panic_of;
