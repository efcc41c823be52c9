//! Gradients over the root of their mean square, or of the sum of all their squares.

use super::{bounded, correction, rules, saturated};

rules! {
    /// RMSProp's direction: with `v = decay v + (1 - decay) g²` the update is `g / √(v + eps)`
    /// (`optax.scale_by_rms`; Tieleman and Hinton, 2012).
    ///
    /// ```
    /// use nnx_core::optim::{Chain, ScaleByRms, sgd};
    ///
    /// let rule = Chain::new().then(ScaleByRms { decay: 0.99, ..ScaleByRms::default() }).then(sgd(0.1));
    /// # let _ = rule;
    /// ```
    pub struct ScaleByRms {
        /// The decay of the mean of squares.
        decay: f64 = 0.9 => decay,
        /// Added to the mean of squares, or to its root.
        eps: f64 = 1e-8 => positive,
        /// What the mean of squares starts with.
        initial_scale: f64 = 0.0 => positive,
        /// Whether `eps` is added below the root. (In PyTorch it is added to the root.)
        eps_in_sqrt: bool = true,
        /// Whether the mean is divided by `1 - decay^t`, as in Adam.
        bias_correction: bool = false,
    }
    slots 1 { nu = initial_scale }
    prepare |rule, step| {
        let [decay, new, eps] = [rule.decay, 1.0 - rule.decay, rule.eps].map(E::from_f64);
        let c = if rule.bias_correction { correction::<E>(rule.decay, step) } else { E::ONE };
    }
    element |g, _p| {
        let g = bounded(g);
        let v = decay * nu + new * (g * g);
        let mean = v * c;
        let root = if rule.eps_in_sqrt { (mean + eps).sqrt() } else { mean.sqrt() + eps };
        (g / root, [v])
    }

    /// RMSProp's direction, centred: with the mean `m` of gradients beside that of their squares the
    /// update is `g / √(v - m² + eps)` (`optax.scale_by_stddev`; Graves, 2013).
    ///
    /// ```
    /// use nnx_core::optim::{Chain, ScaleByStddev, sgd};
    ///
    /// let rule = Chain::new().then(ScaleByStddev::default()).then(sgd(0.1));
    /// # let _ = rule;
    /// ```
    pub struct ScaleByStddev {
        /// The decay of both means.
        decay: f64 = 0.9 => decay,
        /// Added to the variance, or to its root.
        eps: f64 = 1e-8 => positive,
        /// What the mean of squares starts with.
        initial_scale: f64 = 0.0 => positive,
        /// Whether `eps` is added below the root. (In PyTorch it is added to the root.)
        eps_in_sqrt: bool = true,
        /// Whether both means are divided by `1 - decay^t`, as in Adam.
        bias_correction: bool = false,
    }
    slots 2 { mu, nu = initial_scale }
    prepare |rule, step| {
        let [decay, new, eps] = [rule.decay, 1.0 - rule.decay, rule.eps].map(E::from_f64);
        let c = if rule.bias_correction { correction::<E>(rule.decay, step) } else { E::ONE };
    }
    element |g, _p| {
        let g = bounded(g);
        let m = decay * mu + new * g;
        let v = decay * nu + new * (g * g);
        // Not below 0, where rounding may take it: the root of that has no value.
        let variance = v * c - (m * c) * (m * c);
        let variance = if variance < E::ZERO { E::ZERO } else { variance };
        let root = if rule.eps_in_sqrt { (variance + eps).sqrt() } else { variance.sqrt() + eps };
        (g / root, [m, v])
    }

    /// Adagrad's direction: with the sum `s` of all squares so far, this one included, the update is
    /// `g / √(s + eps)`, 0 where `s` is 0 (`optax.scale_by_rss`; Duchi et al., 2011).
    ///
    /// ```
    /// use nnx_core::optim::{Chain, ScaleByRss, sgd};
    ///
    /// let rule = Chain::new().then(ScaleByRss::default()).then(sgd(0.1));
    /// # let _ = rule;
    /// ```
    pub struct ScaleByRss {
        /// What the sums start with. (In PyTorch with 0.)
        initial_accumulator_value: f64 = 0.1 => positive,
        /// Added to the sum. (In PyTorch to its root.)
        eps: f64 = 1e-7 => positive,
    }
    slots 1 { sum_of_squares = initial_accumulator_value }
    prepare |rule, _step| {
        let eps = E::from_f64(rule.eps);
    }
    element |g, _p| {
        let g = bounded(g);
        let sum = saturated(g * g + sum_of_squares, g);
        // NaN is no 0, and stays.
        (if sum <= E::ZERO { E::ZERO } else { g / (sum + eps).sqrt() }, [sum])
    }
}
