//! LARS.

use super::descent::methods;
use super::transform::ScaleByTrustRatio;
use super::{Chain, Descent, Direction, ScaleByLearningRate, Schedule, masked};
use crate::module::Filter;

/// The direction of [`lars`]: the trust ratio, and the parameters that it is applied to.
#[derive(Debug, Clone)]
pub struct LarsDirection {
    trust_ratio: ScaleByTrustRatio,
    trust_mask: Filter,
}

/// The type of [`lars`].
pub type Lars = Descent<LarsDirection>;

/// LARS, momentum for large batches: with `u = g + λ p` each gradient is scaled to the norm of its parameter,
/// `t ← η c ‖p‖ / (‖u‖ + eps) u + μ t`, `p ← p - t`. If one of the norms is 0 it isn't scaled.
///
/// | | |
/// |---|---|
/// | defaults | trust coefficient `c = 0.001`, `eps = 0`, momentum `μ = 0.9`, no weight decay |
/// | slots | `trace` for `-t` |
/// | optax | `lars` |
/// | PyTorch | none |
/// | source | You et al., 2017 |
///
/// ```
/// use nnx_core::{module::Filter, optim::lars};
///
/// let kernels = || Filter::path_contains("kernel");
/// let optimizer = lars(0.1).weight_decay(1e-4).decay_only(kernels()).trust_only(kernels());
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn lars(learning_rate: impl Into<Schedule>) -> Lars {
    let direction = LarsDirection {
        trust_ratio: ScaleByTrustRatio { trust_coefficient: 1e-3, ..ScaleByTrustRatio::default() },
        trust_mask: Filter::everything(),
    };
    Descent::named("lars", direction, learning_rate).momentum(0.9)
}

impl Direction for LarsDirection {
    fn into_chain(optimizer: Lars) -> Chain {
        let (decay, trace) = (optimizer.decay_transform(), optimizer.momentum_transform());
        let LarsDirection { trust_ratio, trust_mask } = optimizer.direction;
        Chain::new()
            .then(decay)
            .then(masked(trust_mask, trust_ratio))
            .then(ScaleByLearningRate::new(optimizer.learning_rate))
            .then_some(trace)
    }
}
methods! { LarsDirection: weight_decay momentum }

impl Lars {
    /// The trust coefficient `c`, and the `eps` that is added to the norm of the update.
    ///
    /// # Panics
    /// If one is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn trust(mut self, trust_coefficient: f64, eps: f64) -> Self {
        let ratio = &mut self.direction.trust_ratio;
        (ratio.trust_coefficient, ratio.eps) = (trust_coefficient, eps);
        ratio.check(self.name);
        self
    }

    /// Applies the trust ratio to the parameters that a filter selects; by default to all (`trust_ratio_mask` in
    /// optax).
    #[must_use]
    pub fn trust_only(mut self, filter: Filter) -> Self {
        self.direction.trust_mask = filter;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::reference::check;

    #[test]
    fn lars_follows_its_formula() {
        let mut t = 0.0;
        check(lars(0.1).weight_decay(0.3).trust(0.2, 0.1).momentum(0.8), |p, g, _| {
            let u = g + 0.3 * p;
            t = 0.1 * 0.2 * p.abs() / (u.abs() + 0.1) * u + 0.8 * t;
            p - t
        });
        // Nesterov's form changes nothing if the momentum is 0.
        check(lars(0.1).momentum(0.0).nesterov(), |p, g, _| p - 0.1 * 1e-3 * p.abs() * g.signum());
    }
}
