//! Stochastic gradient descent.

use super::descent::methods;
use super::{Chain, Descent, Direction, ScaleByLearningRate, Schedule};

/// The direction of [`sgd`]: the gradient, or its momentum.
#[derive(Debug, Clone, Copy)]
pub struct SgdDirection;

/// The type of [`sgd`].
pub type Sgd = Descent<SgdDirection>;

/// Stochastic gradient descent: `p ← p - η g` with gradient `g` and learning rate `η`. With momentum `μ` it is
/// `t ← g + μ t`, `p ← p - η t`; in Nesterov's form `p ← p - η (g + μ t)`.
///
/// | | |
/// |---|---|
/// | defaults | no momentum |
/// | slots | `trace`, with momentum |
/// | optax | `sgd(rate, momentum, nesterov)` |
/// | PyTorch | `SGD`, the same also in Nesterov's form |
/// | source | Sutskever et al., 2013 |
///
/// ```
/// use nnx_core::module::{Param, grad};
/// use nnx_core::optim::{Optimizer, sgd};
/// use nnx_core::{size::U2, tensor::Tensor};
///
/// let mut model = Param::<(U2,)>::new(Tensor::from([1.0, -1.0]));
/// let mut optimizer = Optimizer::new(&model, sgd(0.25).momentum(0.5));
/// for _ in 0..2 {
///     let gradients = grad(&mut model, |p, pass| p.get(pass).sum())?;
///     optimizer.update(&mut model, gradients)?;
/// }
/// // 1 - 0.25 · 1 - 0.25 · (1 + 0.5)
/// assert_eq!(model.value().to_vec(), [0.375, -1.625]);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[must_use]
pub fn sgd(learning_rate: impl Into<Schedule>) -> Sgd {
    Descent::named("sgd", SgdDirection, learning_rate)
}

impl Direction for SgdDirection {
    fn into_chain(optimizer: Sgd) -> Chain {
        Chain::new()
            .then_some(optimizer.momentum_transform())
            .then(ScaleByLearningRate::new(optimizer.learning_rate))
    }
}
methods! { SgdDirection: momentum }

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::reference::check;

    #[test]
    fn sgd_follows_its_formula() {
        check(sgd(0.1), |p, g, _| p - 0.1 * g);
        check(sgd(0.1).nesterov(), |p, g, _| p - 0.1 * g);
        let mut t = 0.0;
        check(sgd(0.1).momentum(0.9), |p, g, _| {
            t = g + 0.9 * t;
            p - 0.1 * t
        });
        let mut t = 0.0;
        check(sgd(0.1).momentum(0.9).nesterov(), |p, g, _| {
            t = g + 0.9 * t;
            p - 0.1 * (g + 0.9 * t)
        });
    }
}
