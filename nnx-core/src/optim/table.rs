//! The table of what the programs of recorded steps have of optimizers. An optimizer whose direction is elementwise is its file
//! and a row here. One that isn't in it, because it computes by a function, can be recorded but not written to a file.

use super::transform::{
    AddToParameter, Bounded, GlobalNorm, LearningRate, ScaleByNumber, ZeroNans, formula, made,
};
use super::*;
use crate::ops::{Row, number_row};

/// The rows of all updates of optimizers, and of the functions that compute their numbers.
pub(crate) fn rows() -> impl Iterator<Item = Row> {
    ROWS.iter().copied()
}

const ROWS: &[Row] = &[
    number_row::<LearningRate>(),
    number_row::<GlobalNorm>(),
    made::<ScaleByNumber, Scale, 0>(),
    made::<ClipByGlobalNorm, ScaleDown, 0>(),
    formula::<AddDecayedWeights, _>(),
    formula::<AddToParameter, _>(),
    formula::<Bounded, _>(),
    formula::<Clip, _>(),
    formula::<Ema, _>(),
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
    formula::<ScaleByYogi, _>(),
    formula::<Trace, _>(),
    formula::<ZeroNans, _>(),
];
