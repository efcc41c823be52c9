//! Gradient descent with Polyak's step size.

use super::transform::{Objective, Scale};
use super::{
    Chain, Descent, Direction, ScaleByLearningRate, Schedule, Transform, Updates, settings,
};
use crate::module::State;
use crate::ops::euclidean_norm;

/// The direction of [`polyak_sgd`].
#[derive(Debug, Clone, Copy)]
pub struct PolyakDirection {
    max_learning_rate: f64,
    f_min: f64,
    eps: f64,
    positive: bool,
}

/// Gradient descent with Polyak's step size: `p ← p - min((f - f_min) / (‖u‖² + eps), max) u` with `u = η g`, of the
/// loss f and its least value. There is no step where `‖u‖² + eps` is below 2.2e-16 (in optax, the machine epsilon of
/// its default type).
///
/// It needs [`Optimizer::step_on`](super::Optimizer::step_on), which evaluates the loss.
///
/// | | |
/// |---|---|
/// | defaults | `max_learning_rate = 1`, `f_min = 0`, `eps = 0`; optax's `scaling`, the argument `η`, is 1 |
/// | slots | none |
/// | optax | `polyak_sgd` |
/// | PyTorch | none |
/// | source | Loizou et al., 2021; Berrada et al., 2020 |
///
/// ```
/// use nnx_core::optim::{Optimizer, polyak_sgd};
/// use nnx_core::{module::Param, size::U2, tensor::Tensor};
///
/// let mut model = Param::<(U2,)>::new(Tensor::from([3.0, -1.0]));
/// let mut optimizer = Optimizer::new(&model, polyak_sgd(1.0));
/// optimizer.step_on(&mut model, |p, pass| p.get(pass).square().sum())?;
/// assert_eq!(model.value().to_vec(), [1.5, -0.5]);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[must_use]
pub fn polyak_sgd(scaling: impl Into<Schedule>) -> Descent<PolyakDirection> {
    let direction =
        PolyakDirection { max_learning_rate: 1.0, f_min: 0.0, eps: 0.0, positive: false };
    Descent::named("polyak_sgd", direction, scaling)
}

impl Descent<PolyakDirection> {
    /// The largest step size.
    ///
    /// # Panics
    /// If it is negative or NaN.
    #[must_use]
    #[track_caller]
    pub fn max_learning_rate(mut self, rate: f64) -> Self {
        self.direction.max_learning_rate = settings::bound(self.name, "max_learning_rate", rate);
        self
    }

    /// The least value of the loss.
    ///
    /// # Panics
    /// If it is infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn f_min(mut self, f_min: f64) -> Self {
        self.direction.f_min = settings::finite(self.name, "f_min", f_min);
        self
    }

    /// Added to the square of the norm.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn eps(mut self, eps: f64) -> Self {
        self.direction.eps = settings::non_negative(self.name, "eps", eps);
        self
    }

    /// Takes no step where the loss is below `f_min`, instead of one uphill (`variant="sps+"`).
    #[must_use]
    pub fn positive(mut self) -> Self {
        self.direction.positive = true;
        self
    }
}

impl Direction for PolyakDirection {
    fn into_chain(optimizer: Descent<Self>) -> Chain {
        let settings = optimizer.direction;
        Chain::new()
            .then(ScaleByLearningRate::new(optimizer.learning_rate))
            .then(ScaleByPolyak { settings })
    }
}

/// The transform of [`polyak_sgd`].
#[derive(Debug, crate::Module)]
struct ScaleByPolyak {
    #[module(skip)]
    settings: PolyakDirection,
}

impl Transform for ScaleByPolyak {
    fn init(&mut self, _: &State) {}

    /// # Panics
    /// If the loss can't be evaluated.
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        let PolyakDirection { max_learning_rate, f_min, eps, positive } = self.settings;
        let norms = updates.arrays().map(|update| euclidean_norm(update).value().powi(2));
        let square = norms.sum::<f64>() + eps;
        let Some(Objective { loss, .. }) = updates.objective() else {
            panic!(
                "`Optimizer::update` has gradients alone, but polyak_sgd needs the loss: call \
                 `optimizer.step_on(&mut model, |model, pass| loss)`"
            )
        };
        let gap = if positive { (*loss - f_min).max(0.0) } else { *loss - f_min };
        let step = if square <= f64::EPSILON { 0.0 } else { (gap / square).min(max_learning_rate) };
        updates.apply_elementwise(Scale { factor: step }, []);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::module::{Param, grad};
    use crate::optim::Optimizer;
    use crate::size::U1;
    use crate::tensor::Tensor;

    #[test]
    fn a_step_may_be_bounded_below_and_above() {
        let loss =
            |p: &Param<(U1,), f64>, pass: &mut crate::module::Pass| p.get(pass).square().sum();
        let after = |rule: Descent<PolyakDirection>| {
            let mut model = Param::<(U1,), f64>::new(Tensor::from([2.0]));
            Optimizer::new(&model, rule).step_on(&mut model, loss).expect("a step");
            model.value().to_vec()[0]
        };
        // The loss is 4, the square of the gradient 16.
        assert_eq!(after(polyak_sgd(1.0)), 2.0 - 4.0 / 16.0 * 4.0);
        assert_eq!(after(polyak_sgd(1.0).max_learning_rate(0.125)), 1.5);
        assert_eq!(after(polyak_sgd(1.0).f_min(2.0).eps(4.0)), 2.0 - 2.0 / 20.0 * 4.0);
        assert_eq!(after(polyak_sgd(1.0).f_min(8.0)), 3.0);
        assert_eq!(after(polyak_sgd(1.0).f_min(8.0).positive()), 2.0);
        assert_eq!(after(polyak_sgd(0.0)), 2.0);
    }

    #[test]
    #[should_panic(expected = "polyak_sgd needs the loss: call `optimizer.step_on(&mut model")]
    fn a_step_on_gradients_alone_is_refused() {
        let mut model = Param::<(U1,), f64>::new(Tensor::from([2.0]));
        let gradients = grad(&mut model, |p, pass| p.get(pass).sum()).expect("gradients");
        let _ = Optimizer::new(&model, polyak_sgd(1.0)).update(&mut model, gradients);
    }
}
