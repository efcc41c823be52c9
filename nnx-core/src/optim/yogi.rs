//! Yogi.

use super::descent::usual_chain;
use super::transform::{bounded, elementwise, moving_average};
use super::{Descent, Schedule};

elementwise! {
    /// The direction of [`yogi`]: that of [`ScaleByAdam`](super::ScaleByAdam) with
    /// `v ← v - (1 - b2) sign(v - g²) g²` (`optax.scale_by_yogi`; Zaheer et al., 2018).
    ///
    /// ```
    /// use nnx_core::optim::{Descent, ScaleByYogi};
    ///
    /// let optimizer = Descent::along(ScaleByYogi { eps: 1e-4, ..ScaleByYogi::default() }, 1e-3);
    /// # let _ = optimizer;
    /// ```
    pub struct ScaleByYogi {
        /// The decay rate of the moving average of gradients.
        b1: f64 = 0.9 => decay,
        /// The decay rate of the average of squared gradients.
        b2: f64 = 0.999 => decay,
        /// Added to the square root.
        eps: f64 = 1e-3 => non_negative,
        /// Added inside the square root.
        eps_root: f64 = 0.0 => non_negative,
        /// The initial value of `m` and `v`.
        initial_accumulator_value: f64 = 1e-6 => non_negative,
    }
    slots 2 { mu = initial_accumulator_value, nu = initial_accumulator_value }
    prepare |settings, step| {
        let [eps, eps_root] = [settings.eps, settings.eps_root].map(E::from_f64);
        let [b1, new1, c1] = moving_average::<E>(settings.b1, step);
        let [_, new2, c2] = moving_average::<E>(settings.b2, step);
    }
    update |g, _p| {
        let g = bounded(g);
        let m = b1 * mu + new1 * g;
        let square = g * g;
        let change = if nu > square { square } else if nu < square { -square } else { nu - square };
        let v = nu - new2 * change;
        ((m * c1) / ((v * c2 + eps_root).sqrt() + eps), [m, v])
    }
}
usual_chain! { ScaleByYogi: betas eps eps_root weight_decay }

/// Yogi, [`adam`](super::adam) whose `v` changes by at most `(1 - b2) g²` per step:
/// `m ← b1 m + (1 - b1) g`, `v ← v - (1 - b2) sign(v - g²) g²`,
/// `p ← p - η (m / (1 - b1^t)) / (√(v / (1 - b2^t)) + eps)`.
///
/// | | |
/// |---|---|
/// | defaults | `b1 = 0.9`, `b2 = 0.999`, `eps = 1e-3`, no weight decay |
/// | slots | `mu` for `m`, `nu` for `v`; both start at 1e-6 |
/// | optax | `yogi` |
/// | PyTorch | none |
/// | source | Zaheer et al., 2018 |
///
/// ```
/// let optimizer = nnx_core::optim::yogi(1e-2).eps(1e-4);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn yogi(learning_rate: impl Into<Schedule>) -> Descent<ScaleByYogi> {
    Descent::named("yogi", ScaleByYogi::default(), learning_rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::reference::check;

    #[test]
    fn yogi_follows_its_formula() {
        let (b1, b2) = (0.8f64, 0.9f64);
        let (mut m, mut v) = (1e-6, 1e-6);
        check(yogi(0.1).betas(b1, b2).eps(1e-2).eps_root(1e-3), |p, g, t| {
            m = b1 * m + (1.0 - b1) * g;
            v -= (1.0 - b2) * (v - g * g).signum() * g * g;
            p - 0.1 * (m / (1.0 - b1.powi(t))) / ((v / (1.0 - b2.powi(t)) + 1e-3).sqrt() + 1e-2)
        });
    }
}
