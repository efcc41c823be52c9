//! Optimizers and learning-rate schedules, after optax.
//!
//! An optimizer is a [`Chain`] of [`Transform`]s. Each transform turns gradients into updates and may have
//! state of its own; the last one multiplies by minus the learning rate. [`sgd`], [`adam`] and the others make
//! such chains. Their pages have the formula, the defaults, and the names in optax and PyTorch. An
//! [`Optimizer`] runs a chain on a model.
//!
//! A *slot* is a state array per parameter, mostly of its shape, such as Adam's moving averages `mu` and
//! `nu`. *Steps* are counted from 0 in code and from 1, as `t`, in formulas.
//!
//! | here | optax | PyTorch |
//! |---|---|---|
//! | [`Clip`], [`clip_by_global_norm`], [`clip_by_block_rms`] | `clip`, the same | `clip_grad_value_`, `clip_grad_norm_` |
//! | [`AddDecayedWeights`] | `add_decayed_weights` | `weight_decay` of `SGD` and `Adam` |
//! | [`masked`], [`partition`], [`freeze`] | `masked`, `partition`, `set_to_zero` | parameter groups |
//! | [`every`] | `MultiSteps` | several `backward()`s before `step()` |
//! | [`ZeroNans`], [`apply_if_finite`] | `zero_nans`, the same | `GradScaler`'s skipped steps |
//! | [`injected`] | `inject_hyperparams` | `group["lr"] = ..` |
//! | [`Ema`], [`AveragedWeights`] | `ema`, none | none, `AveragedModel` |
//! | [`zoom_linesearch`] | `scale_by_zoom_linesearch` | of `LBFGS` |
//! | [`lookahead`], [`sam`], [`schedule_free`], [`mechanize`] | `lookahead`, `contrib.sam`, `contrib.schedule_free`, `contrib.mechanize` | none |
//!
//! | file | holds |
//! |---|---|
//! | `adam`, `lion`, `sgd`, .. | one optimizer each: formula, settings, tests |
//! | `descent` | the builder that they share |
//! | `transform` | transforms and chains |
//! | `optimizer` | an optimizer for a model |
//! | `average` | the moving average of a model's weights |
//! | `schedule` | learning rates that change with the steps |
//! | `settings` | checks of settings |
//!
//! To add an optimizer, write its file after the example of `lion.rs`, and name it below.

mod acprop;
mod adabelief;
mod adadelta;
mod adafactor;
mod adagrad;
mod adam;
mod adamax;
mod adan;
mod ademamix;
mod adopt;
mod amsgrad;
mod cocob;
mod dog;
mod fromage;
mod lamb;
mod lars;
mod lbfgs;
mod lion;
mod lookahead;
mod madgrad;
mod mechanize;
mod momo;
mod muon;
mod noisy_sgd;
mod novograd;
mod optimistic;
mod polyak_sgd;
mod prodigy;
mod radam;
mod rmsprop;
mod rprop;
mod sam;
mod schedule_free;
mod sgd;
mod sign_sgd;
mod signum;
mod sm3;
mod table;
mod yogi;

pub use acprop::{ScaleByAcprop, acprop};
pub use adabelief::{ScaleByBelief, adabelief};
pub use adadelta::{ScaleByAdadelta, adadelta};
pub use adafactor::{Adafactor, AdafactorDirection, adafactor};
pub use adagrad::{Adagrad, ScaleByRss, adagrad};
pub use adam::{Adam, ScaleByAdam, adam, adamw, nadam, nadamw};
pub use adamax::{ScaleByAdamax, adamax, adamaxw};
pub use adan::{ScaleByAdan, adan};
pub use ademamix::{ScaleByAdemamix, ScaleBySimplifiedAdemamix, ademamix, simplified_ademamix};
pub use adopt::{ScaleByAdopt, adopt};
pub use amsgrad::{ScaleByAmsgrad, amsgrad};
pub use cocob::{CocobDirection, cocob};
pub use dog::{DogDirection, DowgDirection, dog, dowg};
pub use fromage::{FromageDirection, fromage};
pub use lamb::lamb;
pub use lars::{Lars, LarsDirection, lars};
pub use lbfgs::{Lbfgs, LbfgsDirection, lbfgs};
pub use lion::{ScaleByLion, lion};
pub use lookahead::{Lookahead, lookahead};
pub use madgrad::{MadgradDirection, madgrad};
pub use mechanize::{Mechanize, mechanize};
pub use momo::{MomoAdamDirection, MomoDirection, momo, momo_adam};
pub use muon::{Muon, MuonDirection, muon};
pub use noisy_sgd::{NoisyDirection, noisy_sgd};
pub use novograd::{NovogradDirection, novograd};
pub use optimistic::{
    ScaleByOptimisticAdam, ScaleByOptimisticGradient, optimistic_adam, optimistic_gradient_descent,
};
pub use polyak_sgd::{PolyakDirection, polyak_sgd};
pub use prodigy::{EstimatedDirection, dadapt_adamw, prodigy};
pub use radam::{ScaleByRadam, radam};
pub use rmsprop::{RmsProp, RmsPropDirection, ScaleByRms, ScaleByStddev, rmsprop};
pub use rprop::{ScaleByRprop, rprop};
pub use sam::{Normalize, Sam, normalize, sam};
pub use schedule_free::{ScheduleFree, schedule_free};
pub use sgd::{Sgd, SgdDirection, sgd};
pub use sign_sgd::{ScaleBySign, sign_sgd};
pub use signum::{ScaleBySignum, signum};
pub use sm3::{Sm3Direction, sm3};
pub(crate) use table::rows as operation_rows;
pub use yogi::{ScaleByYogi, yogi};

mod average;
mod descent;
mod optimizer;
#[cfg(test)]
mod reference;
mod schedule;
mod settings;
mod transform;

pub use average::AveragedWeights;
pub use descent::{Descent, Direction};
pub use optimizer::Optimizer;
pub use schedule::{
    Exponential, Interpolation, Schedule, constant, cosine_decay, cosine_decay_with,
    cosine_onecycle, exponential_decay, injected, join, linear, linear_onecycle,
    piecewise_constant, piecewise_interpolate, polynomial, sgdr, warmup_constant,
    warmup_cosine_decay, warmup_exponential_decay,
};
pub use transform::{
    Accumulate, AddDecayedWeights, ApplyIfFinite, AsElementwise, AsOptimizer, AsTransform, Chain,
    Clip, ClipByBlockRms, ClipByGlobalNorm, ElementwiseTransform, Ema, Freeze, IntoTransform,
    Masked, MultiSteps, Partition, Preconditioning, Scale, ScaleByLearningRate,
    ScaleByParamBlockRms, ScaleByTrustRatio, ScaleDown, ScaleTo, Slot, Trace, Transform, Updates,
    ZeroNans, ZoomLinesearch, apply_if_finite, clip_by_block_rms, clip_by_global_norm, every,
    freeze, masked, partition, zoom_linesearch,
};
