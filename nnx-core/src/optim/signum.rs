//! Descent by the sign of momentum.

use super::descent::usual_chain;
use super::transform::{elementwise, saturated, sign};
use super::{Descent, Schedule};

elementwise! {
    /// The direction of [`signum`]: the sign of the moving average of gradients, `m ← b1 m + (1 - b1) g`
    /// (`optax.chain(optax.ema(b1, debias=False), optax.scale_by_sign())`; Bernstein et al., 2018).
    ///
    /// ```
    /// use nnx_core::optim::{Descent, ScaleBySignum};
    ///
    /// let optimizer = Descent::along(ScaleBySignum { b1: 0.99 }, 1e-3);
    /// # let _ = optimizer;
    /// ```
    pub struct ScaleBySignum {
        /// The decay rate of the moving average.
        b1: f64 = 0.9 => decay,
    }
    slots 1 { mu }
    prepare |settings, _step| {
        let [b1, new] = [settings.b1, 1.0 - settings.b1].map(E::from_f64);
    }
    update |g, _p| {
        let m = saturated(new * g + b1 * mu, g);
        (sign(m) + g * E::ZERO, [m])
    }
}
usual_chain! { ScaleBySignum: }

/// Signum: descent by the sign of the moving average of gradients, `p ← p - η sign(m)`. [`ScaleBySignum`] has the
/// average.
///
/// | | |
/// |---|---|
/// | defaults | `beta = 0.9` |
/// | slots | `mu` for `m` |
/// | optax | `signum` |
/// | PyTorch | none |
/// | source | Bernstein et al., 2018 |
///
/// ```
/// let optimizer = nnx_core::optim::signum(1e-3).beta(0.95);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn signum(learning_rate: impl Into<Schedule>) -> Descent<ScaleBySignum> {
    Descent::named("signum", ScaleBySignum::default(), learning_rate)
}

impl Descent<ScaleBySignum> {
    /// The decay rate of the moving average.
    ///
    /// # Panics
    /// If it isn't in [0, 1).
    #[must_use]
    #[track_caller]
    pub fn beta(mut self, beta: f64) -> Self {
        self.direction.b1 = super::settings::decay(self.name, "beta", beta);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::reference::check;

    #[test]
    fn signum_follows_its_formula() {
        let mut m = 0.0;
        check(signum(0.1).beta(0.8), |p, g, _| {
            m = 0.8 * m + (1.0 - 0.8) * g;
            p - 0.1 * f64::signum(m)
        });
    }
}
