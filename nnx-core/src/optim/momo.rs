//! MoMo: momentum and Adam whose step sizes come from the loss. `scale` computes the steps.

mod scale;

use scale::{Momentum, ScaleByMomo};

use super::descent::methods;
use super::{Chain, Descent, Direction, Schedule, settings};

/// The direction of [`momo`].
#[derive(Debug, Clone, Copy)]
pub struct MomoDirection {
    beta: f64,
    bound: LowerBound,
}

/// The direction of [`momo_adam`].
#[derive(Debug, Clone, Copy)]
pub struct MomoAdamDirection {
    b1: f64,
    b2: f64,
    eps: f64,
    bound: LowerBound,
}

/// The lower bound of the loss.
#[derive(Debug, Clone, Copy)]
struct LowerBound {
    value: f64,
    adapts: bool,
}

/// MoMo: gradient descent with momentum whose step size comes from the loss and from a bound that it is never below:
/// `p ← (1 / (1 + η λ)) p - min(η, τ) m`, where `τ` leads a model of the loss to the bound.
///
/// `m ← β m + (1 - β) g`, and likewise the averages `f` of the loss and `γ` of `⟨g, p⟩`; the first step takes `β = 0`. Then
/// `τ = max((1 + η λ) (f - f_min - γ) + ⟨m, p⟩, 0) / ‖m‖²`, over all parameters. There is no step where `‖m‖²` is below
/// 2.2e-16 (in optax, the machine epsilon of its default type). The argument `η` may be large, such as 1.
///
/// It needs [`Optimizer::step_on`](super::Optimizer::step_on), which evaluates the loss.
///
/// | | |
/// |---|---|
/// | defaults | `β = 0.9`, `lower_bound = 0` for `f_min`, no weight decay `λ`; optax's `learning_rate` is 1 |
/// | slots | `exp_avg` for `m`, `barf` for `f`, `gamma`, `lb` for `f_min` |
/// | optax | `contrib.momo` |
/// | PyTorch | none; `momo-opt` |
/// | source | Schaipp et al., 2023 |
///
/// ```
/// use nnx_core::optim::{Optimizer, momo};
/// use nnx_core::{module::Param, size::U2, tensor::Tensor};
///
/// let mut model = Param::<(U2,)>::new(Tensor::from([3.0, -1.0]));
/// let mut optimizer = Optimizer::new(&model, momo(1.0));
/// optimizer.step_on(&mut model, |p, pass| p.get(pass).square().sum())?;
/// assert_eq!(model.value().to_vec(), [1.5, -0.5]);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[must_use]
pub fn momo(learning_rate: impl Into<Schedule>) -> Descent<MomoDirection> {
    let direction = MomoDirection { beta: 0.9, bound: LowerBound { value: 0.0, adapts: false } };
    Descent::named("momo", direction, learning_rate)
}

/// MoMo-Adam: [`adamw`](super::adamw) whose step size comes from the loss and from a bound that it is never below.
///
/// With the averages `m` and `v` of Adam, the averages `f` of the loss and `γ` of `⟨g, p⟩` with the decay rate `b1`, and
/// `d = √(v / (1 - b2^t)) + eps`: `p ← (1 / (1 + η λ)) p - min(η / (1 - b1^t), τ) m / d`, where
/// `τ = max((1 + η λ) (f - (1 - b1^t) f_min - γ) + ⟨m, p⟩, 0) / ⟨m, m / d⟩`, over all parameters. There is no step where the
/// divisor is below 2.2e-16 (in optax, the machine epsilon of its default type).
///
/// It needs [`Optimizer::step_on`](super::Optimizer::step_on), which evaluates the loss.
///
/// | | |
/// |---|---|
/// | defaults | `b1 = 0.9`, `b2 = 0.999`, `eps = 1e-8`, `lower_bound = 0` for `f_min`, no weight decay `λ`; optax's `learning_rate` is 0.01 |
/// | slots | `exp_avg` for `m`, `exp_avg_sq` for `v`, `barf` for `f`, `gamma`, `lb` for `f_min` |
/// | optax | `contrib.momo_adam` |
/// | PyTorch | none; `momo-opt` |
/// | source | Schaipp et al., 2023 |
///
/// ```
/// let optimizer = nnx_core::optim::momo_adam(0.01).betas(0.9, 0.99).adapt_lower_bound();
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn momo_adam(learning_rate: impl Into<Schedule>) -> Descent<MomoAdamDirection> {
    let bound = LowerBound { value: 0.0, adapts: false };
    let direction = MomoAdamDirection { b1: 0.9, b2: 0.999, eps: 1e-8, bound };
    Descent::named("momo_adam", direction, learning_rate)
}
methods! { MomoDirection: weight_decay_of_all }
methods! { MomoAdamDirection: betas eps weight_decay_of_all }

