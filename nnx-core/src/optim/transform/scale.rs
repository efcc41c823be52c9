//! Scaling by a constant.

use super::elementwise;

elementwise! {
    /// Multiplies each update by a constant (`optax.scale`).
    ///
    /// ```
    /// use nnx_core::optim::{Chain, Scale, sgd};
    ///
    /// let chain = Chain::new().then(Scale { factor: 0.5 }).then(sgd(0.1));
    /// # let _ = chain;
    /// ```
    pub struct Scale {
        /// The constant.
        factor: f64 = 1.0 => finite,
    }
    slots 0 {}
    prepare |settings, _step| {
        let factor = E::from_f64(settings.factor);
    }
    update |g, _p| (g * factor, [])
}
