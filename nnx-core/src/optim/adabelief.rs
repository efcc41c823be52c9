//! AdaBelief.

use super::descent::usual_chain;
use super::transform::{bias_correction, bounded, elementwise, moving_average};
use super::{Descent, Schedule};

elementwise! {
    /// The direction of [`adabelief`]: with `m ← b1 m + (1 - b1) g` and
    /// `v ← b2 v + (1 - b2) (g - m)² + eps_root` the update is
    /// `(m / (1 - b1^t)) / (√(v / (1 - b2^t)) + eps)` (`optax.scale_by_belief`; Zhuang et al., 2020).
    ///
    /// ```
    /// use nnx_core::optim::{Descent, ScaleByBelief};
    ///
    /// let optimizer = Descent::along(ScaleByBelief { eps: 1e-8, ..ScaleByBelief::default() }, 1e-3);
    /// # let _ = optimizer;
    /// ```
    pub struct ScaleByBelief {
        /// The decay rate of the moving average of gradients.
        b1: f64 = 0.9 => decay,
        /// The decay rate of the moving average of squared deviations.
        b2: f64 = 0.999 => decay,
        /// Added to the square root; 1e-8 in the paper.
        eps: f64 = 1e-16 => non_negative,
        /// Added to `v` at each step; 0 in the paper.
        eps_root: f64 = 1e-16 => non_negative,
        /// Whether to use Nesterov's form.
        nesterov: bool = false,
    }
    slots 2 { mu, nu }
    prepare |settings, step| {
        let [eps, eps_root] = [settings.eps, settings.eps_root].map(E::from_f64);
        let [b1, new1, c1] = moving_average::<E>(settings.b1, step);
        let [b2, new2, c2] = moving_average::<E>(settings.b2, step);
        let next1 = bias_correction::<E>(settings.b1, step + 1);
    }
    update |g, _p| {
        let g = bounded(g);
        let m = b1 * mu + new1 * g;
        let error = g - m;
        let v = b2 * nu + new2 * (error * error) + eps_root;
        let mean = if settings.nesterov { b1 * (m * next1) + new1 * (g * c1) } else { m * c1 };
        (mean / ((v * c2).sqrt() + eps), [m, v])
    }
}
usual_chain! { ScaleByBelief: betas eps eps_root nesterov_direction weight_decay }

/// AdaBelief, [`adam`](super::adam) that divides by the deviation of gradients from their moving average:
/// `m ← b1 m + (1 - b1) g`, `v ← b2 v + (1 - b2) (g - m)² + eps_root`,
/// `p ← p - η (m / (1 - b1^t)) / (√(v / (1 - b2^t)) + eps)`.
///
/// | | |
/// |---|---|
/// | defaults | `b1 = 0.9`, `b2 = 0.999`, `eps = 1e-16`, `eps_root = 1e-16`, no weight decay |
/// | slots | `mu` for `m`, `nu` for `v` |
/// | optax | `adabelief` |
/// | PyTorch | none |
/// | source | Zhuang et al., 2020 |
///
/// ```
/// let optimizer = nnx_core::optim::adabelief(1e-3).eps(1e-8).eps_root(0.0);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn adabelief(learning_rate: impl Into<Schedule>) -> Descent<ScaleByBelief> {
    Descent::named("adabelief", ScaleByBelief::default(), learning_rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::reference::check;

    #[test]
    fn adabelief_follows_its_formula() {
        let (b1, b2) = (0.8f64, 0.95f64);
        let (mut m, mut v) = (0.0, 0.0);
        check(adabelief(0.1).betas(b1, b2).eps(1e-3).eps_root(1e-4), |p, g, t| {
            m = b1 * m + (1.0 - b1) * g;
            v = b2 * v + (1.0 - b2) * (g - m) * (g - m) + 1e-4;
            p - 0.1 * (m / (1.0 - b1.powi(t))) / ((v / (1.0 - b2.powi(t))).sqrt() + 1e-3)
        });
    }
}
