//! The options of the dice losses, and their formula.

use super::finite_setting;
use crate::ops::DynTensor;

/// The options of the dice losses, with optax's defaults: logits, `smooth` 1, and both weights 1/2.
///
/// ```
/// use nnx_core::nn::DiceOptions;
///
/// let tversky = DiceOptions::default().false_positives(0.3).false_negatives(0.7).smooth(1e-5);
/// assert_ne!(tversky, DiceOptions::default());
/// assert_ne!(DiceOptions::default().of_probabilities(), DiceOptions::default());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DiceOptions {
    smooth: f64,
    false_positives: f64,
    false_negatives: f64,
    logits: bool,
}

impl Default for DiceOptions {
    fn default() -> Self {
        Self { smooth: 1.0, false_positives: 0.5, false_negatives: 0.5, logits: true }
    }
}

impl DiceOptions {
    /// The constant that is added to numerator and denominator: 1 by default. With 0, a class that is neither predicted
    /// nor in the targets has a loss of NaN.
    ///
    /// # Panics
    /// If it is infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn smooth(self, smooth: f64) -> Self {
        Self { smooth: finite_setting("DiceOptions", "smooth", smooth), ..self }
    }

    /// The weight of false positives (`alpha` in optax): 1/2 by default.
    ///
    /// # Panics
    /// If it is infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn false_positives(self, weight: f64) -> Self {
        let weight = finite_setting("DiceOptions", "false_positives", weight);
        Self { false_positives: weight, ..self }
    }

    /// The weight of false negatives (`beta` in optax): 1/2 by default.
    ///
    /// # Panics
    /// If it is infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn false_negatives(self, weight: f64) -> Self {
        let weight = finite_setting("DiceOptions", "false_negatives", weight);
        Self { false_negatives: weight, ..self }
    }

    /// The predictions are probabilities and not logits (`apply_softmax=False`). Unlike optax, nnx doesn't check that
    /// they add up to 1: several classes may share a pixel.
    #[must_use]
    pub fn of_probabilities(self) -> Self {
        Self { logits: false, ..self }
    }

    /// The probabilities of classes.
    pub(super) fn probabilities(self, x: DynTensor) -> DynTensor {
        match x.dims().last() {
            _ if !self.logits => x,
            Some(1) => x.sigmoid(),
            _ => x.softmax(),
        }
    }

    /// The probabilities of one class.
    pub(super) fn probabilities_of_one_class(self, x: DynTensor) -> DynTensor {
        if self.logits { x.sigmoid() } else { x }
    }

    /// `1 - (I + s) / (I + α FP + β FN + s)`, as a quotient that loses no digits where the overlap is good. The sums
    /// are over the axes between the first and the last `kept`.
    pub(super) fn loss(self, p: &DynTensor, t: &DynTensor, kept: usize) -> DynTensor {
        let axes: Vec<usize> = (1..p.rank() - kept).collect();
        let both = p * t;
        let false_positives = (p - &both).sum(&axes).mul_scalar(self.false_positives);
        let false_negatives = (t - &both).sum(&axes).mul_scalar(self.false_negatives);
        let missed = false_positives + false_negatives;
        &missed / &(both.sum(&axes) + missed.clone()).add_scalar(self.smooth)
    }
}