/// Gives an optimizer the settings of its bound.
macro_rules! bounds {
    ($($direction:ident)*) => { $(
        impl Descent<$direction> {
            /// The lower bound of the loss.
            ///
            /// # Panics
            /// If it is infinite or NaN.
            #[must_use]
            #[track_caller]
            pub fn lower_bound(mut self, bound: f64) -> Self {
                self.direction.bound.value = settings::finite(self.name, "lower_bound", bound);
                self
            }

            /// Raises the bound in each step, as far as the model of the loss allows, and lowers it again where it was too
            /// high; never below [`lower_bound`](Self::lower_bound).
            #[must_use]
            pub fn adapt_lower_bound(mut self) -> Self {
                self.direction.bound.adapts = true;
                self
            }
        }
    )* };
}
bounds! { MomoDirection MomoAdamDirection }

impl Descent<MomoDirection> {
    /// The decay rate `β` of the averages.
    ///
    /// # Panics
    /// If it isn't in [0, 1).
    #[must_use]
    #[track_caller]
    pub fn beta(mut self, beta: f64) -> Self {
        self.direction.beta = settings::decay(self.name, "beta", beta);
        self
    }
}

impl Direction for MomoDirection {
    fn into_chain(optimizer: Descent<Self>) -> Chain {
        let MomoDirection { beta, bound } = optimizer.direction;
        chain(&optimizer, Momentum { b1: beta, adam: None }, bound)
    }
}

impl Direction for MomoAdamDirection {
    fn into_chain(optimizer: Descent<Self>) -> Chain {
        let MomoAdamDirection { b1, b2, eps, bound } = optimizer.direction;
        chain(&optimizer, Momentum { b1, adam: Some((b2, eps)) }, bound)
    }
}

fn chain<D>(optimizer: &Descent<D>, momentum: Momentum, bound: LowerBound) -> Chain {
    Chain::new().then(ScaleByMomo::new(optimizer, momentum, bound))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::module::{Param, Pass, grad};
    use crate::optim::Optimizer;
    use crate::size::U1;
    use crate::tensor::Tensor;

    fn after(rule: impl Into<Chain>, start: f64, steps: usize) -> f64 {
        let mut model = Param::<(U1,), f64>::new(Tensor::from([start]));
        let mut optimizer = Optimizer::new(&model, rule);
        for _ in 0..steps {
            let loss = |p: &Param<(U1,), f64>, pass: &mut Pass| p.get(pass).square().sum();
            optimizer.step_on(&mut model, loss).expect("a step");
        }
        model.value().to_vec()[0]
    }

    #[test]
    fn a_step_leads_to_the_bound_and_is_no_longer_than_the_rate_allows() {
        // The loss is 4, the gradient 4.
        assert_eq!(after(momo(1.0), 2.0, 1), 2.0 - 4.0 / 16.0 * 4.0);
        assert_eq!(after(momo(0.125), 2.0, 1), 1.5);
        assert_eq!(after(momo(1.0).lower_bound(2.0), 2.0, 1), 1.5);
        // A loss that is already below its bound, or at its minimum: no step.
        assert_eq!(after(momo(1.0).lower_bound(8.0), 2.0, 1), 2.0);
        assert_eq!(after(momo(1.0), 0.0, 3), 0.0);
        assert_eq!(after(momo_adam(1.0), 0.0, 3), 0.0);
        // The direction of Adam's first step is the sign of the gradient; τ is 4 / 4.
        assert!((after(momo_adam(10.0).eps(0.0), 2.0, 1) - 1.0).abs() < 1e-12);
        assert!((after(momo_adam(0.25).eps(0.0), 2.0, 1) - 1.75).abs() < 1e-12);
    }

    #[test]
    fn a_loss_that_is_nan_shows_in_the_parameters() {
        assert!(after(momo(1.0), f64::NAN, 1).is_nan());
        assert!(after(momo_adam(1.0), f64::INFINITY, 1).is_nan());
    }

    #[test]
    #[should_panic(expected = "but momo_adam needs the loss: call `optimizer.step_on(&mut model")]
    fn a_step_on_gradients_alone_is_refused() {
        let mut model = Param::<(U1,), f64>::new(Tensor::from([2.0]));
        let gradients = grad(&mut model, |p, pass| p.get(pass).sum()).expect("gradients");
        let _ = Optimizer::new(&model, momo_adam(1.0)).update(&mut model, gradients);
    }
}
