//! MADGRAD.

use super::descent::methods;
use super::transform::{bounded, counted, elementwise, makes, number, number_functions, saturated};
use super::{
    Chain, Descent, Direction, ScaleByLearningRate, Schedule, Slot, Transform, Updates, settings,
};
use crate::module::State;
use crate::ops::numbers_of;

/// The direction of [`madgrad`].
#[derive(Debug, Clone, Copy)]
pub struct MadgradDirection {
    momentum: f64,
    eps: f64,
}

/// MADGRAD, dual averaging with the cube root of squares and momentum: with the start `p₀` and `λ = (η + eps) √t` at step
/// `t`, counted from 1, `v ← v + λ g²`, `s ← s + λ g`, `p ← c p + (1 - c) (p₀ - s / (v^⅓ + eps))` of the momentum c.
///
/// | | |
/// |---|---|
/// | defaults | `momentum = 0.9`, `eps = 1e-6`, no weight decay |
/// | slots | `grad_sum_sq` for v, `s`, `x0` for p₀ |
/// | optax | `contrib.madgrad` |
/// | PyTorch | none; `madgrad` |
/// | source | Defazio and Jelassi, 2021 |
///
/// ```
/// let optimizer = nnx_core::optim::madgrad(0.01).momentum(0.8).weight_decay(1e-6);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn madgrad(learning_rate: impl Into<Schedule>) -> Descent<MadgradDirection> {
    Descent::named("madgrad", MadgradDirection { momentum: 0.9, eps: 1e-6 }, learning_rate)
}
methods! { MadgradDirection: eps weight_decay_of_all }

impl Descent<MadgradDirection> {
    /// The momentum c.
    ///
    /// # Panics
    /// If it isn't in [0, 1].
    #[must_use]
    #[track_caller]
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.direction.momentum = settings::momentum(self.name, "momentum", momentum);
        self
    }
}

impl Direction for MadgradDirection {
    fn into_chain(optimizer: Descent<Self>) -> Chain {
        let decay = (optimizer.weight_decay != 0.0).then(|| optimizer.decay_transform());
        Chain::new().then_some(decay).then(ScaleByMadgrad {
            settings: optimizer.direction,
            rate: ScaleByLearningRate::new(optimizer.learning_rate),
            grad_sum_sq: Slot::new(0.0),
            s: Slot::new(0.0),
            x0: Slot::new(0.0),
        })
    }
}

/// The transform of [`madgrad`].
#[derive(Debug, crate::Module)]
struct ScaleByMadgrad {
    #[module(skip)]
    settings: MadgradDirection,
    rate: ScaleByLearningRate,
    grad_sum_sq: Slot,
    s: Slot,
    x0: Slot,
}

impl Transform for ScaleByMadgrad {
    fn init(&mut self, params: &State) {
        self.grad_sum_sq.init(params);
        self.s.init(params);
        self.x0.init_as_params(params);
    }
    fn learning_rate(&self, step: u64) -> Option<f64> {
        self.rate.learning_rate(step)
    }
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        let Self { settings: MadgradDirection { momentum, eps }, rate, grad_sum_sq, s, x0 } = self;
        let (momentum, eps) = (*momentum, *eps);
        let inputs = vec![rate.rate(updates.count()), updates.count()];
        let weight = numbers_of(MadgradWeight { eps }, inputs, 1);
        updates.apply_made(weight, MadgradStep { momentum, eps }, [grad_sum_sq, s, x0]);
    }
}

number_functions! {
    /// The weight of the gradient of a step: `(η + eps) √(t + 1)`.
    pub(super) struct MadgradWeight { eps: f64 } "madgrad"
    takes |inputs| [(Takes::Number, 1), (Takes::Counter, 1)] gives 1;
    |inputs, out| {
        #[allow(clippy::cast_precision_loss, reason = "steps are far below 2^53")]
        let root = (counted(&inputs[1]) as f64 + 1.0).sqrt();
        out[0] = (number(&inputs[0]) + eps) * root;
    }
}

/// The step for a weight.
#[derive(Debug, crate::ops::AttributeValue)]
pub(super) struct MadgradStep {
    momentum: f64,
    eps: f64,
}

makes!(MadgradStep => DualAverage, numbers 1, |settings, inputs| {
    let MadgradStep { momentum, eps } = *settings;
    DualAverage { momentum, eps, weight: inputs.numbers[0] }
});

elementwise! {
    /// The step of [`madgrad`].
    pub(super) struct DualAverage {
        /// The share of the old parameter in the new one.
        momentum: f64 = 0.9,
        /// Added to the cube root.
        eps: f64 = 1e-6,
        /// The weight of the gradient.
        weight: f64 = 1.0,
    }
    slots 3 { squares, sum, start }
    prepare |settings, _step| {
        let [kept, new, eps, weight] =
            [settings.momentum, 1.0 - settings.momentum, settings.eps, settings.weight]
                .map(E::from_f64);
    }
    update |g, p| {
        let g = bounded(g);
        let squares = saturated(squares + weight * (g * g), g);
        let sum = saturated(sum + weight * g, g);
        let z = start - sum / (squares.cbrt() + eps);
        (new * z + kept * p - p, [squares, sum, start])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::reference::check;

    #[test]
    fn madgrad_follows_its_formula() {
        let (mut v, mut s) = (0.0f64, 0.0);
        check(madgrad(0.1).momentum(0.8).weight_decay(0.01), |p, g, t| {
            let (g, weight) = (g + 0.01 * p, (0.1 + 1e-6) * f64::from(t).sqrt());
            v += weight * g * g;
            s += weight * g;
            0.8 * p + (1.0 - 0.8) * (1.5 - s / (v.cbrt() + 1e-6))
        });
    }
}
