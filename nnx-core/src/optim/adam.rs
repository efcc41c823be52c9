//! Adam, and its variants with decoupled weight decay and in Nesterov's form.

use super::descent::usual_chain;
use super::transform::{bias_correction, bounded, elementwise, moving_average};
use super::{Descent, Schedule};

elementwise! {
    /// The direction of [`adam`]: with `m ← b1 m + (1 - b1) g` and `v ← b2 v + (1 - b2) g²` the update is
    /// `(m / (1 - b1^t)) / (√(v / (1 - b2^t) + eps_root) + eps)` (`optax.scale_by_adam`; Kingma and Ba,
    /// 2015).
    ///
    /// In Nesterov's form the numerator is `b1 m / (1 - b1^(t+1)) + (1 - b1) g / (1 - b1^t)`
    /// (`nesterov=True`; Dozat, 2016).
    ///
    /// ```
    /// use nnx_core::optim::{Descent, ScaleByAdam};
    ///
    /// let optimizer = Descent::along(ScaleByAdam { eps: 1e-7, ..ScaleByAdam::default() }, 1e-3);
    /// # let _ = optimizer;
    /// ```
    pub struct ScaleByAdam {
        /// The decay rate of the moving average of gradients.
        b1: f64 = 0.9 => decay,
        /// The decay rate of the moving average of squared gradients.
        b2: f64 = 0.999 => decay,
        /// Added to the square root, to keep the denominator away from 0.
        eps: f64 = 1e-8 => non_negative,
        /// Added inside the square root.
        eps_root: f64 = 0.0 => non_negative,
        /// Whether to use Nesterov's form (NAdam).
        nesterov: bool = false,
    }
    slots 2 { mu, nu }
    prepare |settings, step| {
        let [eps, eps_root] = [settings.eps, settings.eps_root].map(E::from_f64);
        let [b1, new1, c1] = moving_average::<E>(settings.b1, step);
        let [b2, new2, c2] = moving_average::<E>(settings.b2, step);
        let next1 = bias_correction::<E>(settings.b1, step + 1);
    }
    update |g, _p| {
        let g = bounded(g);
        let m = b1 * mu + new1 * g;
        let v = b2 * nu + new2 * (g * g);
        let mean = if settings.nesterov { b1 * (m * next1) + new1 * (g * c1) } else { m * c1 };
        (mean / ((v * c2 + eps_root).sqrt() + eps), [m, v])
    }
}
usual_chain! { ScaleByAdam: betas eps eps_root nesterov_direction weight_decay }

/// The type of [`adam`], [`adamw`], [`nadam`], [`nadamw`] and [`lamb`](super::lamb).
pub type Adam = Descent<ScaleByAdam>;

/// Adam: `m ← b1 m + (1 - b1) g`, `v ← b2 v + (1 - b2) g²`,
/// `p ← p - η (m / (1 - b1^t)) / (√(v / (1 - b2^t)) + eps)` at step `t`, counted from 1.
///
/// | | |
/// |---|---|
/// | defaults | `b1 = 0.9`, `b2 = 0.999`, `eps = 1e-8`, no weight decay |
/// | slots | `mu` for `m`, `nu` for `v` |
/// | optax | `adam` |
/// | PyTorch | `Adam` (its `weight_decay` is [`AddDecayedWeights`](super::AddDecayedWeights) before this) |
/// | source | Kingma and Ba, 2015 |
///
/// ```
/// use nnx_core::module::{Param, grad};
/// use nnx_core::optim::{Optimizer, adam};
/// use nnx_core::{size::U2, tensor::Tensor};
///
/// let mut model = Param::<(U2,)>::new(Tensor::from([1.0, -1.0]));
/// let mut optimizer = Optimizer::new(&model, adam(0.1).betas(0.9, 0.95).eps(1e-6));
/// let gradients = grad(&mut model, |p, pass| p.get(pass).sum())?;
/// optimizer.update(&mut model, gradients)?;
/// // The first step has the length of the learning rate.
/// assert!((model.value().to_vec()[0] - 0.9).abs() < 1e-5);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[must_use]
pub fn adam(learning_rate: impl Into<Schedule>) -> Adam {
    Descent::named("adam", ScaleByAdam::default(), learning_rate)
}

/// Adam with decoupled weight decay `λ`: [`adam`] whose step also subtracts `η λ p`.
///
/// | | |
/// |---|---|
/// | defaults | as [`adam`], `λ = 1e-4` |
/// | slots | `mu`, `nu` |
/// | optax | `adamw` |
/// | PyTorch | `AdamW`, with `λ = 0.01` |
/// | source | Loshchilov and Hutter, 2019 |
///
/// ```
/// use nnx_core::{module::Filter, optim::adamw};
///
/// let optimizer = adamw(1e-3).weight_decay(0.01).decay_only(Filter::path_contains("kernel"));
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn adamw(learning_rate: impl Into<Schedule>) -> Adam {
    adam(learning_rate).rename("adamw").weight_decay(1e-4)
}

/// Adam in Nesterov's form: [`adam`] whose `m / (1 - b1^t)` is replaced by
/// `b1 m / (1 - b1^(t+1)) + (1 - b1) g / (1 - b1^t)`.
///
/// | | |
/// |---|---|
/// | defaults | as [`adam`] |
/// | slots | `mu`, `nu` |
/// | optax | `nadam` |
/// | PyTorch | `NAdam`, whose `b1` also grows from step to step |
/// | source | Dozat, 2016 |
///
/// ```
/// let optimizer = nnx_core::optim::nadam(1e-3).betas(0.9, 0.99);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn nadam(learning_rate: impl Into<Schedule>) -> Adam {
    adam(learning_rate).rename("nadam").nesterov()
}

/// [`nadam`] with decoupled weight decay.
///
/// | | |
/// |---|---|
/// | defaults | as [`adamw`] |
/// | slots | `mu`, `nu` |
/// | optax | `nadamw` |
/// | PyTorch | `NAdam(decoupled_weight_decay=True)`, whose `b1` also grows from step to step |
/// | source | Dozat, 2016; Loshchilov and Hutter, 2019 |
///
/// ```
/// let optimizer = nnx_core::optim::nadamw(1e-3).weight_decay(0.01);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn nadamw(learning_rate: impl Into<Schedule>) -> Adam {
    adamw(learning_rate).rename("nadamw").nesterov()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::reference::check;

    fn check_adam(optimizer: Adam, decay: f64, nesterov: bool) {
        let (b1, b2, eps, eps_root) = (0.8f64, 0.95f64, 1e-3, 1e-2);
        let (mut m, mut v) = (0.0, 0.0);
        let optimizer = optimizer.betas(b1, b2).eps(eps).eps_root(eps_root);
        check(optimizer, |p, g, t| {
            m = b1 * m + (1.0 - b1) * g;
            v = b2 * v + (1.0 - b2) * g * g;
            let mean = match nesterov {
                false => m / (1.0 - b1.powi(t)),
                true => b1 * m / (1.0 - b1.powi(t + 1)) + (1.0 - b1) * g / (1.0 - b1.powi(t)),
            };
            let direction = mean / ((v / (1.0 - b2.powi(t)) + eps_root).sqrt() + eps);
            p - 0.1 * (direction + decay * p)
        });
    }

    #[test]
    fn adam_and_its_variants_follow_their_formulas() {
        check_adam(adam(0.1), 0.0, false);
        check_adam(adamw(0.1), 1e-4, false);
        check_adam(nadam(0.1), 0.0, true);
        check_adam(nadamw(0.1).weight_decay(0.3), 0.3, true);
    }
}
