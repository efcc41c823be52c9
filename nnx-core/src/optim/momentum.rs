//! The optimizers by name that go along gradients, with or without momentum.

use super::domain;
use super::norms::ScaleByTrustRatio;
use super::rules::{AddDecayedWeights, Trace};
use super::{Chain, IntoTransform, Named, ScaleByLearningRate, Schedule, Transform, masked};
use crate::module::Filter;

/// An optimizer stands in a chain as a chain of its own.
macro_rules! named {
    ($($rule:ident)*) => { $(
        impl IntoTransform<Named> for $rule {
            fn boxed(self) -> Box<dyn Transform> {
                Box::new(Chain::from(self))
            }
        }
    )* };
}
pub(super) use named;

named! { Sgd Lars }

/// Stochastic gradient descent: `p -= rate g` (`optax.sgd`). Give it momentum with
/// [`momentum`](Sgd::momentum).
///
/// ```
/// use nnx_core::optim::sgd;
///
/// let rule = sgd(0.1).momentum(0.9).nesterov();
/// # let _ = rule;
/// ```
#[must_use]
pub fn sgd(learning_rate: impl Into<Schedule>) -> Sgd {
    Sgd { learning_rate: learning_rate.into(), momentum: None, nesterov: false }
}

/// Stochastic gradient descent; see [`sgd`].
#[derive(Debug, Clone)]
pub struct Sgd {
    learning_rate: Schedule,
    momentum: Option<f64>,
    nesterov: bool,
}

impl Sgd {
    /// How much of the last step stays; there is none by default.
    ///
    /// # Panics
    /// If it isn't within 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn momentum(self, momentum: f64) -> Self {
        let momentum = domain::momentum("sgd", "momentum", momentum);
        Self { momentum: Some(momentum), ..self }
    }

    /// Nesterov's form of momentum, which looks ahead; without momentum it changes nothing, as in optax.
    #[must_use]
    pub fn nesterov(self) -> Self {
        Self { nesterov: true, ..self }
    }
}

impl From<Sgd> for Chain {
    fn from(rule: Sgd) -> Self {
        let chain = match rule.momentum {
            Some(decay) => Self::new().then(Trace { decay, nesterov: rule.nesterov }),
            None => Self::new(),
        };
        chain.then(ScaleByLearningRate::new(rule.learning_rate))
    }
}

/// Momentum by layers, for large batches: each gradient is scaled to the norm of its parameter
/// (`optax.lars`; You et al., 2017), with a trust coefficient of 0.001, momentum 0.9 and no decay. See
/// [`ScaleByTrustRatio`].
///
/// ```
/// use nnx_core::{module::Init, nn::Linear, optim::{Optimizer, lars}, random::Rngs, size::U3};
///
/// let model = Linear::<U3, U3>::init(&mut Rngs::new(0));
/// let optimizer = Optimizer::new(&model, lars(0.1).weight_decay(1e-4));
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn lars(learning_rate: impl Into<Schedule>) -> Lars {
    Lars {
        learning_rate: learning_rate.into(),
        weight_decay: 0.0,
        decayed: Filter::everything(),
        trust: ScaleByTrustRatio { trust_coefficient: 1e-3, ..ScaleByTrustRatio::default() },
        trusted: Filter::everything(),
        trace: Trace::default(),
    }
}

/// Momentum by layers; see [`lars`].
#[derive(Debug, Clone)]
pub struct Lars {
    learning_rate: Schedule,
    weight_decay: f64,
    decayed: Filter,
    trust: ScaleByTrustRatio,
    trusted: Filter,
    trace: Trace,
}

impl Lars {
    /// The weight decay, which is added to the gradient.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn weight_decay(self, weight_decay: f64) -> Self {
        let weight_decay = domain::positive("lars", "weight_decay", weight_decay);
        Self { weight_decay, ..self }
    }

    /// The parameters that decay, all by default (`weight_decay_mask`).
    #[must_use]
    pub fn decay_only(self, filter: Filter) -> Self {
        Self { decayed: filter, ..self }
    }

    /// The factor before the ratio of the norms, and what is added to the norm of the gradient.
    ///
    /// # Panics
    /// If one is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn trust(mut self, trust_coefficient: f64, eps: f64) -> Self {
        (self.trust.trust_coefficient, self.trust.eps) = (trust_coefficient, eps);
        self.trust.check("lars");
        self
    }

    /// The parameters whose gradients are scaled, all by default (`trust_ratio_mask`).
    #[must_use]
    pub fn trust_only(self, filter: Filter) -> Self {
        Self { trusted: filter, ..self }
    }

    /// How much of the last step stays.
    ///
    /// # Panics
    /// If it isn't within 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.trace.decay = domain::momentum("lars", "momentum", momentum);
        self
    }

    /// Nesterov's form of momentum.
    #[must_use]
    pub fn nesterov(mut self) -> Self {
        self.trace.nesterov = true;
        self
    }
}

impl From<Lars> for Chain {
    fn from(rule: Lars) -> Self {
        Self::new()
            .then(masked(rule.decayed, AddDecayedWeights { decay: rule.weight_decay }))
            .then(masked(rule.trusted, rule.trust))
            .then(ScaleByLearningRate::new(rule.learning_rate))
            .then(rule.trace)
    }
}
