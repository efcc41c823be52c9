//! Weight decay.

use super::{elementwise, saturated};

elementwise! {
    /// Adds `decay` times the parameter to each update (`optax.add_decayed_weights`; Loshchilov and
    /// Hutter, 2019).
    ///
    /// After an optimizer's direction this is decoupled weight decay, as in AdamW. Before the optimizer it is
    /// an L2 penalty, as `weight_decay` of PyTorch's `SGD` and `Adam`. Use [`masked`](crate::optim::masked) to
    /// exclude parameters such as biases.
    ///
    /// ```
    /// use nnx_core::optim::{AddDecayedWeights, Chain, sgd};
    ///
    /// let chain = Chain::new().then(AddDecayedWeights { decay: 1e-4 }).then(sgd(0.1));
    /// # let _ = chain;
    /// ```
    pub struct AddDecayedWeights {
        /// The factor.
        decay: f64 = 0.0 => non_negative,
    }
    slots 0 {}
    prepare |settings, _step| {
        let decay = E::from_f64(settings.decay);
    }
    update |g, p| (saturated(g + decay * p, g), [])
}
