//! Those that measure the size of gradients otherwise than Adam.

use super::{bounded, correction, larger, rules};

rules! {
    /// Adam by the largest gradient: `v = max(|g| + eps, b2 v)`, and the update is
    /// `(m / (1 - b1^t)) / v` (`optax.scale_by_adamax`; Kingma and Ba, 2015).
    ///
    /// ```
    /// use nnx_core::optim::{Chain, ScaleByAdamax, sgd};
    ///
    /// let rule = Chain::new().then(ScaleByAdamax::default()).then(sgd(0.1));
    /// # let _ = rule;
    /// ```
    pub struct ScaleByAdamax {
        /// The decay of the mean.
        b1: f64 = 0.9 => decay,
        /// The decay of the largest.
        b2: f64 = 0.999 => decay,
        /// Added to the size of the gradient.
        eps: f64 = 1e-8 => positive,
    }
    slots 2 { mu, nu }
    prepare |rule, step| {
        let [b1, b2, eps, new1] = [rule.b1, rule.b2, rule.eps, 1.0 - rule.b1].map(E::from_f64);
        let c1 = correction::<E>(rule.b1, step);
    }
    element |g, _p| {
        let g = bounded(g);
        let m = b1 * mu + new1 * g;
        let v = larger(g.abs() + eps, b2 * nu);
        ((m * c1) / v, [m, v])
    }

    /// Adam by the surprise: the mean of squares is that of `g - m`, `v = b2 v + (1 - b2) (g - m)² +
    /// eps_root` (`optax.scale_by_belief`; Zhuang et al., 2020).
    ///
    /// ```
    /// use nnx_core::optim::{Chain, ScaleByBelief, sgd};
    ///
    /// let rule = Chain::new().then(ScaleByBelief::default()).then(sgd(0.1));
    /// # let _ = rule;
    /// ```
    pub struct ScaleByBelief {
        /// The decay of the mean.
        b1: f64 = 0.9 => decay,
        /// The decay of the mean of squares.
        b2: f64 = 0.999 => decay,
        /// Added to the root; the paper has 1e-8.
        eps: f64 = 1e-16 => positive,
        /// Added to the mean of squares at each step; the paper has 0.
        eps_root: f64 = 1e-16 => positive,
        /// Look ahead along the mean.
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
        let error = g - m;
        let v = b2 * nu + new2 * (error * error) + eps_root;
        let mean = if rule.nesterov { b1 * (m * next1) + new1 * (g * c1) } else { m * c1 };
        (mean / ((v * c2).sqrt() + eps), [m, v])
    }

    /// Adam whose mean of squares moves by a bounded amount: `v -= (1 - b2) sign(v - g²) g²`
    /// (`optax.scale_by_yogi`; Zaheer et al., 2018).
    ///
    /// ```
    /// use nnx_core::optim::{Chain, ScaleByYogi, sgd};
    ///
    /// let rule = Chain::new().then(ScaleByYogi::default()).then(sgd(0.1));
    /// # let _ = rule;
    /// ```
    pub struct ScaleByYogi {
        /// The decay of the mean.
        b1: f64 = 0.9 => decay,
        /// The decay of the mean of squares.
        b2: f64 = 0.999 => decay,
        /// Added to the root.
        eps: f64 = 1e-3 => positive,
        /// Added below the root.
        eps_root: f64 = 0.0 => positive,
        /// What both means start with.
        initial_accumulator_value: f64 = 1e-6 => positive,
    }
    slots 2 { mu = initial_accumulator_value, nu = initial_accumulator_value }
    prepare |rule, step| {
        let [b1, eps, eps_root] = [rule.b1, rule.eps, rule.eps_root].map(E::from_f64);
        let [new1, new2] = [1.0 - rule.b1, 1.0 - rule.b2].map(E::from_f64);
        let (c1, c2) = (correction::<E>(rule.b1, step), correction::<E>(rule.b2, step));
    }
    element |g, _p| {
        let g = bounded(g);
        let m = b1 * mu + new1 * g;
        let square = g * g;
        let change = if nu > square { square } else if nu < square { -square } else { nu - square };
        let v = nu - new2 * change;
        ((m * c1) / ((v * c2 + eps_root).sqrt() + eps), [m, v])
    }
}
