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
//! To add an optimizer, write its file after the example of `lion.rs`; `mod` and a row of `optimizers!` below name it.

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
mod yogi;

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

use transform::{formula, made};

use crate::ops::{Row, number_row};

/// A row for each file of an optimizer: what of it `nnx::prelude` has, what `optim` alone has, and what of its steps is written to
/// files of recorded steps. Of an optimizer that computes by a function, and not by formulas of elements, steps are recorded but not
/// written.
macro_rules! optimizers {
    ($(
        $file:ident:
        $(prelude { $($known:ident),* $(,)? })?
        $(optim { $($other:ident),* $(,)? })?
        $(recorded { $($row:expr),* $(,)? })?;
    )*) => {
        $($(pub use self::$file::{$($known),*};)?)*
        $($(pub use self::$file::{$($other),*};)?)*

        mod in_prelude {
            $($(pub use super::$file::{$($known),*};)?)*
        }

        const RECORDED: &[Row] = &[$($($($row,)*)?)*];
    };
}

optimizers! {
    acprop: optim { ScaleByAcprop, acprop } recorded { formula::<ScaleByAcprop, _>() };
    adabelief: optim { ScaleByBelief, adabelief } recorded { formula::<ScaleByBelief, _>() };
    adadelta: optim { ScaleByAdadelta, adadelta } recorded { formula::<ScaleByAdadelta, _>() };
    adafactor:
        optim { Adafactor, AdafactorDirection, adafactor }
        recorded { number_row::<adafactor::AdafactorDecay>() };
    adagrad:
        prelude { adagrad }
        optim { Adagrad, ScaleByRss }
        recorded { formula::<ScaleByRss, _>() };
    adam:
        prelude { adam, adamw }
        optim { Adam, ScaleByAdam, nadam, nadamw }
        recorded { formula::<ScaleByAdam, _>() };
    adamax: optim { ScaleByAdamax, adamax, adamaxw } recorded { formula::<ScaleByAdamax, _>() };
    adan: optim { ScaleByAdan, adan } recorded { formula::<ScaleByAdan, _>() };
    ademamix:
        optim { ScaleByAdemamix, ScaleBySimplifiedAdemamix, ademamix, simplified_ademamix }
        recorded { formula::<ScaleByAdemamix, _>(), formula::<ScaleBySimplifiedAdemamix, _>() };
    adopt: optim { ScaleByAdopt, adopt } recorded { formula::<ScaleByAdopt, _>() };
    amsgrad: optim { ScaleByAmsgrad, amsgrad } recorded { formula::<ScaleByAmsgrad, _>() };
    cocob: optim { CocobDirection, cocob } recorded { formula::<cocob::Bet, _>() };
    dog:
        optim { DogDirection, DowgDirection, dog, dowg }
        recorded {
            number_row::<dog::DogEstimate>(),
            number_row::<dog::DowgEstimate>(),
            made::<dog::ScaleByThird, Scale, _>(),
        };
    fromage:
        optim { FromageDirection, fromage }
        recorded { made::<fromage::KeepNorm, fromage::Shrunk, _>() };
    lamb: optim { lamb };
    lars: optim { Lars, LarsDirection, lars };
    lbfgs: optim { Lbfgs, LbfgsDirection, lbfgs };
    lion: prelude { lion } optim { ScaleByLion } recorded { formula::<ScaleByLion, _>() };
    lookahead: optim { Lookahead, lookahead } recorded { formula::<lookahead::Synchronize, _>() };
    madgrad:
        optim { MadgradDirection, madgrad }
        recorded {
            number_row::<madgrad::MadgradWeight>(),
            made::<madgrad::MadgradStep, madgrad::DualAverage, _>(),
        };
    mechanize:
        optim { Mechanize, mechanize }
        recorded {
            number_row::<mechanize::MechanizedScales>(),
            made::<mechanize::MechanizedStep, mechanize::Mechanized, _>(),
        };
    momo: optim { MomoAdamDirection, MomoDirection, momo, momo_adam };
    muon:
        optim { Muon, MuonDirection, muon }
        recorded { made::<muon::ScaleByShape, ScaleTo, _>(), formula::<muon::Momentum, _>() };
    noisy_sgd:
        optim { NoisyDirection, noisy_sgd }
        recorded { number_row::<noisy_sgd::NoiseDeviation>() };
    novograd:
        optim { NovogradDirection, novograd }
        recorded {
            number_row::<novograd::NovogradAverage>(),
            made::<novograd::NovogradStep, novograd::NovogradMean, _>(),
        };
    optimistic:
        optim {
            ScaleByOptimisticAdam,
            ScaleByOptimisticGradient,
            optimistic_adam,
            optimistic_gradient_descent,
        }
        recorded {
            formula::<ScaleByOptimisticAdam, _>(),
            formula::<ScaleByOptimisticGradient, _>(),
        };
    polyak_sgd: optim { PolyakDirection, polyak_sgd };
    prodigy:
        optim { EstimatedDirection, dadapt_adamw, prodigy }
        recorded {
            number_row::<prodigy::EstimatedFactors>(),
            number_row::<prodigy::EstimatedRate>(),
            made::<prodigy::EstimatedAverages, prodigy::Averages, _>(),
            made::<prodigy::EstimatedStep, prodigy::Step, _>(),
        };
    radam: optim { ScaleByRadam, radam } recorded { formula::<ScaleByRadam, _>() };
    rmsprop:
        prelude { rmsprop }
        optim { RmsProp, RmsPropDirection, ScaleByRms, ScaleByStddev }
        recorded { formula::<ScaleByRms, _>(), formula::<ScaleByStddev, _>() };
    rprop: optim { ScaleByRprop, rprop } recorded { formula::<ScaleByRprop, _>() };
    sam:
        optim { Normalize, Sam, normalize, sam }
        recorded { made::<Normalize, ScaleDown, _>(), formula::<sam::Return, _>() };
    schedule_free:
        optim { ScheduleFree, schedule_free }
        recorded {
            number_row::<schedule_free::ScheduleFreeWeights>(),
            made::<schedule_free::ScheduleFreeAverage, schedule_free::Average, _>(),
        };
    sgd: prelude { sgd } optim { Sgd, SgdDirection };
    sign_sgd: optim { ScaleBySign, sign_sgd } recorded { formula::<ScaleBySign, _>() };
    signum: optim { ScaleBySignum, signum } recorded { formula::<ScaleBySignum, _>() };
    sm3: optim { Sm3Direction, sm3 } recorded { made::<sm3::Sm3Mean, sm3::Sm3Mean, _>() };
    yogi: optim { ScaleByYogi, yogi } recorded { formula::<ScaleByYogi, _>() };
}

/// What files of programs may have of optimizers.
pub(crate) fn operation_rows() -> impl Iterator<Item = Row> {
    RECORDED.iter().chain(transform::RECORDED).copied()
}

/// What `nnx::prelude` has of this module. It leaves out `linear`, `constant`, `join` and others, whose names are unclear alone: write
/// `optim::join(..)`.
#[doc(hidden)]
pub mod prelude {
    pub use super::in_prelude::*;
    pub use super::{
        AddDecayedWeights, AveragedWeights, Chain, Clip, Optimizer, Schedule, clip_by_global_norm,
        cosine_decay, every, exponential_decay, freeze, masked, partition, warmup_cosine_decay,
    };
}
