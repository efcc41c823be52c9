//! Adam, and those that differ from it in the denominator's size or in its first steps.

use super::{bounded, correction, larger, rules};

rules! {
    /// Adam's direction: with `m = b1 m + (1 - b1) g` and `v = b2 v + (1 - b2) g²`, the update is
    /// `(m / (1 - b1^t)) / (√(v / (1 - b2^t) + eps_root) + eps)` (`optax.scale_by_adam`; Kingma and Ba,
    /// 2015).
    ///
    /// Nesterov's form takes `b1 m / (1 - b1^(t+1)) + (1 - b1) g / (1 - b1^t)` above the line
    /// (`nesterov=True`; Dozat, 2016).
    ///
    /// ```
    /// use nnx_core::optim::{Chain, ScaleByAdam, sgd};
    ///
    /// let rule = Chain::new().then(ScaleByAdam { eps: 1e-7, ..ScaleByAdam::default() }).then(sgd(0.1));
    /// # let _ = rule;
    /// ```
    pub struct ScaleByAdam {
        /// The decay of the mean.
        b1: f64 = 0.9 => decay,
        /// The decay of the mean of squares.
        b2: f64 = 0.999 => decay,
        /// Added to the root, so that a small one doesn't blow the update up.
        eps: f64 = 1e-8 => positive,
        /// Added below the root, so that its gradient is finite at 0.
        eps_root: f64 = 0.0 => positive,
        /// Look ahead along the mean (nadam).
        nesterov: bool = false,
    }
    slots 2 { mu, nu }
    prepare |rule, step| {
        let [b1, b2, eps, eps_root] = [rule.b1, rule.b2, rule.eps, rule.eps_root].map(E::from_f64);
        let [new1, new2] = [1.0 - rule.b1, 1.0 - rule.b2].map(E::from_f64);
        let (c1, c2) = (correction::<E>(rule.b1, step), correction::<E>(rule.b2, step));
        let next1 = correction::<E>(rule.b1, step + 1);
    }
    element |g, _p| {
        let g = bounded(g);
        let m = b1 * mu + new1 * g;
        let v = b2 * nu + new2 * (g * g);
        let mean = if rule.nesterov { b1 * (m * next1) + new1 * (g * c1) } else { m * c1 };
        (mean / ((v * c2 + eps_root).sqrt() + eps), [m, v])
    }

    /// Adam's direction over the largest denominator so far: `v_max = max(v_max, v / (1 - b2^t))`
    /// stands in the place of `v / (1 - b2^t)` (`optax.scale_by_amsgrad`; Reddi et al., 2018).
    ///
    /// ```
    /// use nnx_core::optim::{Chain, ScaleByAmsgrad, sgd};
    ///
    /// let rule = Chain::new().then(ScaleByAmsgrad::default()).then(sgd(0.1));
    /// # let _ = rule;
    /// ```
    pub struct ScaleByAmsgrad {
        /// The decay of the mean.
        b1: f64 = 0.9 => decay,
        /// The decay of the mean of squares.
        b2: f64 = 0.999 => decay,
        /// Added to the root.
        eps: f64 = 1e-8 => positive,
        /// Added below the root.
        eps_root: f64 = 0.0 => positive,
    }
    slots 3 { mu, nu, nu_max }
    prepare |rule, step| {
        let [b1, b2, eps, eps_root] = [rule.b1, rule.b2, rule.eps, rule.eps_root].map(E::from_f64);
        let [new1, new2] = [1.0 - rule.b1, 1.0 - rule.b2].map(E::from_f64);
        let (c1, c2) = (correction::<E>(rule.b1, step), correction::<E>(rule.b2, step));
    }
    element |g, _p| {
        let g = bounded(g);
        let m = b1 * mu + new1 * g;
        let v = b2 * nu + new2 * (g * g);
        let most = larger(nu_max, v * c2);
        ((m * c1) / ((most + eps_root).sqrt() + eps), [m, v, most])
    }

    /// Adam's direction, rectified: the first steps, whose mean of squares says little, go along the mean
    /// alone (`optax.scale_by_radam`; Liu et al., 2020).
    ///
    /// With `ρ∞ = 2 / (1 - b2) - 1` and `ρ = ρ∞ - 2 t b2^t / (1 - b2^t)`: below the threshold the update is
    /// `m / (1 - b1^t)`, from there on Adam's, times
    /// `√((ρ - 4) (ρ - 2) ρ∞ / ((ρ∞ - 4) (ρ∞ - 2) ρ))`.
    ///
    /// ```
    /// use nnx_core::optim::{Chain, ScaleByRadam, sgd};
    ///
    /// let rule = Chain::new().then(ScaleByRadam::default()).then(sgd(0.1));
    /// # let _ = rule;
    /// ```
    pub struct ScaleByRadam {
        /// The decay of the mean.
        b1: f64 = 0.9 => decay,
        /// The decay of the mean of squares.
        b2: f64 = 0.999 => decay,
        /// Added to the root.
        eps: f64 = 1e-8 => positive,
        /// Added below the root.
        eps_root: f64 = 0.0 => positive,
        /// The ρ from which on the mean of squares is used.
        threshold: f64 = 5.0 => threshold,
        /// Look ahead along the mean.
        nesterov: bool = false,
    }
    slots 2 { mu, nu }
    prepare |rule, step| {
        let [b1, b2, eps, eps_root] = [rule.b1, rule.b2, rule.eps, rule.eps_root].map(E::from_f64);
        let [new1, new2] = [1.0 - rule.b1, 1.0 - rule.b2].map(E::from_f64);
        let (c1, c2) = (correction::<E>(rule.b1, step), correction::<E>(rule.b2, step));
        let next1 = correction::<E>(rule.b1, step + 1);
        let rectified = rectification(rule.b2, step, rule.threshold).map(E::from_f64);
    }
    element |g, _p| {
        let g = bounded(g);
        let m = b1 * mu + new1 * g;
        let v = b2 * nu + new2 * (g * g);
        let mean = if rule.nesterov { b1 * (m * next1) + new1 * (g * c1) } else { m * c1 };
        let update = match rectified {
            Some(factor) => factor * mean / ((v * c2 + eps_root).sqrt() + eps),
            None => mean,
        };
        (update, [m, v])
    }
}

/// What the variance of the first steps asks for; nothing while it can't be told. In f64: ρ is a
/// difference of large numbers, of which f32 leaves four digits.
#[allow(clippy::cast_precision_loss, reason = "steps are far below 2^53")]
fn rectification(b2: f64, step: u64, threshold: f64) -> Option<f64> {
    let t = step as f64 + 1.0;
    let most = 2.0 / (1.0 - b2) - 1.0;
    let power = b2.powf(t);
    let length = most - 2.0 * t * power / (1.0 - power);
    let ratio = (length - 4.0) * (length - 2.0) * most / ((most - 4.0) * (most - 2.0) * length);
    (length >= threshold).then(|| ratio.sqrt())
}
