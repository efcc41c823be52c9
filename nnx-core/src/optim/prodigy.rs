//! Prodigy and D-Adaptation: Adam that estimates its learning rate. `estimate` computes the estimates and the steps.

mod estimate;

use estimate::Estimated;
pub(super) use estimate::{
    Averages, EstimatedAverages, EstimatedFactors, EstimatedRate, EstimatedStep, Step,
};

use super::descent::methods;
use super::{Chain, Descent, Direction, ScaleByLearningRate, Schedule, Slot, settings};
use crate::module::Variable;
use crate::tensor::Tensor;

/// The direction of [`prodigy`] and of [`dadapt_adamw`].
#[derive(Debug, Clone, Copy)]
pub struct EstimatedDirection {
    b1: f64,
    b2: f64,
    eps: f64,
    estimator: Estimator,
    estim_lr0: f64,
    estim_lr_coef: f64,
    safeguard_warmup: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, crate::ops::AttributeValue)]
pub(in crate::optim) enum Estimator {
    Prodigy,
    DAdapt,
}

/// Prodigy: [`adamw`](super::adamw) whose learning rate is `η d`, with an estimate d of the distance to the solution that
/// only grows. The argument `η` is 1 for most models, and may be a schedule.
///
/// With `λ = η d √(1 - b2^t) / (1 - b1^t)`, the start `p₀`, `b3 = √b2`, and sums over all parameters,
/// `r ← b3 r + d / d₀ λ ⟨g, p₀ - p⟩`, `s ← b3 s + λ d g / d₀`, `d ← max(d, r / ‖s‖₁)`. The moving averages are those of
/// Adam of `d g`, and `p ← p - λ (m / (√v + d eps) + weight_decay p)`.
///
/// | | |
/// |---|---|
/// | defaults | `b1 = 0.9`, `b2 = 0.999`, `eps = 1e-8`, `d₀ = estim_lr0 = 1e-6`, no weight decay |
/// | slots | `exp_avg`, `exp_avg_sq`, `grad_sum` for s, `params0`; `estim_lr` for d, `numerator_weighted` for r |
/// | optax | `contrib.prodigy`, where `beta3` is an argument |
/// | PyTorch | none; `prodigyopt` |
/// | source | Mishchenko and Defazio, 2023 |
///
/// ```
/// let optimizer = nnx_core::optim::prodigy(1.0).weight_decay(0.01).safeguard_warmup();
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn prodigy(learning_rate: impl Into<Schedule>) -> Descent<EstimatedDirection> {
    Descent::named("prodigy", EstimatedDirection::new(Estimator::Prodigy), learning_rate)
}

/// D-Adaptation: [`adamw`](super::adamw) whose learning rate is `η d`, with an estimate d of the distance to the solution
/// that only grows. The argument `η` is 1 for most models, and may be a schedule.
///
/// With `λ = η d √(1 - b2^t) / (1 - b1^t)`, `c = √b2`, and sums over all parameters,
/// `r ← c r + (1 - c) λ ⟨g, s / (√v + eps)⟩`, `s ← c s + (1 - c) λ g`, `d ← max(d, r / ((1 - c) ‖s‖₁))`. `v` is the moving
/// average of squares, `m ← b1 m + (1 - b1) λ g`, and `p ← p - m / (√v + eps) - λ weight_decay p`.
///
/// | | |
/// |---|---|
/// | defaults | `b1 = 0.9`, `b2 = 0.999`, `eps = 1e-8`, `d₀ = estim_lr0 = 1e-6`, no weight decay |
/// | slots | `exp_avg` for m, `exp_avg_sq` for v, `grad_sum` for s; `estim_lr` for d, `numerator_weighted` for r |
/// | optax | `contrib.dadapt_adamw` |
/// | PyTorch | none; `dadaptation` |
/// | source | Defazio and Mishchenko, 2023 |
///
/// ```
/// let optimizer = nnx_core::optim::dadapt_adamw(1.0).estim_lr0(1e-5);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn dadapt_adamw(learning_rate: impl Into<Schedule>) -> Descent<EstimatedDirection> {
    Descent::named("dadapt_adamw", EstimatedDirection::new(Estimator::DAdapt), learning_rate)
}

impl EstimatedDirection {
    fn new(estimator: Estimator) -> Self {
        Self {
            b1: 0.9,
            b2: 0.999,
            eps: 1e-8,
            estimator,
            estim_lr0: 1e-6,
            estim_lr_coef: 1.0,
            safeguard_warmup: false,
        }
    }
}
methods! { EstimatedDirection: betas eps weight_decay_of_all }

impl Descent<EstimatedDirection> {
    /// The first estimate d₀.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN, or 0.
    #[must_use]
    #[track_caller]
    pub fn estim_lr0(mut self, estimate: f64) -> Self {
        self.direction.estim_lr0 = settings::non_negative(self.name, "estim_lr0", estimate);
        assert!(estimate > 0.0, "{}: `estim_lr0` is 0, so that no step is made", self.name);
        self
    }

    /// The factor of the estimates of [`prodigy`].
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn estim_lr_coef(mut self, factor: f64) -> Self {
        self.direction.estim_lr_coef = settings::non_negative(self.name, "estim_lr_coef", factor);
        self
    }

    /// Leaves the learning rate out of the denominator of [`prodigy`]'s estimates, for schedules with a warm-up.
    #[must_use]
    pub fn safeguard_warmup(mut self) -> Self {
        self.direction.safeguard_warmup = true;
        self
    }
}

impl Direction for EstimatedDirection {
    fn into_chain(optimizer: Descent<Self>) -> Chain {
        let settings = optimizer.direction;
        Chain::new().then(Estimated {
            settings,
            weight_decay: optimizer.weight_decay,
            rate: ScaleByLearningRate::new(optimizer.learning_rate),
            exp_avg: Slot::new(0.0),
            exp_avg_sq: Slot::new(0.0),
            grad_sum: Slot::new(0.0),
            params0: Slot::new(0.0),
            estim_lr: Variable::new(Tensor::from(settings.estim_lr0)),
            numerator_weighted: Variable::new(Tensor::from(0.0)),
        })
    }
}
