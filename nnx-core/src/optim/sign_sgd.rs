//! Descent by the sign of gradients.

use super::descent::usual_chain;
use super::transform::{elementwise, sign};
use super::{Descent, Schedule};

elementwise! {
    /// The direction of [`sign_sgd`]: the sign of the gradient, 0 at 0 (`optax.scale_by_sign`; Bernstein et al., 2018).
    /// An infinite gradient gives NaN, so that the error shows; in optax it gives ±1.
    ///
    /// ```
    /// use nnx_core::optim::{Chain, Ema, ScaleByLearningRate, ScaleBySign};
    ///
    /// // The sign of the moving average of gradients.
    /// let chain = Chain::new().then(Ema::default()).then(ScaleBySign {}).then(ScaleByLearningRate::new(1e-3));
    /// # let _ = chain;
    /// ```
    pub struct ScaleBySign {}
    slots 0 {}
    prepare |_settings, _step| {}
    update |g, _p| (sign(g) + g * E::ZERO, [])
}
usual_chain! { ScaleBySign: }

/// Descent by the sign of gradients: `p ← p - η sign(g)`. All steps have the same size, whatever the size of the
/// gradient; where it is 0 there is none.
///
/// | | |
/// |---|---|
/// | defaults | none |
/// | slots | none |
/// | optax | `sign_sgd` |
/// | PyTorch | none |
/// | source | Bernstein et al., 2018 |
///
/// ```
/// use nnx_core::module::{Param, grad};
/// use nnx_core::optim::{Optimizer, sign_sgd};
/// use nnx_core::{size::U2, tensor::Tensor};
///
/// let mut model = Param::<(U2,)>::new(Tensor::from([1.0, -3.0]));
/// let mut optimizer = Optimizer::new(&model, sign_sgd(0.25));
/// let gradients = grad(&mut model, |p, pass| p.get(pass).square().sum())?;
/// optimizer.update(&mut model, gradients)?;
/// assert_eq!(model.value().to_vec(), [0.75, -2.75]);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[must_use]
#[doc(alias = "signsgd")]
pub fn sign_sgd(learning_rate: impl Into<Schedule>) -> Descent<ScaleBySign> {
    Descent::named("sign_sgd", ScaleBySign {}, learning_rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::reference::check;

    #[test]
    fn sign_sgd_follows_its_formula() {
        check(sign_sgd(0.1), |p, g, _| p - 0.1 * g.signum());
    }
}
