//! RMSProp.

use super::descent::methods;
use super::transform::{bias_correction, bounded, elementwise};
use super::{Chain, Descent, Direction, ScaleByLearningRate, Schedule};

elementwise! {
    /// The direction of [`rmsprop`]: with `v ← decay v + (1 - decay) g²` the update is `g / √(v + eps)`
    /// (`optax.scale_by_rms`; Tieleman and Hinton, 2012).
    ///
    /// ```
    /// use nnx_core::optim::{Chain, ScaleByRms, sgd};
    ///
    /// let chain = Chain::new().then(ScaleByRms { decay: 0.99, ..ScaleByRms::default() }).then(sgd(0.1));
    /// # let _ = chain;
    /// ```
    pub struct ScaleByRms {
        /// The decay rate of the moving average of squared gradients.
        decay: f64 = 0.9 => decay,
        /// Keeps the denominator from being 0; `eps_in_sqrt` says where it is added.
        eps: f64 = 1e-8 => non_negative,
        /// The initial value of `v`.
        initial_scale: f64 = 0.0 => non_negative,
        /// Whether `eps` is added inside the square root, or to it as in PyTorch.
        eps_in_sqrt: bool = true,
        /// Whether `v` is divided by `1 - decay^t`, as in Adam.
        bias_correction: bool = false,
    }
    slots 1 { nu = initial_scale }
    prepare |settings, step| {
        let decay = E::from_f64(settings.decay);
        let [new, eps] = [1.0 - settings.decay, settings.eps].map(E::from_f64);
        let correct = settings.bias_correction;
        let c = if correct { bias_correction::<E>(settings.decay, step) } else { E::ONE };
    }
    update |g, _p| {
        let g = bounded(g);
        let v = decay * nu + new * (g * g);
        let mean = v * c;
        let root = if settings.eps_in_sqrt { (mean + eps).sqrt() } else { mean.sqrt() + eps };
        (g / root, [v])
    }

    /// The direction of centered [`rmsprop`]: with the moving averages `m` of gradients and `v` of their
    /// squares the update is `g / √(v - m² + eps)` (`optax.scale_by_stddev`; Graves, 2013).
    ///
    /// ```
    /// use nnx_core::optim::{Chain, ScaleByStddev, sgd};
    ///
    /// let chain = Chain::new().then(ScaleByStddev::default()).then(sgd(0.1));
    /// # let _ = chain;
    /// ```
    pub struct ScaleByStddev {
        /// The decay rate of both moving averages.
        decay: f64 = 0.9 => decay,
        /// Keeps the denominator away from 0.
        eps: f64 = 1e-8 => non_negative,
        /// The initial value of `v`.
        initial_scale: f64 = 0.0 => non_negative,
        /// Whether `eps` is added inside the square root, or to it as in PyTorch.
        eps_in_sqrt: bool = true,
        /// Whether both averages are divided by `1 - decay^t`, as in Adam.
        bias_correction: bool = false,
    }
    slots 2 { mu, nu = initial_scale }
    prepare |settings, step| {
        let decay = E::from_f64(settings.decay);
        let [new, eps] = [1.0 - settings.decay, settings.eps].map(E::from_f64);
        let correct = settings.bias_correction;
        let c = if correct { bias_correction::<E>(settings.decay, step) } else { E::ONE };
    }
    update |g, _p| {
        let g = bounded(g);
        let m = decay * mu + new * g;
        let v = decay * nu + new * (g * g);
        // Rounding may make the variance negative, and its root NaN.
        let variance = v * c - (m * c) * (m * c);
        let variance = if variance < E::ZERO { E::ZERO } else { variance };
        let root = if settings.eps_in_sqrt { (variance + eps).sqrt() } else { variance.sqrt() + eps };
        (g / root, [m, v])
    }
}

/// The direction of [`rmsprop`]: [`ScaleByRms`], or [`ScaleByStddev`] if it is centered.
#[derive(Debug, Clone, Copy)]
pub struct RmsPropDirection {
    decay: f64,
    eps: f64,
    initial_scale: f64,
    eps_in_sqrt: bool,
    bias_correction: bool,
    centered: bool,
}

