//! AdEMAMix, and its simplified form.

use super::descent::usual_chain;
use super::transform::{bounded, elementwise, moving_average, saturated};
use super::{Descent, Schedule, settings};

elementwise! {
    /// The direction of [`ademamix`]: with a fast moving average `m1` of gradients, a slow one `m2`, and one of squares
    /// `v`, `(m1 / (1 - b1^t) + α m2) / (√(v / (1 - b2^t) + eps_root) + eps)` (`optax.contrib.scale_by_ademamix`;
    /// Pagliardini, Ablin and Grangier, 2024).
    ///
    /// ```
    /// use nnx_core::optim::{Descent, ScaleByAdemamix};
    ///
    /// let optimizer = Descent::along(ScaleByAdemamix { alpha: 8.0, ..ScaleByAdemamix::default() }, 1e-3);
    /// # let _ = optimizer;
    /// ```
    pub struct ScaleByAdemamix {
        /// The decay rate of the fast moving average.
        b1: f64 = 0.9 => decay,
        /// The decay rate of the moving average of squares.
        b2: f64 = 0.999 => decay,
        /// The decay rate of the slow moving average.
        b3: f64 = 0.9999 => decay,
        /// The weight of the slow moving average.
        alpha: f64 = 6.0 => non_negative,
        /// Added to the square root.
        eps: f64 = 1e-8 => non_negative,
        /// Added inside the square root.
        eps_root: f64 = 0.0 => non_negative,
    }
    slots 3 { m1, m2, nu }
    prepare |settings, step| {
        let [eps, eps_root, alpha] =
            [settings.eps, settings.eps_root, settings.alpha].map(E::from_f64);
        let [b1, new1, c1] = moving_average::<E>(settings.b1, step);
        let [b2, new2, c2] = moving_average::<E>(settings.b2, step);
        let [b3, new3] = [settings.b3, 1.0 - settings.b3].map(E::from_f64);
    }
    update |g, _p| {
        let g = bounded(g);
        let fast = b1 * m1 + new1 * g;
        let slow = b3 * m2 + new3 * g;
        let v = b2 * nu + new2 * (g * g);
        let mean = fast * c1 + alpha * slow;
        (mean / ((v * c2 + eps_root).sqrt() + eps), [fast, slow, v])
    }
}
usual_chain! { ScaleByAdemamix: eps eps_root weight_decay }

elementwise! {
    /// The direction of [`simplified_ademamix`]: with `m ← b1 m + g` and the moving average `v` of squares,
    /// `(m + α g) / (√(v / (1 - b2^t) + eps_root) + eps)` (`optax.contrib.scale_by_simplified_ademamix`; Morwani et al.,
    /// 2025).
    ///
    /// ```
    /// use nnx_core::optim::{Descent, ScaleBySimplifiedAdemamix};
    ///
    /// let direction = ScaleBySimplifiedAdemamix { alpha: 10.0, ..ScaleBySimplifiedAdemamix::default() };
    /// let optimizer = Descent::along(direction, 1e-4);
    /// # let _ = optimizer;
    /// ```
    pub struct ScaleBySimplifiedAdemamix {
        /// The decay rate of the sum of gradients.
        b1: f64 = 0.99 => decay,
        /// The decay rate of the moving average of squares.
        b2: f64 = 0.95 => decay,
        /// The weight of the gradient.
        alpha: f64 = 0.0 => non_negative,
        /// Added to the square root.
        eps: f64 = 1e-8 => non_negative,
        /// Added inside the square root.
        eps_root: f64 = 0.0 => non_negative,
    }
    slots 2 { m, nu }
    prepare |settings, step| {
        let [eps, eps_root, alpha] =
            [settings.eps, settings.eps_root, settings.alpha].map(E::from_f64);
        let b1 = E::from_f64(settings.b1);
        let [b2, _, c2] = moving_average::<E>(settings.b2, step);
    }
    update |g, _p| {
        let g = bounded(g);
        let sum = saturated(g + b1 * m, g);
        let square = g * g;
        // The moving average in the form in which optax rounds it.
        let v = square + b2 * (nu - square);
        ((sum + alpha * g) / ((v * c2 + eps_root).sqrt() + eps), [sum, v])
    }
}
usual_chain! { ScaleBySimplifiedAdemamix: betas eps eps_root weight_decay }

