//! Adan.

use super::descent::usual_chain;
use super::transform::{bounded, elementwise, moving_average};
use super::{Descent, Schedule, settings};

elementwise! {
    /// The direction of [`adan`], with the difference `d` of a gradient and the one before (0 at the first step):
    /// `m ← b1 m + (1 - b1) g`, `v ← b2 v + (1 - b2) d`, `n ← b3 n + (1 - b3) (g + (1 - b2) d)²`. The update is
    /// `(m̂ + (1 - b2) v̂) / (√(n̂ + eps_root) + eps)`, where a hat divides by `1 - b^t` (`optax.scale_by_adan`; Xie et
    /// al., 2022).
    ///
    /// ```
    /// use nnx_core::optim::{Descent, ScaleByAdan};
    ///
    /// let optimizer = Descent::along(ScaleByAdan { b3: 0.999, ..ScaleByAdan::default() }, 1e-3);
    /// # let _ = optimizer;
    /// ```
    pub struct ScaleByAdan {
        /// The decay rate of the moving average of gradients.
        b1: f64 = 0.98 => decay,
        /// The decay rate of the moving average of differences of gradients.
        b2: f64 = 0.92 => decay,
        /// The decay rate of the moving average of squares.
        b3: f64 = 0.99 => decay,
        /// Added to the square root.
        eps: f64 = 1e-8 => non_negative,
        /// Added inside the square root.
        eps_root: f64 = 0.0 => non_negative,
    }
    slots 4 { m, v, n, g_before }
    prepare |settings, step| {
        let [eps, eps_root] = [settings.eps, settings.eps_root].map(E::from_f64);
        let [b1, new1, c1] = moving_average::<E>(settings.b1, step);
        let [b2, new2, c2] = moving_average::<E>(settings.b2, step);
        let [b3, new3, c3] = moving_average::<E>(settings.b3, step);
        let first = step == 0;
    }
    update |g, _p| {
        let g = bounded(g);
        let difference = if first { E::ZERO } else { g - g_before };
        let m = b1 * m + new1 * g;
        let v = b2 * v + new2 * difference;
        let ahead = g + new2 * difference;
        let n = b3 * n + new3 * (ahead * ahead);
        let mean = m * c1 + new2 * (v * c2);
        (mean / ((n * c3 + eps_root).sqrt() + eps), [m, v, n, g])
    }
}
usual_chain! { ScaleByAdan: eps eps_root weight_decay }

/// Adan, [`adam`](super::adam) with Nesterov momentum that is estimated from differences of gradients. [`ScaleByAdan`]
/// has the formula.
///
/// | | |
/// |---|---|
/// | defaults | `b1 = 0.98`, `b2 = 0.92`, `b3 = 0.99`, `eps = 1e-8`, `eps_root = 1e-8`, no weight decay |
/// | slots | `m`, `v`, `n`; `g_before` for the gradient before (`g` in optax) |
/// | optax | `adan` |
/// | PyTorch | none |
/// | source | Xie et al., 2022 |
///
/// ```
/// let optimizer = nnx_core::optim::adan(1e-3).betas(0.98, 0.92, 0.999).weight_decay(0.02);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn adan(learning_rate: impl Into<Schedule>) -> Descent<ScaleByAdan> {
    let direction = ScaleByAdan { eps_root: 1e-8, ..ScaleByAdan::default() };
    Descent::named("adan", direction, learning_rate)
}

impl Descent<ScaleByAdan> {
    /// The decay rates of the moving averages: `b1` of gradients, `b2` of their differences, `b3` of squares.
    ///
    /// # Panics
    /// If one isn't in [0, 1).
    #[must_use]
    #[track_caller]
    pub fn betas(mut self, b1: f64, b2: f64, b3: f64) -> Self {
        self.direction.b1 = settings::decay(self.name, "b1", b1);
        self.direction.b2 = settings::decay(self.name, "b2", b2);
        self.direction.b3 = settings::decay(self.name, "b3", b3);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::reference::check;

    #[test]
    fn adan_follows_its_formula() {
        let (b1, b2, b3) = (0.8f64, 0.7f64, 0.95f64);
        let (mut m, mut v, mut n, mut before) = (0.0, 0.0, 0.0, None);
        let optimizer = adan(0.1).betas(b1, b2, b3).eps(1e-3).eps_root(1e-2).weight_decay(0.3);
        check(optimizer, |p, g, t| {
            let d = g - before.replace(g).unwrap_or(g);
            m = b1 * m + (1.0 - b1) * g;
            v = b2 * v + (1.0 - b2) * d;
            n = b3 * n + (1.0 - b3) * (g + (1.0 - b2) * d).powi(2);
            let mean = m / (1.0 - b1.powi(t)) + (1.0 - b2) * v / (1.0 - b2.powi(t));
            let root = (n / (1.0 - b3.powi(t)) + 1e-2).sqrt() + 1e-3;
            p - 0.1 * (mean / root + 0.3 * p)
        });
    }
}
