//! AMSGrad.

use super::descent::usual_chain;
use super::transform::{bounded, elementwise, maximum, moving_average};
use super::{Descent, Schedule};

elementwise! {
    /// The direction of [`amsgrad`]: that of [`ScaleByAdam`](super::ScaleByAdam) with
    /// `v_max ← max(v_max, v / (1 - b2^t))` in place of `v / (1 - b2^t)` (`optax.scale_by_amsgrad`;
    /// Reddi et al., 2018).
    ///
    /// ```
    /// use nnx_core::optim::{Descent, ScaleByAmsgrad};
    ///
    /// let optimizer = Descent::along(ScaleByAmsgrad { b2: 0.99, ..ScaleByAmsgrad::default() }, 1e-3);
    /// # let _ = optimizer;
    /// ```
    pub struct ScaleByAmsgrad {
        /// The decay rate of the moving average of gradients.
        b1: f64 = 0.9 => decay,
        /// The decay rate of the moving average of squared gradients.
        b2: f64 = 0.999 => decay,
        /// Added to the square root.
        eps: f64 = 1e-8 => non_negative,
        /// Added inside the square root.
        eps_root: f64 = 0.0 => non_negative,
    }
    slots 3 { mu, nu, nu_max }
    prepare |settings, step| {
        let [eps, eps_root] = [settings.eps, settings.eps_root].map(E::from_f64);
        let [b1, new1, c1] = moving_average::<E>(settings.b1, step);
        let [b2, new2, c2] = moving_average::<E>(settings.b2, step);
    }
    update |g, _p| {
        let g = bounded(g);
        let m = b1 * mu + new1 * g;
        let v = b2 * nu + new2 * (g * g);
        let v_max = maximum(nu_max, v * c2);
        ((m * c1) / ((v_max + eps_root).sqrt() + eps), [m, v, v_max])
    }
}
usual_chain! { ScaleByAmsgrad: betas eps eps_root weight_decay }

/// AMSGrad: [`adam`](super::adam) whose denominator never shrinks, `v_max ← max(v_max, v / (1 - b2^t))`,
/// `p ← p - η (m / (1 - b1^t)) / (√v_max + eps)`.
///
/// | | |
/// |---|---|
/// | defaults | as [`adam`](super::adam) |
/// | slots | `mu`, `nu`, `nu_max` |
/// | optax | `amsgrad` |
/// | PyTorch | `Adam(amsgrad=True)`, which takes the maximum before the bias correction |
/// | source | Reddi et al., 2018 |
///
/// ```
/// let optimizer = nnx_core::optim::amsgrad(1e-3).betas(0.9, 0.99);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn amsgrad(learning_rate: impl Into<Schedule>) -> Descent<ScaleByAmsgrad> {
    Descent::named("amsgrad", ScaleByAmsgrad::default(), learning_rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::reference::check;

    #[test]
    fn amsgrad_follows_its_formula() {
        let (b1, b2) = (0.8f64, 0.9f64);
        let (mut m, mut v, mut most) = (0.0, 0.0, 0.0f64);
        check(amsgrad(0.1).betas(b1, b2).eps(1e-3).eps_root(1e-2), |p, g, t| {
            m = b1 * m + (1.0 - b1) * g;
            v = b2 * v + (1.0 - b2) * g * g;
            most = most.max(v / (1.0 - b2.powi(t)));
            p - 0.1 * (m / (1.0 - b1.powi(t))) / ((most + 1e-2).sqrt() + 1e-3)
        });
    }
}
