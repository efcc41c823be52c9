//! Adamax, and its variant with decoupled weight decay.

use super::descent::usual_chain;
use super::transform::{bias_correction, bounded, elementwise, maximum};
use super::{Descent, Schedule};

elementwise! {
    /// The direction of [`adamax`]: with `m ← b1 m + (1 - b1) g` and `v ← max(|g| + eps, b2 v)` the update is
    /// `(m / (1 - b1^t)) / v` (`optax.scale_by_adamax`; Kingma and Ba, 2015).
    ///
    /// ```
    /// use nnx_core::optim::{Descent, ScaleByAdamax};
    ///
    /// let optimizer = Descent::along(ScaleByAdamax { b2: 0.99, ..ScaleByAdamax::default() }, 1e-3);
    /// # let _ = optimizer;
    /// ```
    pub struct ScaleByAdamax {
        /// The decay rate of the moving average of gradients.
        b1: f64 = 0.9 => decay,
        /// The decay rate of the largest magnitude.
        b2: f64 = 0.999 => decay,
        /// Added to the magnitude of the gradient.
        eps: f64 = 1e-8 => non_negative,
    }
    slots 2 { mu, nu }
    prepare |settings, step| {
        let [b1, b2, eps] = [settings.b1, settings.b2, settings.eps].map(E::from_f64);
        let new1 = E::from_f64(1.0 - settings.b1);
        let c1 = bias_correction::<E>(settings.b1, step);
    }
    update |g, _p| {
        let g = bounded(g);
        let m = b1 * mu + new1 * g;
        let v = maximum(g.abs() + eps, b2 * nu);
        ((m * c1) / v, [m, v])
    }
}
usual_chain! { ScaleByAdamax: betas eps weight_decay }

/// Adamax, [`adam`](super::adam) with the maximum norm: `m ← b1 m + (1 - b1) g`, `v ← max(|g| + eps, b2 v)`,
/// `p ← p - η (m / (1 - b1^t)) / v`.
///
/// | | |
/// |---|---|
/// | defaults | `b1 = 0.9`, `b2 = 0.999`, `eps = 1e-8`, no weight decay |
/// | slots | `mu` for `m`, `nu` for `v` |
/// | optax | `adamax` |
/// | PyTorch | `Adamax` |
/// | source | Kingma and Ba, 2015 |
///
/// ```
/// let optimizer = nnx_core::optim::adamax(2e-3).betas(0.9, 0.99);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn adamax(learning_rate: impl Into<Schedule>) -> Descent<ScaleByAdamax> {
    Descent::named("adamax", ScaleByAdamax::default(), learning_rate)
}

/// [`adamax`] with decoupled weight decay `λ`, whose step also subtracts `η λ p`.
///
/// | | |
/// |---|---|
/// | defaults | as [`adamax`], `λ = 1e-4` |
/// | slots | `mu`, `nu` |
/// | optax | `adamaxw` |
/// | PyTorch | none |
/// | source | Kingma and Ba, 2015; Loshchilov and Hutter, 2019 |
///
/// ```
/// let optimizer = nnx_core::optim::adamaxw(2e-3).weight_decay(0.01);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn adamaxw(learning_rate: impl Into<Schedule>) -> Descent<ScaleByAdamax> {
    adamax(learning_rate).rename("adamaxw").weight_decay(1e-4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::reference::check;

    #[test]
    fn adamax_and_adamaxw_follow_their_formula() {
        for (optimizer, decay) in [(adamax(0.1), 0.0), (adamaxw(0.1), 1e-4)] {
            let (b1, b2) = (0.8f64, 0.7f64);
            let (mut m, mut v) = (0.0, 0.0f64);
            check(optimizer.betas(b1, b2).eps(1e-3), |p, g, t| {
                m = b1 * m + (1.0 - b1) * g;
                v = (g.abs() + 1e-3).max(b2 * v);
                p - 0.1 * (m / (1.0 - b1.powi(t)) / v + decay * p)
            });
        }
    }
}
