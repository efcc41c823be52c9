//! Adagrad.

use super::descent::usual_chain;
use super::transform::{bounded, elementwise, saturated};
use super::{Descent, Schedule};

elementwise! {
    /// The direction of [`adagrad`]: with `s ← s + g²` the update is `g / √(s + eps)`, 0 where `s` is 0
    /// (`optax.scale_by_rss`; Duchi et al., 2011).
    ///
    /// ```
    /// use nnx_core::optim::{Descent, ScaleByRss};
    ///
    /// let optimizer = Descent::along(ScaleByRss { eps: 1e-8, ..ScaleByRss::default() }, 1e-3);
    /// # let _ = optimizer;
    /// ```
    pub struct ScaleByRss {
        /// The initial value of `s`; 0 in PyTorch.
        initial_accumulator_value: f64 = 0.1 => non_negative,
        /// Added inside the square root; in PyTorch it is added to the root.
        eps: f64 = 1e-7 => non_negative,
    }
    slots 1 { sum_of_squares = initial_accumulator_value }
    prepare |settings, _step| {
        let eps = E::from_f64(settings.eps);
    }
    update |g, _p| {
        let g = bounded(g);
        let sum = saturated(g * g + sum_of_squares, g);
        // A comparison with NaN is false, so a NaN stays NaN.
        (if sum <= E::ZERO { E::ZERO } else { g / (sum + eps).sqrt() }, [sum])
    }
}
usual_chain! { ScaleByRss: eps initial_accumulator_value }

/// The type of [`adagrad`].
pub type Adagrad = Descent<ScaleByRss>;

/// Adagrad: `s ← s + g²`, `p ← p - η g / √(s + eps)`.
///
/// | | |
/// |---|---|
/// | defaults | `s` starts at 0.1, `eps = 1e-7` |
/// | slots | `sum_of_squares` for `s` |
/// | optax | `adagrad` |
/// | PyTorch | `Adagrad`, whose `s` starts at 0 and whose `eps` is added to the root |
/// | source | Duchi et al., 2011 |
///
/// ```
/// let optimizer = nnx_core::optim::adagrad(0.1).initial_accumulator_value(0.0);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn adagrad(learning_rate: impl Into<Schedule>) -> Adagrad {
    Descent::named("adagrad", ScaleByRss::default(), learning_rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::reference::check;

    #[test]
    fn adagrad_follows_its_formula() {
        let mut s = 0.5;
        check(adagrad(0.1).initial_accumulator_value(0.5).eps(1e-3), |p, g, _| {
            s += g * g;
            p - 0.1 * g / (s + 1e-3).sqrt()
        });
    }
}
