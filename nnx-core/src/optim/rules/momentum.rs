//! Means of gradients over the steps.

use super::{correction, rules, saturated};

rules! {
    /// Momentum: `t = g + decay t`; the update is `t`, or `g + decay t` with Nesterov's form
    /// (`optax.trace`; Sutskever et al., 2013).
    ///
    /// ```
    /// use nnx_core::optim::{Chain, Trace, sgd};
    ///
    /// let rule = Chain::new().then(Trace { decay: 0.9, nesterov: true }).then(sgd(0.1));
    /// # let _ = rule;
    /// ```
    pub struct Trace {
        /// How much of the last step stays.
        decay: f64 = 0.9 => momentum,
        /// Look ahead along the momentum.
        nesterov: bool = false,
    }
    slots 1 { trace }
    prepare |rule, _step| {
        let decay = E::from_f64(rule.decay);
    }
    element |g, _p| {
        let t = saturated(g + decay * trace, g);
        (if rule.nesterov { saturated(g + decay * t, g) } else { t }, [t])
    }

    /// The moving average of updates: `m = decay m + (1 - decay) g`; the update is `m / (1 - decay^t)`,
    /// or `m` without the correction of the first steps (`optax.ema`).
    ///
    /// To average the weights of a model, take [`AveragedWeights`](crate::optim::AveragedWeights).
    ///
    /// ```
    /// use nnx_core::optim::{Chain, Ema, sgd};
    ///
    /// let rule = Chain::new().then(Ema { decay: 0.99, ..Ema::default() }).then(sgd(0.1));
    /// # let _ = rule;
    /// ```
    pub struct Ema {
        /// How much of the mean stays.
        decay: f64 = 0.9 => decay,
        /// Whether the first steps, whose mean started at 0, are corrected.
        debias: bool = true,
    }
    slots 1 { ema }
    prepare |rule, step| {
        let [decay, new] = [rule.decay, 1.0 - rule.decay].map(E::from_f64);
        let c = if rule.debias { correction::<E>(rule.decay, step) } else { E::ONE };
    }
    element |g, _p| {
        let m = saturated(new * g + decay * ema, g);
        (saturated(m * c, g), [m])
    }

    /// Lion's direction: the sign of `b1 m + (1 - b1) g`; then `m = b2 m + (1 - b2) g`
    /// (`optax.scale_by_lion`; Chen et al., 2023).
    ///
    /// ```
    /// use nnx_core::optim::{Chain, ScaleByLion, sgd};
    ///
    /// let rule = Chain::new().then(ScaleByLion::default()).then(sgd(0.1));
    /// # let _ = rule;
    /// ```
    pub struct ScaleByLion {
        /// How much of the mean enters into the update.
        b1: f64 = 0.9 => decay,
        /// The decay of the mean.
        b2: f64 = 0.99 => decay,
    }
    slots 1 { mu }
    prepare |rule, _step| {
        let [b1, b2] = [rule.b1, rule.b2].map(E::from_f64);
        let [new1, new2] = [1.0 - rule.b1, 1.0 - rule.b2].map(E::from_f64);
    }
    element |g, _p| {
        let x = new1 * g + b1 * mu;
        // NaN has no sign, and stays.
        let sign = if x > E::ZERO { E::ONE } else if x < E::ZERO { -E::ONE } else { x };
        (sign, [saturated(new2 * g + b2 * mu, g)])
    }
}
