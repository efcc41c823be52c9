//! Optimizers and learning-rate schedules, after optax.
//!
//! An optimizer is a chain of [`Transform`]s: each turns gradients into updates, with slots of its own,
//! and the last scales them by minus the learning rate. [`sgd`], [`adam`] and [`adamw`] are such chains.

mod optimizer;
mod rules;
mod schedule;
mod transform;

pub use optimizer::Optimizer;
pub use rules::{Adam, Sgd, adam, adamw, sgd};
pub use schedule::{Schedule, constant, cosine_decay, linear, warmup_cosine_decay};
pub use transform::{AddDecayedWeights, Chain, ScaleByAdam, ScaleByLearningRate, Trace, Transform};
