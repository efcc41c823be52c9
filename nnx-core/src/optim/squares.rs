//! The optimizers by name that divide gradients by the root of their squares.

use super::domain;
use super::momentum::named;
use super::rules::{ScaleByRms, ScaleByRss, ScaleByStddev, Trace};
use super::{Chain, IntoTransform, Named, ScaleByLearningRate, Schedule, Transform};

named! { RmsProp Adagrad }

/// RMSProp: `p -= rate g / √(v + eps)` with the mean `v` of squares (`optax.rmsprop`; Tieleman and
/// Hinton, 2012), with a decay of 0.9 and `eps = 1e-8`; see [`ScaleByRms`].
///
/// In PyTorch the decay `alpha` is 0.99, and `eps` is added to the root: `.decay(0.99).eps_outside()`.
///
/// ```
/// use nnx_core::{module::Init, nn::Linear, optim::{Optimizer, rmsprop}, random::Rngs, size::U3};
///
/// let model = Linear::<U3, U3>::init(&mut Rngs::new(0));
/// let optimizer = Optimizer::new(&model, rmsprop(1e-3).momentum(0.9));
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn rmsprop(learning_rate: impl Into<Schedule>) -> RmsProp {
    RmsProp {
        learning_rate: learning_rate.into(),
        scale: ScaleByRms::default(),
        centered: false,
        momentum: None,
        nesterov: false,
    }
}

/// RMSProp; see [`rmsprop`].
#[derive(Debug, Clone)]
pub struct RmsProp {
    learning_rate: Schedule,
    scale: ScaleByRms,
    centered: bool,
    momentum: Option<f64>,
    nesterov: bool,
}

impl RmsProp {
    /// The decay of the mean of squares.
    ///
    /// # Panics
    /// If it isn't within 0 to below 1.
    #[must_use]
    #[track_caller]
    pub fn decay(mut self, decay: f64) -> Self {
        self.scale.decay = domain::decay("rmsprop", "decay", decay);
        self
    }

    /// What is added to the mean of squares.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn eps(mut self, eps: f64) -> Self {
        self.scale.eps = domain::positive("rmsprop", "eps", eps);
        self
    }

    /// `eps` is added to the root instead (`eps_in_sqrt=False`).
    #[must_use]
    pub fn eps_outside(mut self) -> Self {
        self.scale.eps_in_sqrt = false;
        self
    }

    /// What the mean of squares starts with, 0 by default.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn initial_scale(mut self, initial_scale: f64) -> Self {
        self.scale.initial_scale = domain::positive("rmsprop", "initial_scale", initial_scale);
        self
    }

    /// The mean is divided by `1 - decay^t`.
    #[must_use]
    pub fn bias_correction(mut self) -> Self {
        self.scale.bias_correction = true;
        self
    }

    /// The variance stands in the place of the mean of squares; see [`ScaleByStddev`].
    #[must_use]
    pub fn centered(self) -> Self {
        Self { centered: true, ..self }
    }

    /// Momentum of the steps, the learning rate in them.
    ///
    /// # Panics
    /// If it isn't within 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn momentum(self, momentum: f64) -> Self {
        let momentum = domain::momentum("rmsprop", "momentum", momentum);
        Self { momentum: Some(momentum), ..self }
    }

    /// Nesterov's form of momentum.
    #[must_use]
    pub fn nesterov(self) -> Self {
        Self { nesterov: true, ..self }
    }
}

impl From<RmsProp> for Chain {
    fn from(rule: RmsProp) -> Self {
        let ScaleByRms { decay, eps, initial_scale, eps_in_sqrt, bias_correction } = rule.scale;
        let chain = match rule.centered {
            true => Self::new().then(ScaleByStddev {
                decay,
                eps,
                initial_scale,
                eps_in_sqrt,
                bias_correction,
            }),
            false => Self::new().then(rule.scale),
        };
        let chain = chain.then(ScaleByLearningRate::new(rule.learning_rate));
        match rule.momentum {
            Some(decay) => chain.then(Trace { decay, nesterov: rule.nesterov }),
            None => chain,
        }
    }
}

/// Adagrad: `p -= rate g / √(s + eps)` with the sum `s` of all squares (`optax.adagrad`; Duchi et al.,
/// 2011); see [`ScaleByRss`].
///
/// ```
/// use nnx_core::{module::Init, nn::Linear, optim::{Optimizer, adagrad}, random::Rngs, size::U3};
///
/// let model = Linear::<U3, U3>::init(&mut Rngs::new(0));
/// let optimizer = Optimizer::new(&model, adagrad(0.01));
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn adagrad(learning_rate: impl Into<Schedule>) -> Adagrad {
    Adagrad { learning_rate: learning_rate.into(), scale: ScaleByRss::default() }
}

/// Adagrad; see [`adagrad`].
#[derive(Debug, Clone)]
pub struct Adagrad {
    learning_rate: Schedule,
    scale: ScaleByRss,
}

impl Adagrad {
    /// What the sums of squares start with, 0.1 by default.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn initial_accumulator_value(mut self, value: f64) -> Self {
        let value = domain::positive("adagrad", "initial_accumulator_value", value);
        self.scale.initial_accumulator_value = value;
        self
    }

    /// What is added to the sum of squares, 1e-7 by default.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn eps(mut self, eps: f64) -> Self {
        self.scale.eps = domain::positive("adagrad", "eps", eps);
        self
    }
}

impl From<Adagrad> for Chain {
    fn from(rule: Adagrad) -> Self {
        Self::new().then(rule.scale).then(ScaleByLearningRate::new(rule.learning_rate))
    }
}
