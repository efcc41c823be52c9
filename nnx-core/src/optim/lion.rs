//! Lion.

use super::descent::usual_chain;
use super::transform::{elementwise, saturated, sign};
use super::{Descent, Schedule};

elementwise! {
    /// The direction of [`lion`]: the update is `sign(b1 m + (1 - b1) g)`; then `m ← b2 m + (1 - b2) g`
    /// (`optax.scale_by_lion`; Chen et al., 2023).
    ///
    /// ```
    /// use nnx_core::optim::{Descent, ScaleByLion};
    ///
    /// let optimizer = Descent::along(ScaleByLion { b2: 0.95, ..ScaleByLion::default() }, 1e-3);
    /// # let _ = optimizer;
    /// ```
    pub struct ScaleByLion {
        /// The weight of the moving average in the update.
        b1: f64 = 0.9 => decay,
        /// The decay rate of the moving average.
        b2: f64 = 0.99 => decay,
    }
    slots 1 { mu }
    prepare |settings, _step| {
        let [b1, b2] = [settings.b1, settings.b2].map(E::from_f64);
        let [new1, new2] = [1.0 - settings.b1, 1.0 - settings.b2].map(E::from_f64);
    }
    update |g, _p| {
        let x = new1 * g + b1 * mu;
        // An infinite gradient has a sign. `saturated` makes the slot NaN, so that the next update is NaN.
        (sign(x), [saturated(new2 * g + b2 * mu, g)])
    }
}
usual_chain! { ScaleByLion: betas weight_decay }

/// Lion: `p ← p - η (sign(b1 m + (1 - b1) g) + λ p)`, then `m ← b2 m + (1 - b2) g`. All its steps have the same
/// size, so take a learning rate 3 to 10 times smaller than Adam's.
///
/// | | |
/// |---|---|
/// | defaults | `b1 = 0.9`, `b2 = 0.99`, decoupled weight decay `λ = 1e-3` |
/// | slots | `mu` for `m` |
/// | optax | `lion` |
/// | PyTorch | none |
/// | source | Chen et al., 2023 |
///
/// ```
/// use nnx_core::module::{Param, grad};
/// use nnx_core::optim::{Optimizer, lion};
/// use nnx_core::{size::U2, tensor::Tensor};
///
/// let mut model = Param::<(U2,)>::new(Tensor::from([1.0, -1.0]));
/// let mut optimizer = Optimizer::new(&model, lion(0.25).weight_decay(0.0));
/// let gradients = grad(&mut model, |p, pass| p.get(pass).sum())?;
/// optimizer.update(&mut model, gradients)?;
/// assert_eq!(model.value().to_vec(), [0.75, -1.25]);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[must_use]
pub fn lion(learning_rate: impl Into<Schedule>) -> Descent<ScaleByLion> {
    Descent::named("lion", ScaleByLion::default(), learning_rate).weight_decay(1e-3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::reference::check;

    #[test]
    fn lion_follows_its_formula() {
        let mut m = 0.0;
        check(lion(0.1).betas(0.8, 0.95), |p, g, _| {
            let direction = (0.8 * m + (1.0 - 0.8) * g).signum();
            m = 0.95 * m + (1.0 - 0.95) * g;
            p - 0.1 * (direction + 1e-3 * p)
        });
    }
}
