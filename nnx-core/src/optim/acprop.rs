//! ACProp.

use super::descent::usual_chain;
use super::transform::{bias_correction, bounded, elementwise, moving_average};
use super::{Descent, Schedule};

elementwise! {
    /// The direction of [`acprop`]: `g / (√(s' / (1 - b2^(t - 1))) + eps)`, where s' is the variance of the gradients
    /// before, `s ← b2 s + (1 - b2) (g - m')² + eps_root`, around their moving average m'; at the first step
    /// `g / (1 + eps)` (`optax.contrib.scale_by_acprop`; Zhuang et al., 2021).
    ///
    /// ```
    /// use nnx_core::optim::{Descent, ScaleByAcprop};
    ///
    /// let optimizer = Descent::along(ScaleByAcprop { b2: 0.99, ..ScaleByAcprop::default() }, 1e-3);
    /// # let _ = optimizer;
    /// ```
    pub struct ScaleByAcprop {
        /// The decay rate of the moving average of gradients.
        b1: f64 = 0.9 => decay,
        /// The decay rate of the variance.
        b2: f64 = 0.999 => decay,
        /// Added to the square root.
        eps: f64 = 1e-16 => non_negative,
        /// Added to the variance in each step.
        eps_root: f64 = 1e-16 => non_negative,
    }
    slots 2 { mu, nu }
    prepare |settings, step| {
        let [eps, eps_root] = [settings.eps, settings.eps_root].map(E::from_f64);
        let [b1, new1, _] = moving_average::<E>(settings.b1, step);
        let [b2, new2, _] = moving_average::<E>(settings.b2, step);
        let first = step == 0;
        let before = bias_correction::<E>(settings.b2, step.saturating_sub(1));
    }
    update |g, _p| {
        let g = bounded(g);
        let m = b1 * mu + new1 * g;
        let error = g - mu;
        let s = b2 * nu + new2 * (error * error) + eps_root;
        let variance = if first { E::ONE } else { nu * before };
        (g / (variance.sqrt() + eps), [m, s])
    }
}
usual_chain! { ScaleByAcprop: betas eps eps_root weight_decay }

/// ACProp: gradients divided by the standard deviation of those before. [`ScaleByAcprop`] has the formula.
///
/// | | |
/// |---|---|
/// | defaults | `b1 = 0.9`, `b2 = 0.999`, `eps = 1e-16`, `eps_root = 1e-16`, no weight decay |
/// | slots | `mu` for `m`, `nu` for `s` |
/// | optax | `contrib.acprop` |
/// | PyTorch | none |
/// | source | Zhuang et al., 2021 |
///
/// ```
/// let optimizer = nnx_core::optim::acprop(1e-3).eps(1e-8);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn acprop(learning_rate: impl Into<Schedule>) -> Descent<ScaleByAcprop> {
    Descent::named("acprop", ScaleByAcprop::default(), learning_rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::reference::check;

    #[test]
    fn acprop_follows_its_formula() {
        let (mut m, mut s) = (0.0, 0.0f64);
        check(acprop(0.01).betas(0.8, 0.9), |p, g, t| {
            let spread = if t == 1 { 1.0 } else { (s / (1.0 - 0.9f64.powi(t - 1))).sqrt() };
            s = 0.9 * s + (1.0 - 0.9) * (g - m) * (g - m) + 1e-16;
            m = 0.8 * m + (1.0 - 0.8) * g;
            p - 0.01 * g / (spread + 1e-16)
        });
    }
}
