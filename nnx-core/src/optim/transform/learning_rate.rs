//! The last transform of an optimizer: the learning rate.

use super::{Scale, Transform, Updates, entry, number};
use crate::array::Array;
use crate::module::{AnyVariable, DynVariable, Module, ModuleVisitor, State, Visitor, VisitorMut};
use crate::ops::checked_numbers;
use crate::optim::{Schedule, settings};

/// Multiplies each update by minus the learning rate of the step (`optax.scale_by_learning_rate`).
///
/// The value of an [`injected`](crate::optim::injected) rate is a variable, `learning_rate`.
///
/// ```
/// use nnx_core::optim::{Chain, ScaleByAdam, ScaleByLearningRate, cosine_decay};
///
/// let rate = ScaleByLearningRate::new(cosine_decay(1e-3, 1000, 0.0));
/// let chain = Chain::new().then(ScaleByAdam::default()).then(rate);
/// # let _ = chain;
/// ```
///
/// # Panics
/// During a step for which the schedule returns a rate that is negative, infinite or NaN.
#[derive(Debug, Clone)]
pub struct ScaleByLearningRate {
    schedule: Schedule,
    injected: Option<DynVariable>,
    /// The sign of the factor.
    sign: f64,
}

/// The name of the variable of an injected rate.
pub(in crate::optim) const LEARNING_RATE: &str = "learning_rate";

impl ScaleByLearningRate {
    /// Uses this rate: a constant or a schedule.
    #[must_use]
    pub fn new(rate: impl Into<Schedule>) -> Self {
        let schedule = rate.into();
        let variable = |rate| DynVariable::from(entry(Array::scalar::<f64>(rate)));
        let injected = schedule.as_injected().map(variable);
        Self { schedule, injected, sign: -1.0 }
    }

    /// Multiplies by the learning rate without changing the sign (`flip_sign=False` in optax).
    pub(in crate::optim) fn upward(rate: impl Into<Schedule>) -> Self {
        Self { sign: 1.0, ..Self::new(rate) }
    }

    /// The rate of a step, `()` of u32 and counted from 0, as `(1,)` of f64.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[track_caller]
    pub(in crate::optim) fn rate(&self, step: Array) -> Array {
        match &self.injected {
            Some(rate) => checked_rate(step, Some(rate.array().clone()), |_, injected| injected),
            None => {
                let schedule = self.schedule.clone();
                checked_rate(step, None, move |step, _| schedule.at(step))
            }
        }
    }

    fn at(&self, step: u64) -> f64 {
        match &self.injected {
            Some(rate) => rate.array().slice::<f64>()[0],
            None => self.schedule.at(step),
        }
    }
}

/// A rate of a step and of an injected rate, `(1,)` of f64, after a check.
#[track_caller]
pub(in crate::optim) fn checked_rate(
    step: Array,
    injected: Option<Array>,
    rate: impl Fn(u64, f64) -> f64 + Send + Sync + 'static,
) -> Array {
    let inputs = [step].into_iter().chain(injected).collect();
    checked_numbers("learning_rate", inputs, 1, move |inputs, out| {
        let step = inputs[0].contiguous().slice::<u32>()[0].into();
        let injected = inputs.get(1).map_or(f64::NAN, number);
        out[0] = settings::learning_rate(format_args!("step {step}"), rate(step, injected));
    })
}

impl Module for ScaleByLearningRate {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        visitor.enter(self);
        self.injected.iter().for_each(|rate| visitor.field(LEARNING_RATE, rate));
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        self.injected.iter_mut().for_each(|rate| visitor.field(LEARNING_RATE, rate));
    }
    fn visit_modules(&mut self, visitor: &mut ModuleVisitor<'_>)
    where
        Self: 'static,
    {
        visitor.enter(self);
        self.injected.iter_mut().for_each(|rate| visitor.field(LEARNING_RATE, rate));
    }
}

impl Transform for ScaleByLearningRate {
    fn init(&mut self, _: &State) {}
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        let (rate, sign) = (self.rate(updates.count()), self.sign);
        updates.apply_computed(rate, move |rate| Scale { factor: sign * rate[0] }, []);
    }
    fn learning_rate(&self, step: u64) -> Option<f64> {
        Some(self.at(step))
    }
}
