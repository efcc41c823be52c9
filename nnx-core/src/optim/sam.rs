//! Sharpness-aware minimization.

use super::transform::{Count, count, elementwise, increment, increment_for_branch, makes};
use super::{IntoTransform, Scale, ScaleDown, Slot, Transform, Updates};
use crate::module::State;
use crate::tensor::Tensor;

/// Sharpness-aware minimization: of two steps, the first goes uphill by `ascent`, and the second applies
/// `optimizer`, with the gradient found there, to the previous weights. So it finds minima around which the loss
/// is low, too.
///
/// The usual `ascent` is a step of length `ρ`: `Chain::new().then(normalize()).then(sgd(ρ))`. After the first step of a
/// period the model has the weights of the ascent. To evaluate it between, use
/// [`Optimizer::evaluation_pass`](super::Optimizer::evaluation_pass).
///
/// Take both gradients of a period from the same batch. Running statistics (of batch norm) are updated in both steps.
///
/// | | |
/// |---|---|
/// | slots | those of both optimizers, and `cache` for the previous weights |
/// | optax | `contrib.sam(optimizer, ascent)`, which with `opaque_mode=True` computes the second gradient itself |
/// | PyTorch | none |
/// | source | Foret et al., 2021 |
///
/// ```
/// use nnx_core::module::{Init, Layer, grad};
/// use nnx_core::optim::{Chain, Optimizer, adam, normalize, sam, sgd};
/// use nnx_core::{nn::Linear, random::Rngs, size::{U1, U2}, tensor::Tensor};
///
/// let mut model = Linear::<U2, U1>::init(&mut Rngs::new(0));
/// let ascent = Chain::new().then(normalize()).then(sgd(0.05));
/// let mut optimizer = Optimizer::new(&model, sam(adam(1e-3), ascent));
/// for _ in 0..2 {
///     let x = Tensor::from([1.0, 2.0]);
///     let grads = grad(&mut model, |model, pass| model.forward(x, pass).square().sum())?;
///     optimizer.update(&mut model, grads)?;
/// }
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[must_use]
#[track_caller]
pub fn sam<How, Up>(optimizer: impl IntoTransform<How>, ascent: impl IntoTransform<Up>) -> Sam {
    Sam {
        sync_period: 2,
        reset: true,
        steps_since_sync: count(),
        outer_step: count(),
        ascent_step: count(),
        opt_state: optimizer.boxed(),
        adv_state: ascent.boxed(),
        cache: Slot::new(0.0),
    }
}

/// See [`sam`].
#[derive(Debug, crate::Module)]
pub struct Sam {
    sync_period: u32,
    reset: bool,
    steps_since_sync: Count,
    outer_step: Count,
    ascent_step: Count,
    opt_state: Box<dyn Transform>,
    adv_state: Box<dyn Transform>,
    cache: Slot,
}

impl Sam {
    /// The number of steps of a period, 2 by default: all but the last go uphill.
    ///
    /// # Panics
    /// If it is 0.
    #[must_use]
    #[track_caller]
    pub fn sync_period(mut self, steps: u32) -> Self {
        assert!(steps > 0, "sam: `sync_period` must be at least 1");
        self.sync_period = steps;
        self
    }

    /// Keeps the slots of the ascent from one period to the next. By default each period starts anew.
    #[must_use]
    pub fn keep_state(mut self) -> Self {
        self.reset = false;
        self
    }
}

impl Transform for Sam {
    fn init(&mut self, params: &State) {
        self.opt_state.init(params);
        self.adv_state.init(params);
        self.cache.init_as_params(params);
    }

    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        let seen = increment_for_branch(&mut self.steps_since_sync);
        if seen == 0 {
            let params = updates.params();
            self.cache.init_as_params(&params);
            if self.reset {
                self.adv_state.init(&params);
                self.ascent_step.replace(Tensor::from(0));
            }
        }
        if seen + 1 < self.sync_period {
            let step = increment(&mut self.ascent_step);
            updates.at_count(step, |updates| self.adv_state.update(updates));
            updates.apply_elementwise(Scale { factor: -1.0 }, []);
            return;
        }
        self.steps_since_sync.replace(Tensor::from(0));
        let step = increment(&mut self.outer_step);
        let Self { opt_state, cache, .. } = self;
        updates.with_params(cache.arrays(), |updates| {
            updates.at_count(step, |updates| opt_state.update(updates));
        });
        updates.apply_elementwise(Return {}, [cache]);
    }

    fn evaluation_params(&self, params: &mut State) {
        if self.steps_since_sync.value().item() > 0 {
            self.cache.replace_in(params);
        }
        self.opt_state.evaluation_params(params);
    }

    fn learning_rate(&self, _step: u64) -> Option<f64> {
        self.opt_state.learning_rate(self.outer_step.value().item().into())
    }
}

elementwise! {
    /// Corrects the update, which is for the saved weights, so that it leads there from the weights of the ascent.
    pub(super) struct Return {}
    slots 1 { cache }
    prepare |_settings, _step| {}
    update |g, p| (cache - p + g, [cache])
}

/// Scales all updates so that their common norm, over all parameters, is 1: `g / ‖g‖` (`optax.contrib.normalize`).
/// Where all are 0 they stay 0; optax gives NaN.
///
/// ```
/// use nnx_core::optim::{Chain, normalize, sgd};
///
/// let chain = Chain::new().then(normalize()).then(sgd(0.1));
/// # let _ = chain;
/// ```
#[must_use]
pub fn normalize() -> Normalize {
    Normalize
}

/// See [`normalize`].
#[derive(Debug, Clone, Copy, crate::Module, crate::ops::AttributeValue)]
pub struct Normalize;

impl Transform for Normalize {
    fn init(&mut self, _: &State) {}
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        let norm = updates.global_norm();
        updates.apply_made(norm, *self, []);
    }
}

makes!(Normalize => ScaleDown, numbers 2, |_settings, inputs| {
    let (scale, root) = (inputs.numbers[0], inputs.numbers[1]);
    match root == 0.0 {
        true => ScaleDown::default(),
        false => ScaleDown { norm: root, scale, to: 1.0 },
    }
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::{Chain, adam, reference::check, sgd};

    #[test]
    fn sam_follows_its_formula() {
        let (mut before, mut m, mut v) = (0.0, 0.0, 0.0);
        let ascent = Chain::new().then(normalize()).then(sgd(0.05));
        check(sam(adam(0.1).eps(1e-3), ascent), |p, g, t| {
            if t % 2 == 1 {
                before = p;
                return p + 0.05 * g.signum();
            }
            m = 0.9 * m + (1.0 - 0.9) * g;
            v = 0.999 * v + (1.0 - 0.999) * g * g;
            let (c1, c2) = (1.0 - 0.9f64.powi(t / 2), 1.0 - 0.999f64.powi(t / 2));
            before - 0.1 * (m / c1) / ((v / c2).sqrt() + 1e-3)
        });
    }

    #[test]
    fn a_longer_period_goes_uphill_several_times_and_may_keep_its_momentum() {
        for keep in [false, true] {
            let (mut before, mut trace) = (0.0, 0.0);
            let optimizer = sam(sgd(0.1), sgd(0.05).momentum(0.9)).sync_period(3);
            let optimizer = if keep { optimizer.keep_state() } else { optimizer };
            check(optimizer, |p, g, t| {
                if t % 3 == 1 {
                    before = p;
                    trace = if keep { trace } else { 0.0 };
                }
                if t % 3 == 0 {
                    return before - 0.1 * g;
                }
                trace = g + 0.9 * trace;
                p + 0.05 * trace
            });
        }
    }
}
