//! Rules without slots.

use super::{rules, saturated};

rules! {
    /// Multiplies each update by a factor (`optax.scale`).
    ///
    /// ```
    /// use nnx_core::optim::{Chain, Scale, sgd};
    ///
    /// let rule = Chain::new().then(Scale { factor: 0.5 }).then(sgd(0.1));
    /// # let _ = rule;
    /// ```
    pub struct Scale {
        /// The factor.
        factor: f64 = 1.0 => finite,
    }
    slots 0 {}
    prepare |rule, _step| {
        let factor = E::from_f64(rule.factor);
    }
    element |g, _p| (g * factor, [])

    /// Each element within `-max_delta..=max_delta` (`optax.clip`; in PyTorch `clip_grad_value_`). NaN
    /// stays NaN, an infinity becomes the bound.
    ///
    /// ```
    /// use nnx_core::optim::{Chain, Clip, sgd};
    ///
    /// let rule = Chain::new().then(Clip { max_delta: 1.0 }).then(sgd(0.1));
    /// # let _ = rule;
    /// ```
    pub struct Clip {
        /// The bound.
        max_delta: f64 = 1.0 => bound,
    }
    slots 0 {}
    prepare |rule, _step| {
        let bound = E::from_f64(rule.max_delta);
    }
    element |g, _p| (if g > bound { bound } else if g < -bound { -bound } else { g }, [])

    /// Adds `decay` times the parameter to each update (`optax.add_decayed_weights`; Loshchilov and
    /// Hutter, 2019). [`masked`](crate::optim::masked) keeps it from biases.
    ///
    /// ```
    /// use nnx_core::optim::{AddDecayedWeights, Chain, sgd};
    ///
    /// let rule = Chain::new().then(AddDecayedWeights { decay: 1e-4 }).then(sgd(0.1));
    /// # let _ = rule;
    /// ```
    pub struct AddDecayedWeights {
        /// The factor.
        decay: f64 = 0.0 => positive,
    }
    slots 0 {}
    prepare |rule, _step| {
        let decay = E::from_f64(rule.decay);
    }
    element |g, p| (saturated(g + decay * p, g), [])

    /// 0 for each element that is NaN (`optax.zero_nans`). Infinities stay: clip behind it.
    ///
    /// ```
    /// use nnx_core::optim::{Chain, ZeroNans, sgd};
    ///
    /// let rule = Chain::new().then(ZeroNans {}).then(sgd(0.1));
    /// # let _ = rule;
    /// ```
    pub struct ZeroNans {}
    slots 0 {}
    prepare |_rule, _step| {}
    element |g, _p| (if g.is_nan() { E::ZERO } else { g }, [])
}
