//! Optimistic gradient descent and Adam, for games such as those of adversarial training.

use super::descent::usual_chain;
use super::transform::{bias_correction, bounded, elementwise, moving_average};
use super::{Descent, Schedule, settings};

elementwise! {
    /// The direction of [`optimistic_gradient_descent`]: `(α + β) g - β g'`, where g' is the gradient before, and `g`
    /// itself at the first step (`optax.scale_by_optimistic_gradient`; Mokhtari et al., 2019).
    ///
    /// ```
    /// use nnx_core::optim::{Descent, ScaleByOptimisticGradient};
    ///
    /// let optimizer = Descent::along(ScaleByOptimisticGradient { alpha: 1.0, beta: 0.5 }, 1e-3);
    /// # let _ = optimizer;
    /// ```
    pub struct ScaleByOptimisticGradient {
        /// The weight of the gradient.
        alpha: f64 = 1.0 => non_negative,
        /// The weight of the difference between the gradient and the previous one.
        beta: f64 = 1.0 => non_negative,
    }
    slots 1 { g_before }
    prepare |settings, step| {
        let [both, beta] = [settings.alpha + settings.beta, settings.beta].map(E::from_f64);
        let first = step == 0;
    }
    update |g, _p| {
        let before = if first { g } else { g_before };
        (both * g - beta * before, [g])
    }
}
usual_chain! { ScaleByOptimisticGradient: }

elementwise! {
    /// The direction of [`optimistic_adam`]: with the direction `d` of [`ScaleByAdam`](super::ScaleByAdam), in Nesterov's
    /// form unless set, `(α + β) d - β d'`, where d' is the direction before.
    ///
    /// ```
    /// use nnx_core::optim::{Descent, ScaleByOptimisticAdam};
    ///
    /// let optimizer = Descent::along(ScaleByOptimisticAdam { b1: 0.5, ..ScaleByOptimisticAdam::default() }, 1e-3);
    /// # let _ = optimizer;
    /// ```
    pub struct ScaleByOptimisticAdam {
        /// The decay rate of the moving average of gradients.
        b1: f64 = 0.9 => decay,
        /// The decay rate of the moving average of squared gradients.
        b2: f64 = 0.999 => decay,
        /// Added to the square root.
        eps: f64 = 1e-8 => non_negative,
        /// Added inside the square root.
        eps_root: f64 = 0.0 => non_negative,
        /// Whether to use Nesterov's form.
        nesterov: bool = true,
        /// The weight of the direction.
        alpha: f64 = 1.0 => non_negative,
        /// The weight of the difference between the direction and the previous one.
        beta: f64 = 1.0 => non_negative,
    }
    slots 3 { mu, nu, before }
    prepare |settings, step| {
        let [eps, eps_root] = [settings.eps, settings.eps_root].map(E::from_f64);
        let [b1, new1, c1] = moving_average::<E>(settings.b1, step);
        let [b2, new2, c2] = moving_average::<E>(settings.b2, step);
        let next1 = bias_correction::<E>(settings.b1, step + 1);
        let [both, beta] = [settings.alpha + settings.beta, settings.beta].map(E::from_f64);
        let first = step == 0;
    }
    update |g, _p| {
        let g = bounded(g);
        let m = b1 * mu + new1 * g;
        let v = b2 * nu + new2 * (g * g);
        let mean = if settings.nesterov { b1 * (m * next1) + new1 * (g * c1) } else { m * c1 };
        let direction = mean / ((v * c2 + eps_root).sqrt() + eps);
        let last = if first { direction } else { before };
        (both * direction - beta * last, [m, v, direction])
    }
}
usual_chain! { ScaleByOptimisticAdam: betas eps eps_root }

/// Optimistic gradient descent: `p ← p - η ((α + β) g - β g')`, where g' is the gradient before. It converges in games
/// in which gradient descent turns in circles.
///
/// | | |
/// |---|---|
/// | defaults | `α = 1`, `β = 1` |
/// | slots | `g_before` for g' |
/// | optax | `optimistic_gradient_descent` |
/// | PyTorch | none |
/// | source | Mokhtari et al., 2019 |
///
/// ```
/// let optimizer = nnx_core::optim::optimistic_gradient_descent(0.1).optimism(1.0, 0.5);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn optimistic_gradient_descent(
    learning_rate: impl Into<Schedule>,
) -> Descent<ScaleByOptimisticGradient> {
    let direction = ScaleByOptimisticGradient::default();
    Descent::named("optimistic_gradient_descent", direction, learning_rate)
}

/// Optimistic [`adam`](super::adam) in Nesterov's form. [`ScaleByOptimisticAdam`] has the formula.
///
/// | | |
/// |---|---|
/// | defaults | `b1 = 0.9`, `b2 = 0.999`, `eps = 1e-8`, `α = 1`, `β = 1` |
/// | slots | `mu`, `nu` of Adam; `before` for d' |
/// | optax | `optimistic_adam_v2`; `optimistic_adam(rate, optimism)`, which is deprecated, is `optimistic_adam(1.0).optimism(rate, optimism)` |
/// | PyTorch | none |
/// | source | Daskalakis et al., 2018 |
///
/// ```
/// let optimizer = nnx_core::optim::optimistic_adam(1e-3).betas(0.5, 0.9);
/// # let _ = optimizer;
/// ```
#[must_use]
#[doc(alias = "optimistic_adam_v2")]
pub fn optimistic_adam(learning_rate: impl Into<Schedule>) -> Descent<ScaleByOptimisticAdam> {
    Descent::named("optimistic_adam", ScaleByOptimisticAdam::default(), learning_rate)
}

macro_rules! optimism {
    ($($direction:ident)*) => { $(
        impl Descent<$direction> {
            /// The weights `α` of the direction, and `β` of its difference from the one before.
            ///
            /// # Panics
            /// If one is negative, infinite or NaN.
            #[must_use]
            #[track_caller]
            pub fn optimism(mut self, alpha: f64, beta: f64) -> Self {
                self.direction.alpha = settings::non_negative(self.name, "alpha", alpha);
                self.direction.beta = settings::non_negative(self.name, "beta", beta);
                self
            }
        }
    )* };
}
optimism! { ScaleByOptimisticGradient ScaleByOptimisticAdam }

impl Descent<ScaleByOptimisticAdam> {
    /// Uses the form of [`adam`](super::adam) in place of Nesterov's (`nesterov=False`).
    #[must_use]
    pub fn without_nesterov(mut self) -> Self {
        self.direction.nesterov = false;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::reference::check;

    #[test]
    fn optimistic_gradient_descent_follows_its_formula() {
        let mut before = None;
        check(optimistic_gradient_descent(0.1).optimism(0.9, 0.5), |p, g, _| {
            let last = before.replace(g).unwrap_or(g);
            p - 0.1 * (1.4 * g - 0.5 * last)
        });
    }

    #[test]
    fn optimistic_adam_follows_its_formula() {
        let (mut m, mut v, mut before) = (0.0, 0.0, None);
        check(optimistic_adam(0.1).betas(0.8, 0.9).without_nesterov(), |p, g, t| {
            m = 0.8 * m + (1.0 - 0.8) * g;
            v = 0.9 * v + (1.0 - 0.9) * g * g;
            let [m, v] = [m / (1.0 - 0.8f64.powi(t)), v / (1.0 - 0.9f64.powi(t))];
            let direction = m / (v.sqrt() + 1e-8);
            let last = before.replace(direction).unwrap_or(direction);
            p - 0.1 * (2.0 * direction - last)
        });
    }
}
