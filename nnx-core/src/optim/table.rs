//! The table of what the programs of recorded steps have of optimizers. An optimizer whose direction is elementwise is its file
//! and a row here. One that isn't in it, because it computes by a function, can be recorded but not written to a file.

use super::adafactor::AdafactorDecay;
use super::cocob::Bet;
use super::dog::{DogEstimate, DowgEstimate, ScaleByThird};
use super::fromage::{KeepNorm, Shrunk};
use super::lookahead::Synchronize;
use super::madgrad::{DualAverage, MadgradStep, MadgradWeight};
use super::mechanize::{Mechanized, MechanizedScales, MechanizedStep};
use super::muon::{Momentum, ScaleByShape};
use super::noisy_sgd::NoiseDeviation;
use super::novograd::{NovogradAverage, NovogradMean, NovogradStep};
use super::prodigy::{
    Averages, EstimatedAverages, EstimatedFactors, EstimatedRate, EstimatedStep, Step,
};
use super::sam::Return;
use super::schedule_free::{Average, ScheduleFreeAverage, ScheduleFreeWeights};
use super::sm3::Sm3Mean;
use super::transform::{
    AddToParameter, Bounded, FiniteFlags, FrobeniusNorm, GlobalNorm, LearningRate, ScaleByNumber,
    formula, made,
};
use super::*;
use crate::ops::{Row, number_row};

/// The rows of all updates of optimizers, and of the functions that compute their numbers.
pub(crate) fn rows() -> impl Iterator<Item = Row> {
    ROWS.iter().copied()
}

const ROWS: &[Row] = &[
    number_row::<AdafactorDecay>(),
    number_row::<DogEstimate>(),
    number_row::<DowgEstimate>(),
    number_row::<EstimatedFactors>(),
    number_row::<EstimatedRate>(),
    number_row::<FiniteFlags>(),
    number_row::<MechanizedScales>(),
    number_row::<FrobeniusNorm>(),
    number_row::<GlobalNorm>(),
    number_row::<LearningRate>(),
    number_row::<MadgradWeight>(),
    number_row::<NoiseDeviation>(),
    number_row::<NovogradAverage>(),
    number_row::<ScheduleFreeWeights>(),
    made::<ClipByBlockRms, ScaleDown, _>(),
    made::<ClipByGlobalNorm, ScaleDown, _>(),
    made::<EstimatedAverages, Averages, _>(),
    made::<EstimatedStep, Step, _>(),
    made::<KeepNorm, Shrunk, _>(),
    made::<MechanizedStep, Mechanized, _>(),
    made::<MadgradStep, DualAverage, _>(),
    made::<Normalize, ScaleDown, _>(),
    made::<NovogradStep, NovogradMean, _>(),
    made::<ScaleByNumber, Scale, _>(),
    made::<ScaleByParamBlockRms, ScaleTo, _>(),
    made::<ScaleByShape, ScaleTo, _>(),
    made::<ScaleByThird, Scale, _>(),
    made::<ScaleByTrustRatio, ScaleTo, _>(),
    made::<ScheduleFreeAverage, Average, _>(),
    made::<Sm3Mean, Sm3Mean, _>(),
    formula::<Accumulate, _>(),
    formula::<AddDecayedWeights, _>(),
    formula::<AddToParameter, _>(),
    formula::<Bet, _>(),
    formula::<Bounded, _>(),
    formula::<Clip, _>(),
    formula::<Ema, _>(),
    formula::<Momentum, _>(),
    formula::<Return, _>(),
    formula::<Scale, _>(),
    formula::<ScaleByAcprop, _>(),
    formula::<ScaleByAdadelta, _>(),
    formula::<ScaleByAdam, _>(),
    formula::<ScaleByAdamax, _>(),
    formula::<ScaleByAdan, _>(),
    formula::<ScaleByAdemamix, _>(),
    formula::<ScaleByAdopt, _>(),
    formula::<ScaleByAmsgrad, _>(),
    formula::<ScaleByBelief, _>(),
    formula::<ScaleByLion, _>(),
    formula::<ScaleByOptimisticAdam, _>(),
    formula::<ScaleByOptimisticGradient, _>(),
    formula::<ScaleByRadam, _>(),
    formula::<ScaleByRms, _>(),
    formula::<ScaleByRprop, _>(),
    formula::<ScaleByRss, _>(),
    formula::<ScaleBySign, _>(),
    formula::<ScaleBySignum, _>(),
    formula::<ScaleBySimplifiedAdemamix, _>(),
    formula::<ScaleByStddev, _>(),
    formula::<ScaleByYogi, _>(),
    formula::<Synchronize, _>(),
    formula::<Trace, _>(),
    formula::<ZeroNans, _>(),
];