/// AdEMAMix: [`adam`](super::adam) with a second, slow moving average of gradients. [`ScaleByAdemamix`] has the formula.
///
/// | | |
/// |---|---|
/// | defaults | `b1 = 0.9`, `b2 = 0.999`, `b3 = 0.9999`, `α = 5`, `eps = 1e-8`, no weight decay |
/// | slots | `m1`, `m2`, `nu` |
/// | optax | `contrib.ademamix`, where `b3` and `α` may be schedules |
/// | PyTorch | none |
/// | source | Pagliardini, Ablin and Grangier, 2024 |
///
/// ```
/// let optimizer = nnx_core::optim::ademamix(1e-3).betas(0.9, 0.999, 0.9995).alpha(8.0);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn ademamix(learning_rate: impl Into<Schedule>) -> Descent<ScaleByAdemamix> {
    let direction = ScaleByAdemamix { alpha: 5.0, ..ScaleByAdemamix::default() };
    Descent::named("ademamix", direction, learning_rate)
}

/// AdEMAMix with one average in place of two: [`ScaleBySimplifiedAdemamix`] has the formula. Its sum of gradients is about
/// `1 / (1 - b1)` times as large as a mean, so take a learning rate that much smaller than Adam's.
///
/// | | |
/// |---|---|
/// | defaults | `b1 = 0.99`, `b2 = 0.95`, `α = 0`, `eps = 1e-8`, no weight decay |
/// | slots | `m`, `nu` |
/// | optax | `contrib.simplified_ademamix`, where `α` may be a schedule |
/// | PyTorch | none |
/// | source | Morwani et al., 2025 |
///
/// ```
/// let optimizer = nnx_core::optim::simplified_ademamix(1e-5).alpha(10.0);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn simplified_ademamix(
    learning_rate: impl Into<Schedule>,
) -> Descent<ScaleBySimplifiedAdemamix> {
    Descent::named("simplified_ademamix", ScaleBySimplifiedAdemamix::default(), learning_rate)
}

macro_rules! alpha {
    ($($direction:ident)*) => { $(
        impl Descent<$direction> {
            /// The weight `α`.
            ///
            /// # Panics
            /// If it is negative, infinite or NaN.
            #[must_use]
            #[track_caller]
            pub fn alpha(mut self, alpha: f64) -> Self {
                self.direction.alpha = settings::non_negative(self.name, "alpha", alpha);
                self
            }
        }
    )* };
}
alpha! { ScaleByAdemamix ScaleBySimplifiedAdemamix }

impl Descent<ScaleByAdemamix> {
    /// The decay rates of the moving averages: `b1` of the fast one, `b2` of squares, `b3` of the slow one.
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
    fn ademamix_follows_its_formula() {
        let (mut fast, mut slow, mut v) = (0.0, 0.0, 0.0);
        check(ademamix(0.1).betas(0.8, 0.9, 0.99), |p, g, t| {
            fast = 0.8 * fast + (1.0 - 0.8) * g;
            slow = 0.99 * slow + (1.0 - 0.99) * g;
            v = 0.9 * v + (1.0 - 0.9) * g * g;
            let mean = fast / (1.0 - 0.8f64.powi(t)) + 5.0 * slow;
            p - 0.1 * mean / ((v / (1.0 - 0.9f64.powi(t))).sqrt() + 1e-8)
        });
    }

    #[test]
    fn simplified_ademamix_follows_its_formula() {
        let (mut m, mut v) = (0.0, 0.0);
        check(simplified_ademamix(0.01).betas(0.9, 0.8).alpha(2.0), |p, g, t| {
            m = 0.9 * m + g;
            v = 0.8 * v + (1.0 - 0.8) * g * g;
            p - 0.01 * (m + 2.0 * g) / ((v / (1.0 - 0.8f64.powi(t))).sqrt() + 1e-8)
        });
    }
}
