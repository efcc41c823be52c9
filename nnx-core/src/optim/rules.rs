//! The optimizers by name.

use super::{AddDecayedWeights, Chain, ScaleByAdam, ScaleByLearningRate, Schedule, Trace};

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
    #[must_use]
    pub fn momentum(self, momentum: f64) -> Self {
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
        chain.then(ScaleByLearningRate(rule.learning_rate))
    }
}

/// Adam (`optax.adam`; Kingma and Ba, 2015), with `b1 = 0.9`, `b2 = 0.999`, `eps = 1e-8`; see
/// [`ScaleByAdam`] for the formula.
#[must_use]
pub fn adam(learning_rate: impl Into<Schedule>) -> Adam {
    let direction = ScaleByAdam { b1: 0.9, b2: 0.999, eps: 1e-8 };
    Adam { learning_rate: learning_rate.into(), direction, weight_decay: 0.0 }
}

/// Adam with decoupled weight decay, 1e-4 by default (`optax.adamw`; Loshchilov and Hutter, 2019):
/// `p -= rate (direction + decay p)`.
#[must_use]
pub fn adamw(learning_rate: impl Into<Schedule>) -> Adam {
    adam(learning_rate).weight_decay(1e-4)
}

/// Adam, with or without weight decay; see [`adam`] and [`adamw`].
#[derive(Debug, Clone)]
pub struct Adam {
    learning_rate: Schedule,
    direction: ScaleByAdam,
    weight_decay: f64,
}

impl Adam {
    /// The decays of the means of gradients and of their squares.
    #[must_use]
    pub fn betas(mut self, b1: f64, b2: f64) -> Self {
        (self.direction.b1, self.direction.b2) = (b1, b2);
        self
    }

    /// What is added to the root in the denominator.
    #[must_use]
    pub fn eps(mut self, eps: f64) -> Self {
        self.direction.eps = eps;
        self
    }

    /// The decoupled weight decay.
    #[must_use]
    pub fn weight_decay(self, weight_decay: f64) -> Self {
        Self { weight_decay, ..self }
    }
}

impl From<Adam> for Chain {
    fn from(rule: Adam) -> Self {
        let chain = Self::new().then(rule.direction);
        let chain = match rule.weight_decay {
            0.0 => chain,
            decay => chain.then(AddDecayedWeights { decay }),
        };
        chain.then(ScaleByLearningRate(rule.learning_rate))
    }
}
