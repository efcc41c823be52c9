//! Optimizers and learning-rate schedules, after optax.
//!
//! An optimizer is a chain of [`Transform`]s: each turns gradients into updates, with slots of its own,
//! and the last scales them by minus the learning rate. [`sgd`], [`adam`] and the others are such chains.
//!
//! | here | optax | PyTorch |
//! |---|---|---|
//! | [`sgd`] `.momentum(..).nesterov()` | `sgd(momentum=, nesterov=)` | `SGD`, whose Nesterov form is the same |
//! | [`adam`], [`adamw`], [`amsgrad`] | the same | `Adam`, `AdamW` (decay 0.01), `Adam(amsgrad=True)` |
//! | [`nadam`], [`nadamw`], [`radam`], [`adamax`], [`adamaxw`] | the same | `NAdam` (its `b1` grows), `RAdam`, `Adamax` |
//! | [`rmsprop`], [`adagrad`] | the same | `RMSprop` (alpha 0.99, eps outside the root), `Adagrad` (sums start at 0) |
//! | [`lion`], [`lamb`], [`lars`], [`adabelief`], [`yogi`] | the same | none |
//! | [`Clip`], [`clip_by_global_norm`], [`clip_by_block_rms`] | `clip`, the same | `clip_grad_value_`, `clip_grad_norm_` |
//! | [`AddDecayedWeights`], [`masked`], [`partition`], [`freeze`] | `add_decayed_weights`, `masked`, `partition`, `set_to_zero` | parameter groups |
//! | [`every`] | `MultiSteps` | several `backward()`s before `step()` |
//! | [`ZeroNans`], [`apply_if_finite`] | `zero_nans`, the same | `GradScaler`'s skipped steps |
//! | [`injected`] | `inject_hyperparams` | `group["lr"] = ..` |
//! | [`Ema`], [`AveragedWeights`] | `ema`, none | none, `AveragedModel` |
//!
//! | file | holds |
//! |---|---|
//! | `optimizer` | an optimizer at work on a model |
//! | `transform`, `updates`, `slot` | transforms, chains of them, and how they are run in one sweep |
//! | `rule`, `rules` | what is done to each element |
//! | `norms`, `masks`, `conditional`, `rate` | transforms that look at more than an element |
//! | `named`, `momentum`, `squares` | the optimizers by name |
//! | `schedule` | learning rates that change with the steps |
//! | `domain` | which numbers settings may be |
//! | `average` | averages of the weights |

mod average;
mod conditional;
mod domain;
mod masks;
mod momentum;
mod named;
mod norms;
mod optimizer;
mod rate;
mod rule;
mod rules;
mod schedule;
mod slot;
mod squares;
mod transform;
mod updates;

pub use average::AveragedWeights;
pub use conditional::{Accumulate, ApplyIfFinite, MultiSteps, apply_if_finite, every};
pub use masks::{Freeze, Masked, Partition, freeze, masked, partition};
pub use momentum::{Lars, Sgd, lars, sgd};
pub use named::{
    Adam, Descent, adabelief, adam, adamax, adamaxw, adamw, amsgrad, lamb, lion, nadam, nadamw,
    radam, yogi,
};
pub use norms::{
    ClipByBlockRms, ClipByGlobalNorm, Resize, ScaleByTrustRatio, Shorten, clip_by_block_rms,
    clip_by_global_norm,
};
pub use optimizer::Optimizer;
pub use rate::ScaleByLearningRate;
pub use rule::Rule;
pub use rules::{
    AddDecayedWeights, Clip, Ema, Scale, ScaleByAdam, ScaleByAdamax, ScaleByAmsgrad, ScaleByBelief,
    ScaleByLion, ScaleByRadam, ScaleByRms, ScaleByRss, ScaleByStddev, ScaleByYogi, Trace, ZeroNans,
};
pub use schedule::{
    Exponential, Interpolation, Schedule, constant, cosine_decay, cosine_decay_with,
    cosine_onecycle, exponential_decay, injected, join, linear, linear_onecycle,
    piecewise_constant, piecewise_interpolate, polynomial, sgdr, warmup_constant,
    warmup_cosine_decay, warmup_exponential_decay,
};
pub use slot::Slot;
pub use squares::{Adagrad, RmsProp, adagrad, rmsprop};
pub use transform::{ByElement, Chain, IntoTransform, Named, Transform, Whole};
pub use updates::Updates;
