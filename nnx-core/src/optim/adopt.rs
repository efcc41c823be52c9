//! ADOPT.

use super::descent::usual_chain;
use super::transform::{bounded, elementwise, maximum};
use super::{Descent, Schedule};

elementwise! {
    /// The direction of [`adopt`]: the moving average `m` of gradients that are divided by the root of the moving average
    /// `v` before them, `clip(g / max(√v, eps), ±(t - 1)^¼)`. The first step has none, and sets `v = g²`
    /// (`optax.contrib.scale_by_adopt`; Taniguchi et al., 2024).
    ///
    /// ```
    /// use nnx_core::optim::{Descent, ScaleByAdopt};
    ///
    /// let optimizer = Descent::along(ScaleByAdopt { b2: 0.999, ..ScaleByAdopt::default() }, 1e-3);
    /// # let _ = optimizer;
    /// ```
    pub struct ScaleByAdopt {
        /// The decay rate of the moving average of updates.
        b1: f64 = 0.9 => decay,
        /// The decay rate of the moving average of squared gradients.
        b2: f64 = 0.9999 => decay,
        /// The least denominator.
        eps: f64 = 1e-6 => non_negative,
        /// Whether to use Nesterov's form.
        nesterov: bool = false,
        /// Whether updates are clipped.
        clips: bool = true,
    }
    slots 2 { mu, nu }
    prepare |settings, step| {
        let first = step == 0;
        // The first update has weight 0 in `m`. There v is 0, so the update itself is clipped to 0, or divided by eps.
        let (b1, b2) = if first { (1.0, 0.0) } else { (settings.b1, settings.b2) };
        let [b1, new1, b2, new2] = [b1, 1.0 - b1, b2, 1.0 - b2].map(E::from_f64);
        let eps = E::from_f64(settings.eps);
        #[allow(clippy::cast_precision_loss, reason = "steps are far below 2^53")]
        let bound = if settings.clips { E::from_f64((step as f64).powf(0.25)) } else { E::MAX };
    }
    update |g, _p| {
        let g = bounded(g);
        let v = b2 * nu + new2 * (g * g);
        let ratio = g / maximum(nu.sqrt(), eps);
        let clipped = if ratio > bound { bound } else if ratio < -bound { -bound } else { ratio };
        // At the first step the update may be 0 / 0: it is replaced by 0, and NaN in the gradient still shows.
        let clipped = if first { g * E::ZERO } else { clipped + g * E::ZERO };
        let m = b1 * mu + new1 * clipped;
        let update = if settings.nesterov { b1 * m + new1 * clipped } else { m };
        (update, [m, v])
    }
}
usual_chain! { ScaleByAdopt: betas eps nesterov_direction }

/// ADOPT, [`adam`](super::adam) that converges for any `b2`: it normalizes a gradient by those before it. [`ScaleByAdopt`]
/// has the formula.
///
/// | | |
/// |---|---|
/// | defaults | `b1 = 0.9`, `b2 = 0.9999`, `eps = 1e-6` |
/// | slots | `mu` for `m`, `nu` for `v` |
/// | optax | `contrib.adopt` |
/// | PyTorch | none |
/// | source | Taniguchi et al., 2024 |
///
/// ```
/// let optimizer = nnx_core::optim::adopt(1e-3).without_clipping();
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn adopt(learning_rate: impl Into<Schedule>) -> Descent<ScaleByAdopt> {
    Descent::named("adopt", ScaleByAdopt::default(), learning_rate)
}

impl Descent<ScaleByAdopt> {
    /// Doesn't clip the updates (`use_clipping=False`).
    #[must_use]
    pub fn without_clipping(mut self) -> Self {
        self.direction.clips = false;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::reference::check;

    #[test]
    fn adopt_follows_its_formula() {
        let (mut m, mut v) = (0.0, 0.0f64);
        check(adopt(0.1).betas(0.8, 0.9), |p, g, t| {
            if t == 1 {
                v = g * g;
                return p;
            }
            let bound = f64::from(t - 1).powf(0.25);
            let update = (g / v.sqrt().max(1e-6)).clamp(-bound, bound);
            m = 0.8 * m + (1.0 - 0.8) * update;
            v = 0.9 * v + (1.0 - 0.9) * g * g;
            p - 0.1 * m
        });
    }
}
