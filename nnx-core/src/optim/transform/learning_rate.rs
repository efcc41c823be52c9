//! The last transform of an optimizer: the learning rate.

use super::{Scale, Transform, Updates, entry, makes, number};
use crate::array::{Array, ShapeError};
use crate::module::{AnyVariable, DynVariable, Module, ModuleVisitor, State, Visitor, VisitorMut};
use crate::ops::{
    AttributeValue, Attributes, NumberFunction, Signature, Takes, check_numbers, numbers_of,
};
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
            Some(rate) => numbers_of(
                LearningRate { schedule: None, delay: 0 },
                vec![step, rate.array().clone()],
                1,
            ),
            None => rate_of(&self.schedule, step, 0),
        }
    }

    fn at(&self, step: u64) -> f64 {
        match &self.injected {
            Some(rate) => rate.array().slice::<f64>()[0],
            None => self.schedule.at(step),
        }
    }
}

/// The rate that a schedule has `delay` steps after a step, as `(1,)` of f64, after a check.
///
/// # Panics
/// If it is negative, infinite or NaN.
#[track_caller]
pub(in crate::optim) fn rate_of(schedule: &Schedule, step: Array, delay: u64) -> Array {
    numbers_of(LearningRate { schedule: Some(schedule.clone()), delay }, vec![step], 1)
}

/// The rate of a step, or the injected one, the second input, if there is no schedule.
#[derive(Debug, AttributeValue)]
pub(in crate::optim) struct LearningRate {
    schedule: Option<Schedule>,
    delay: u64,
}

impl NumberFunction for LearningRate {
    fn name(&self) -> &'static str {
        "learning_rate"
    }
    fn check(&self, inputs: &[Signature], count: usize) -> Result<(), ShapeError> {
        let injected = usize::from(self.schedule.is_none());
        let takes = [(Takes::Counter, 1), (Takes::Number, injected)];
        check_numbers(self.name(), inputs, count, &takes, 1)
    }
    fn compute(&self, inputs: &[Array], out: &mut [f64]) {
        let step: u64 = inputs[0].contiguous().slice::<u32>()[0].into();
        let rate = match &self.schedule {
            Some(schedule) => schedule.at(step.saturating_add(self.delay)),
            None => inputs.get(1).map_or(f64::NAN, number),
        };
        out[0] = settings::learning_rate(format_args!("step {step}"), rate);
    }
    fn may_panic(&self) -> bool {
        true
    }
    fn attributes(&self) -> Option<Attributes> {
        Attributes::of(self)
    }
}

/// Scaling by a number, with a sign.
#[derive(Debug, AttributeValue)]
pub(in crate::optim) struct ScaleByNumber {
    sign: f64,
}

makes!(ScaleByNumber => Scale, numbers 1, |settings, inputs| Scale { factor: settings.sign * inputs.numbers[0] });

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
        updates.apply_made(rate, ScaleByNumber { sign }, []);
    }
    fn learning_rate(&self, step: u64) -> Option<f64> {
        Some(self.at(step))
    }
}
