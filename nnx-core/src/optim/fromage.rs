//! Fromage.

use super::transform::{ScaleByTrustRatio, elementwise, makes};
use super::{
    Chain, Descent, Direction, ScaleByLearningRate, Schedule, Transform, Updates, settings,
};
use crate::module::State;

/// The direction of [`fromage`].
#[derive(Debug, Clone, Copy)]
pub struct FromageDirection {
    min_norm: f64,
}

/// Fromage: each parameter array moves by the same share of its norm, `p ← (p - η ‖p‖ g / ‖g‖) / √(1 + η²)`. A learning
/// rate of 0.01 suits most models.
///
/// | | |
/// |---|---|
/// | defaults | norms below `min_norm = 1e-6` count as this |
/// | slots | none |
/// | optax | `fromage` |
/// | PyTorch | none |
/// | source | Bernstein et al., 2020 |
///
/// ```
/// let optimizer = nnx_core::optim::fromage(0.01).min_norm(1e-4);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn fromage(learning_rate: impl Into<Schedule>) -> Descent<FromageDirection> {
    Descent::named("fromage", FromageDirection { min_norm: 1e-6 }, learning_rate)
}

impl Descent<FromageDirection> {
    /// Norms below this count as this.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn min_norm(mut self, min_norm: f64) -> Self {
        self.direction.min_norm = settings::non_negative(self.name, "min_norm", min_norm);
        self
    }
}

impl Direction for FromageDirection {
    fn into_chain(optimizer: Descent<Self>) -> Chain {
        let min_norm = optimizer.direction.min_norm;
        Chain::new()
            .then(ScaleByTrustRatio { min_norm, ..ScaleByTrustRatio::default() })
            .then(FromageStep { rate: ScaleByLearningRate::new(optimizer.learning_rate) })
    }
}

/// The rest of the step of [`fromage`]: along the scaled gradient, and back to the old norm.
#[derive(Debug, crate::Module)]
struct FromageStep {
    rate: ScaleByLearningRate,
}

impl Transform for FromageStep {
    fn init(&mut self, _: &State) {}
    fn learning_rate(&self, step: u64) -> Option<f64> {
        self.rate.learning_rate(step)
    }
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        let rate = self.rate.rate(updates.count());
        updates.apply_made(rate, KeepNorm {}, []);
    }
}

/// The step for a learning rate.
#[derive(Debug, crate::ops::AttributeValue)]
pub(super) struct KeepNorm {}

makes!(KeepNorm => Shrunk, numbers 1, |_settings, inputs| {
    let rate = inputs.numbers[0];
    Shrunk { rate, factor: 1.0 / (1.0 + rate * rate).sqrt() }
});

elementwise! {
    /// `-factor η u + (factor - 1) p`.
    pub(super) struct Shrunk {
        /// The learning rate.
        rate: f64 = 0.0,
        /// The factor that keeps the norm.
        factor: f64 = 1.0,
    }
    slots 0 {}
    prepare |settings, _step| {
        let along = E::from_f64(-settings.rate * settings.factor);
        let back = E::from_f64(settings.factor - 1.0);
    }
    update |g, p| (along * g + back * p, [])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::reference::check;

    #[test]
    fn fromage_follows_its_formula() {
        check(fromage(0.1), |p, g: f64, _| {
            (p - 0.1 * p.abs().max(1e-6) * g / g.abs().max(1e-6)) / 1.01f64.sqrt()
        });
    }
}
