//! Adadelta.

use super::descent::methods;
use super::transform::{bounded, elementwise};
use super::{Chain, Descent, Direction, ScaleByLearningRate, Schedule};

elementwise! {
    /// The direction of [`adadelta`]: with `v ← ρ v + (1 - ρ) g²` the update is `u = √(d + eps) / √(v + eps) g`; then
    /// `d ← ρ d + (1 - ρ) u²` (`optax.scale_by_adadelta`; Zeiler, 2012).
    ///
    /// ```
    /// use nnx_core::optim::{Descent, ScaleByAdadelta};
    ///
    /// let optimizer = Descent::along(ScaleByAdadelta { rho: 0.95, ..ScaleByAdadelta::default() }, 1.0);
    /// # let _ = optimizer;
    /// ```
    pub struct ScaleByAdadelta {
        /// The decay rate of both moving averages.
        rho: f64 = 0.9 => decay,
        /// Added inside both square roots. The first steps have about the size of its root.
        eps: f64 = 1e-6 => non_negative,
    }
    slots 2 { e_g, e_x }
    prepare |settings, _step| {
        let [rho, new, eps] = [settings.rho, 1.0 - settings.rho, settings.eps].map(E::from_f64);
    }
    update |g, _p| {
        let g = bounded(g);
        let v = rho * e_g + new * (g * g);
        let u = (e_x + eps).sqrt() / (v + eps).sqrt() * g;
        (u, [v, rho * e_x + new * (u * u)])
    }
}

impl Direction for ScaleByAdadelta {
    fn into_chain(optimizer: Descent<Self>) -> Chain {
        // Weight decay comes first: it is an L2 penalty.
        let decay = (optimizer.weight_decay != 0.0).then(|| optimizer.decay_transform());
        Chain::new()
            .then_some(decay)
            .then(optimizer.direction)
            .then(ScaleByLearningRate::new(optimizer.learning_rate))
    }
}
methods! { ScaleByAdadelta: rho eps weight_decay }

/// Adadelta, whose steps have the size of past steps: with the moving averages `v ← ρ v + (1 - ρ) g²` of squared
/// gradients and `d` of squared steps, `u = √(d + eps) / √(v + eps) g`, `d ← ρ d + (1 - ρ) u²`, `p ← p - η u`.
///
/// Weight decay `λ` adds `λ p` to the gradient before, as in optax and PyTorch.
///
/// | | |
/// |---|---|
/// | defaults | `ρ = 0.9`, `eps = 1e-6`, no weight decay; take `η = 1` |
/// | slots | `e_g` for `v`, `e_x` for `d` |
/// | optax | `adadelta` |
/// | PyTorch | `Adadelta` |
/// | source | Zeiler, 2012 |
///
/// ```
/// let optimizer = nnx_core::optim::adadelta(1.0).rho(0.95);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn adadelta(learning_rate: impl Into<Schedule>) -> Descent<ScaleByAdadelta> {
    Descent::named("adadelta", ScaleByAdadelta::default(), learning_rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::reference::check;

    #[test]
    fn adadelta_follows_its_formula() {
        let (mut v, mut d) = (0.0, 0.0);
        check(adadelta(0.5).rho(0.8).eps(1e-3).weight_decay(0.3), |p, g, _| {
            let g = g + 0.3 * p;
            v = 0.8 * v + (1.0 - 0.8) * g * g;
            let u = (d + 1e-3f64).sqrt() / (v + 1e-3).sqrt() * g;
            d = 0.8 * d + (1.0 - 0.8) * u * u;
            p - 0.5 * u
        });
    }
}