/// The type of [`rmsprop`].
pub type RmsProp = Descent<RmsPropDirection>;

/// RMSProp: `v ← decay v + (1 - decay) g²`, `p ← p - η g / √(v + eps)`. Momentum `μ` is applied after the
/// learning rate: `t ← η g / √(v + eps) + μ t`, `p ← p - t`.
///
/// | | |
/// |---|---|
/// | defaults | `decay = 0.9`, `eps = 1e-8` inside the square root, no momentum |
/// | slots | `nu` for `v`; `mu` if centered; `trace` with momentum |
/// | optax | `rmsprop` |
/// | PyTorch | `RMSprop`, that is `.decay(0.99).eps_outside()` |
/// | source | Tieleman and Hinton, 2012 |
///
/// ```
/// let optimizer = nnx_core::optim::rmsprop(1e-3).decay(0.99).eps_outside().momentum(0.9);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn rmsprop(learning_rate: impl Into<Schedule>) -> RmsProp {
    let ScaleByRms { decay, eps, initial_scale, eps_in_sqrt, bias_correction } =
        ScaleByRms::default();
    let direction = RmsPropDirection {
        decay,
        eps,
        initial_scale,
        eps_in_sqrt,
        bias_correction,
        centered: false,
    };
    Descent::named("rmsprop", direction, learning_rate)
}

impl Direction for RmsPropDirection {
    fn into_chain(optimizer: RmsProp) -> Chain {
        let trace = optimizer.momentum_transform();
        let Self { decay, eps, initial_scale, eps_in_sqrt, bias_correction, centered } =
            optimizer.direction;
        let chain = if centered {
            let scale = ScaleByStddev { decay, eps, initial_scale, eps_in_sqrt, bias_correction };
            Chain::new().then(scale)
        } else {
            let scale = ScaleByRms { decay, eps, initial_scale, eps_in_sqrt, bias_correction };
            Chain::new().then(scale)
        };
        chain.then(ScaleByLearningRate::new(optimizer.learning_rate)).then_some(trace)
    }
}
methods! { RmsPropDirection: decay eps initial_scale momentum }

impl RmsProp {
    /// Adds `eps` to the square root instead of inside it (`eps_in_sqrt=False`).
    #[must_use]
    pub fn eps_outside(mut self) -> Self {
        self.direction.eps_in_sqrt = false;
        self
    }

    /// Divides the moving averages by `1 - decay^t`, as Adam does.
    #[must_use]
    pub fn bias_correction(mut self) -> Self {
        self.direction.bias_correction = true;
        self
    }

    /// Divides by the standard deviation of gradients, `√(v - m² + eps)`; see [`ScaleByStddev`].
    #[must_use]
    pub fn centered(mut self) -> Self {
        self.direction.centered = true;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::reference::check;

    #[test]
    fn rmsprop_follows_its_formula() {
        let (mut v, mut trace) = (0.5, 0.0);
        check(rmsprop(0.1).decay(0.8).eps(1e-3).initial_scale(0.5).momentum(0.7), |p, g, _| {
            v = 0.8 * v + (1.0 - 0.8) * g * g;
            trace = 0.1 * g / (v + 1e-3).sqrt() + 0.7 * trace;
            p - trace
        });
    }

    #[test]
    fn rmsprop_follows_its_formula_centered_and_with_eps_outside() {
        let (mut m, mut v) = (0.0, 0.0);
        let optimizer = rmsprop(0.1).decay(0.8).eps(0.1).centered().bias_correction();
        check(optimizer, |p, g, t| {
            m = 0.8 * m + (1.0 - 0.8) * g;
            v = 0.8 * v + (1.0 - 0.8) * g * g;
            let c = 1.0 - 0.8f64.powi(t);
            p - 0.1 * g / (v / c - (m / c) * (m / c) + 0.1).sqrt()
        });
        let mut v = 0.0;
        check(rmsprop(0.1).decay(0.8).eps(1e-3).eps_outside(), |p, g, _| {
            v = 0.8 * v + (1.0 - 0.8) * g * g;
            p - 0.1 * g / (v.sqrt() + 1e-3)
        });
    }
}
