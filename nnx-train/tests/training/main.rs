//! Training loops.
//!
//! | file | holds |
//! |---|---|
//! | `collective` | several ranks |
//! | `distributed` | `Trainer` on several ranks |
//! | `failing_ranks` | the same, where one of them fails |
//! | `guard` | losses and gradients that aren't finite |
//! | `trainer` | `Trainer` against loops by hand; limits, the best model, messages |
//! | `records` | the events that recorders receive |
//! | `resume` | interrupted and resumed runs |
//! | `signals` | Ctrl-C |
//! | `task` | the model and the data of these tests |

mod collective;
#[cfg(feature = "checkpoints")]
mod distributed;
#[cfg(feature = "checkpoints")]
mod failing_ranks;
mod guard;
mod records;
#[cfg(feature = "checkpoints")]
mod resume;
#[cfg(all(unix, feature = "checkpoints", feature = "signals"))]
mod signals;
mod task;
mod trainer;
