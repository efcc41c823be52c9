//! Rectified Adam.

use super::descent::usual_chain;
use super::transform::{bias_correction, bounded, elementwise, moving_average, power};
use super::{Descent, Schedule, settings};
use crate::tensor::Real;

elementwise! {
    /// The direction of [`radam`] (`optax.scale_by_radam`; Liu et al., 2020).
    ///
    /// With `ρ∞ = 2 / (1 - b2) - 1` and `ρ = ρ∞ - 2 t b2^t / (1 - b2^t)` the update is `m / (1 - b1^t)` while
    /// `ρ < threshold`. From then on it is that of [`ScaleByAdam`](super::ScaleByAdam) times
    /// `√((ρ - 4) (ρ - 2) ρ∞ / ((ρ∞ - 4) (ρ∞ - 2) ρ))`.
    ///
    /// ```
    /// use nnx_core::optim::{Descent, ScaleByRadam};
    ///
    /// let optimizer = Descent::along(ScaleByRadam { threshold: 4.0, ..ScaleByRadam::default() }, 1e-3);
    /// # let _ = optimizer;
    /// ```
    pub struct ScaleByRadam {
        /// The decay rate of the moving average of gradients.
        b1: f64 = 0.9 => decay,
        /// The decay rate of the moving average of squared gradients.
        b2: f64 = 0.999 => decay,
        /// Added to the square root.
        eps: f64 = 1e-8 => non_negative,
        /// Added inside the square root.
        eps_root: f64 = 0.0 => non_negative,
        /// The moving average of squares is used if ρ is at least this.
        threshold: f64 = 5.0 => threshold,
        /// Whether to use Nesterov's form.
        nesterov: bool = false,
    }
    slots 2 { mu, nu }
    prepare |settings, step| {
        let [eps, eps_root] = [settings.eps, settings.eps_root].map(E::from_f64);
        let [b1, new1, c1] = moving_average::<E>(settings.b1, step);
        let [b2, new2, c2] = moving_average::<E>(settings.b2, step);
        let next1 = bias_correction::<E>(settings.b1, step + 1);
        let factor = rectification::<E>(settings.b2, step, settings.threshold);
    }
    update |g, _p| {
        let g = bounded(g);
        let m = b1 * mu + new1 * g;
        let v = b2 * nu + new2 * (g * g);
        let mean = if settings.nesterov { b1 * (m * next1) + new1 * (g * c1) } else { m * c1 };
        let update = match factor {
            Some(factor) => factor * mean / ((v * c2 + eps_root).sqrt() + eps),
            None => mean,
        };
        (update, [m, v])
    }
}
usual_chain! { ScaleByRadam: betas eps eps_root nesterov_direction weight_decay }

/// The rectification factor of a step, counted from 0; `None` while ρ is below the threshold. A `b2` that rounds to
/// 1 is used unrounded, as the factor would be NaN.
fn rectification<E: Real>(b2: f64, step: u64, threshold: f64) -> Option<E> {
    if E::from_f64(b2) == E::ONE {
        return factor_in::<f64>(b2, step, threshold).map(E::from_f64);
    }
    factor_in(b2, step, threshold)
}

/// The same, with each operation rounded to `E`, as in optax under `jit`. ρ is a small difference of large values:
/// at the defaults, one rounding of `b2^t` changes the factor of the first rectified steps by 0.6 % in f32.
#[allow(clippy::cast_precision_loss, reason = "steps are far below 2^53")]
fn factor_in<E: Real>(b2: f64, step: u64, threshold: f64) -> Option<E> {
    let number = E::from_f64;
    let rho_inf = 2.0 / (1.0 - b2) - 1.0;
    let power = power::<E>(b2, step);
    let share = number(2.0 * (step as f64 + 1.0)) * power / (E::ONE - power);
    let rho = number(rho_inf) - share;
    let numerator = (rho - number(4.0)) * (rho - number(2.0)) * number(rho_inf);
    let denominator = number((rho_inf - 4.0) * (rho_inf - 2.0)) * rho;
    (rho >= number(threshold)).then(|| (numerator / denominator).sqrt())
}

/// Rectified Adam, which needs no warm-up: the first steps follow the moving average of gradients alone, as
/// that of squares still varies too much. The later steps are those of [`adam`](super::adam) times a factor
/// that tends to 1. [`ScaleByRadam`] has the formula.
///
/// In `f32` the factor is rounded as by optax under `jit`. Without `jit`, optax computes `b2^t` with another
/// rounding, and its parameters are up to 1e-5 from these.
///
/// | | |
/// |---|---|
/// | defaults | as [`adam`](super::adam), `threshold = 5` |
/// | slots | `mu`, `nu` |
/// | optax | `radam` |
/// | PyTorch | `RAdam` |
/// | source | Liu et al., 2020 |
///
/// ```
/// let optimizer = nnx_core::optim::radam(1e-3).threshold(4.0);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn radam(learning_rate: impl Into<Schedule>) -> Descent<ScaleByRadam> {
    Descent::named("radam", ScaleByRadam::default(), learning_rate)
}

impl Descent<ScaleByRadam> {
    /// Steps use the moving average of squares if ρ is at least `threshold`.
    ///
    /// # Panics
    /// If it is below 4, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn threshold(mut self, threshold: f64) -> Self {
        self.direction.threshold = settings::threshold(self.name, "threshold", threshold);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::reference::check;

    #[test]
    fn radam_follows_its_formula_before_and_after_the_threshold() {
        let (b1, b2) = (0.8f64, 0.9f64);
        let (mut m, mut v, mut rectified) = (0.0, 0.0, 0);
        check(radam(0.1).betas(b1, b2).eps(1e-3), |p, g, t| {
            m = b1 * m + (1.0 - b1) * g;
            v = b2 * v + (1.0 - b2) * g * g;
            let mean = m / (1.0 - b1.powi(t));
            let most = 2.0 / (1.0 - b2) - 1.0;
            let rho = most - 2.0 * f64::from(t) * b2.powi(t) / (1.0 - b2.powi(t));
            if rho < 5.0 {
                return p - 0.1 * mean;
            }
            rectified += 1;
            let r = ((rho - 4.0) * (rho - 2.0) * most / ((most - 4.0) * (most - 2.0) * rho)).sqrt();
            p - 0.1 * r * mean / ((v / (1.0 - b2.powi(t))).sqrt() + 1e-3)
        });
        assert!((1..20).contains(&rectified));
    }
}
