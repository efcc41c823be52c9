//! Learning-rate schedules: functions of the step.
//!
//! Steps are counted from 0. After its last step a schedule keeps its final value.

mod curve;
mod curves;
mod pieces;
mod warmup;

pub use curves::{
    Exponential, cosine_decay, cosine_decay_with, exponential_decay, linear, polynomial,
};
pub use pieces::{
    Interpolation, cosine_onecycle, join, linear_onecycle, piecewise_constant,
    piecewise_interpolate,
};
pub use warmup::{sgdr, warmup_constant, warmup_cosine_decay, warmup_exponential_decay};

use super::settings;
use crate::ops::{Attribute, AttributeError, AttributeValue, Operations};
use curve::Curve;
use std::fmt;
use std::sync::Arc;

/// A learning rate for each step, counted from 0. A number converts to a constant schedule.
///
/// ```
/// use nnx_core::optim::{Schedule, warmup_cosine_decay};
///
/// let schedule = warmup_cosine_decay(0.0, 1.0, 10, 110, 0.0);
/// assert_eq!([0, 5, 10, 60, 110].map(|step| schedule.at(step)), [0.0, 0.5, 1.0, 0.5, 0.0]);
/// assert_eq!(Schedule::from(0.1).at(1000), 0.1);
/// ```
#[derive(Clone)]
pub struct Schedule(Rate);

#[derive(Clone)]
enum Rate {
    OfStep(Arc<dyn Fn(u64) -> f64 + Send + Sync>),
    Curve(Arc<Curve>),
    Injected(f64),
}

impl Schedule {
    /// A custom schedule: `rate` maps the step, counted from 0, to the learning rate.
    pub fn new(rate: impl Fn(u64) -> f64 + Send + Sync + 'static) -> Self {
        Self(Rate::OfStep(Arc::new(rate)))
    }

    fn of(curve: Curve) -> Self {
        Self(Rate::Curve(Arc::new(curve)))
    }

    /// The learning rate of a step.
    #[must_use]
    pub fn at(&self, step: u64) -> f64 {
        match &self.0 {
            Rate::OfStep(rate) => rate(step),
            Rate::Curve(curve) => curve.at(step),
            Rate::Injected(rate) => *rate,
        }
    }

    /// Delays the schedule by `steps`; until then it has its first value (`transition_begin`).
    ///
    /// ```
    /// use nnx_core::optim::linear;
    ///
    /// let schedule = linear(1.0, 0.0, 10).begin(5);
    /// assert_eq!([0, 5, 10, 15].map(|step| schedule.at(step)), [1.0, 1.0, 0.5, 0.0]);
    /// ```
    #[must_use]
    pub fn begin(self, steps: u64) -> Self {
        Self::of(Curve::Delayed { schedule: self, steps })
    }

    /// The first value of an [`injected`] rate; `None` for all other schedules.
    pub(super) fn as_injected(&self) -> Option<f64> {
        match self.0 {
            Rate::OfStep(_) | Rate::Curve(_) => None,
            Rate::Injected(rate) => Some(rate),
        }
    }
}

/// A schedule of a function of the user can't be written.
impl AttributeValue for Schedule {
    const TYPE: &'static str = "a schedule";
    fn to_attribute(&self) -> Option<Attribute> {
        match &self.0 {
            Rate::Curve(curve) => curve.to_attribute(),
            Rate::OfStep(_) | Rate::Injected(_) => None,
        }
    }
    fn from_attribute(attribute: &Attribute, of: &Operations) -> Result<Self, AttributeError> {
        Curve::from_attribute(attribute, of).map(Self::of)
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Schedule({} at step 0)", self.at(0))
    }
}

impl From<f64> for Schedule {
    /// # Panics
    /// If the rate is negative, infinite or NaN.
    fn from(rate: f64) -> Self {
        settings::learning_rate(format_args!("optimizer"), rate);
        Self::of(Curve::Constant { rate })
    }
}

/// The same rate at every step (`optax.constant_schedule`).
///
/// ```
/// use nnx_core::optim::constant;
///
/// let schedule = constant(0.1);
/// assert_eq!([0, 1000].map(|step| schedule.at(step)), [0.1, 0.1]);
/// ```
///
/// # Panics
/// If it is negative, infinite or NaN.
#[must_use]
#[track_caller]
pub fn constant(rate: f64) -> Schedule {
    settings::learning_rate(format_args!("constant"), rate);
    rate.into()
}

/// A learning rate that starts at `rate` and that the program sets between steps, by
/// [`set_learning_rate`](super::Optimizer::set_learning_rate) (`optax.inject_hyperparams`; in PyTorch
/// `group["lr"] = ..`). It is a variable of the optimizer, and saved with it.
///
/// ```
/// use nnx_core::{module::Init, nn::Linear, optim::{Optimizer, adam, injected}};
/// use nnx_core::{random::Rngs, size::U3};
///
/// let model = Linear::<U3, U3>::init(&mut Rngs::new(0));
/// let mut optimizer = Optimizer::new(&model, adam(injected(1e-3)));
/// optimizer.set_learning_rate(1e-4);
/// ```
///
/// # Panics
/// If it is negative, infinite or NaN.
#[must_use]
#[track_caller]
pub fn injected(rate: f64) -> Schedule {
    settings::learning_rate(format_args!("injected"), rate);
    Schedule(Rate::Injected(rate))
}
