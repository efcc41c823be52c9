//! Lookahead.

use super::transform::{Count, count, elementwise, increment_for_branch, saturated};
use super::{IntoTransform, Slot, Transform, Updates, settings};
use crate::array::Array;
use crate::module::State;
use crate::tensor::Tensor;

/// Lookahead: `fast` makes `sync_period` steps, and then the weights go back to a point between where these steps began
/// and where they led, `s ← s + slow_step_size (p - s)`, `p ← s`. The slow weights `s` often generalize better.
///
/// The model has the fast weights `p`, of which gradients are taken. Evaluate it with the slow ones, by
/// [`Optimizer::evaluation_pass`](super::Optimizer::evaluation_pass).
///
/// | | |
/// |---|---|
/// | slots | those of `fast`, and `slow` for `s` |
/// | optax | `lookahead`, whose parameters are a pair of both |
/// | PyTorch | none |
/// | source | Zhang et al., 2019 |
///
/// ```
/// use nnx_core::module::{Init, Layer, grad};
/// use nnx_core::optim::{Optimizer, adam, lookahead};
/// use nnx_core::{nn::Linear, random::Rngs, size::{U1, U2}, tensor::Tensor};
///
/// let mut model = Linear::<U2, U1>::init(&mut Rngs::new(0));
/// let mut optimizer = Optimizer::new(&model, lookahead(adam(1e-3), 5, 0.5));
/// let x = || Tensor::from([1.0, 2.0]);
/// let grads = grad(&mut model, |model, pass| model.forward(x(), pass).square().sum())?;
/// optimizer.update(&mut model, grads)?;
/// let y = model.forward(x(), &mut optimizer.evaluation_pass(&model)?);
/// # let _ = y;
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// # Panics
/// If `sync_period` is 0, or `slow_step_size` is negative, infinite or NaN.
#[must_use]
#[track_caller]
pub fn lookahead<How>(
    fast: impl IntoTransform<How>,
    sync_period: u32,
    slow_step_size: f64,
) -> Lookahead {
    assert!(sync_period > 0, "lookahead: `sync_period` must be at least 1");
    Lookahead {
        sync_period,
        slow_step_size: settings::non_negative("lookahead", "slow_step_size", slow_step_size),
        reset: false,
        fast_state: fast.boxed(),
        steps_since_sync: count(),
        slow: Slot::new(0.0),
    }
}

/// See [`lookahead`].
#[derive(Debug, crate::Module)]
pub struct Lookahead {
    sync_period: u32,
    slow_step_size: f64,
    reset: bool,
    fast_state: Box<dyn Transform>,
    steps_since_sync: Count,
    slow: Slot,
}

impl Lookahead {
    /// Starts `fast` anew after each synchronization: its slots and the steps of its schedules (`reset_state=True`).
    #[must_use]
    pub fn reset_state(mut self) -> Self {
        self.reset = true;
        self
    }
}

impl Transform for Lookahead {
    fn init(&mut self, params: &State) {
        self.fast_state.init(params);
        self.slow.init_as_params(params);
    }

    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        let Self { sync_period, reset, fast_state, steps_since_sync, slow, .. } = self;
        let seen = increment_for_branch(steps_since_sync);
        if *reset && seen == 0 {
            fast_state.init(&updates.params());
        }
        let step = if *reset { Array::scalar(seen) } else { updates.count() };
        updates.at_count(step, |updates| fast_state.update(updates));
        if seen + 1 >= *sync_period {
            steps_since_sync.replace(Tensor::from(0));
            updates.apply_elementwise(Synchronize { share: self.slow_step_size }, [slow]);
        }
    }

    fn evaluation_params(&self, params: &mut State) {
        self.fast_state.evaluation_params(params);
        self.slow.replace_in(params);
    }

    fn learning_rate(&self, step: u64) -> Option<f64> {
        let seen = self.steps_since_sync.value().item();
        self.fast_state.learning_rate(if self.reset { seen.into() } else { step })
    }
}

elementwise! {
    /// The synchronization of [`lookahead`].
    pub(super) struct Synchronize {
        /// The share of the difference that the slow weights move by.
        share: f64 = 0.5,
    }
    slots 1 { slow }
    prepare |settings, _step| {
        let [share, rest] = [settings.share, 1.0 - settings.share].map(E::from_f64);
    }
    update |g, p| {
        let difference = p + g - slow;
        (g - rest * difference, [saturated(slow + share * difference, g)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::{reference::check, sgd};

    #[test]
    fn lookahead_follows_its_formula_with_and_without_a_reset() {
        for reset in [false, true] {
            let (mut slow, mut trace) = (1.5, 0.0);
            let optimizer = lookahead(sgd(0.1).momentum(0.9), 3, 0.4);
            let optimizer = if reset { optimizer.reset_state() } else { optimizer };
            check(optimizer, |p, g, t| {
                trace = g + 0.9 * trace;
                let mut p = p - 0.1 * trace;
                if t % 3 == 0 {
                    slow += 0.4 * (p - slow);
                    p = slow;
                    trace = if reset { 0.0 } else { trace };
                }
                p
            });
        }
    }
}
