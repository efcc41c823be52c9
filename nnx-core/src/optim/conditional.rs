//! Steps that are put off, or left out.

use super::slot::{Count, count, increment};
use super::{IntoTransform, Slot, Transform, Updates, rules};
use crate::array::dtype::for_float;
use crate::module::State;
use crate::tensor::Tensor;

/// One step of `transform` for every `steps` gradients, of their mean; between them parameters stay as
/// they are (`optax.MultiSteps`). So a batch may be as large as several that fit into memory.
///
/// Slots and schedules inside see one step for `steps` gradients.
///
/// ```
/// use nnx_core::optim::{adam, every};
///
/// let rule = every(4, adam(1e-3)); // batches of 32 count as one of 128
/// # let _ = rule;
/// ```
///
/// # Panics
/// If `steps` is 0.
#[must_use]
pub fn every<How>(steps: u32, transform: impl IntoTransform<How>) -> MultiSteps {
    assert!(steps > 0, "every: `steps` must be at least 1");
    MultiSteps {
        steps,
        mini_step: count(),
        gradient_step: count(),
        inner_opt_state: transform.boxed(),
        acc_grads: Slot::new(0.0),
    }
}

/// See [`every`].
#[derive(Debug, crate::Module)]
pub struct MultiSteps {
    steps: u32,
    mini_step: Count,
    gradient_step: Count,
    inner_opt_state: Box<dyn Transform>,
    acc_grads: Slot,
}

impl Transform for MultiSteps {
    fn init(&mut self, params: &State) {
        self.acc_grads.init(params);
        self.inner_opt_state.init(params);
    }
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        let seen = increment(&mut self.mini_step);
        let last = seen.saturating_add(1) >= self.steps;
        updates.each(Accumulate { seen: seen.into(), last }, [&mut self.acc_grads]);
        if !last {
            updates.set_to_zero();
            return;
        }
        self.mini_step.replace(Tensor::from(0));
        let step = increment(&mut self.gradient_step);
        updates.at_step(step.into(), |updates| self.inner_opt_state.update(updates));
    }
}

rules::rules! {
    /// The mean of gradients, one more taken in: `a + (g - a) / (seen + 1)`; 0 again after the last.
    pub struct Accumulate {
        /// How many there were before.
        seen: f64 = 0.0,
        /// Whether this is the last.
        last: bool = false,
    }
    slots 1 { acc }
    prepare |rule, _step| {
        let (count, half) = (E::from_f64(rule.seen + 1.0), E::from_f64(0.5));
    }
    element |g, _p| {
        // The difference of halves: that of two large gradients would overflow.
        let change = (g * half - acc * half) / count;
        let mean = acc + (change + change);
        (mean, [if rule.last { E::ZERO } else { mean }])
    }
}

/// Leaves a step out where a gradient is NaN or infinite: parameters and slots stay as they are, and the
/// schedules inside don't count it (`optax.apply_if_finite`). After more than `max_consecutive_errors`
/// such steps in a row they are made all the same, so that what is wrong is seen.
///
/// ```
/// use nnx_core::optim::{Chain, Optimizer, adam, apply_if_finite, clip_by_global_norm};
///
/// let rule = apply_if_finite(Chain::new().then(clip_by_global_norm(1.0)).then(adam(1e-3)), 5);
/// # let _ = rule;
/// ```
#[must_use]
pub fn apply_if_finite<How>(
    transform: impl IntoTransform<How>,
    max_consecutive_errors: u32,
) -> ApplyIfFinite {
    ApplyIfFinite {
        max_consecutive_errors,
        notfinite_count: count(),
        total_notfinite: count(),
        inner_step: count(),
        inner_state: transform.boxed(),
    }
}

/// See [`apply_if_finite`].
#[derive(Debug, crate::Module)]
pub struct ApplyIfFinite {
    max_consecutive_errors: u32,
    notfinite_count: Count,
    total_notfinite: Count,
    inner_step: Count,
    inner_state: Box<dyn Transform>,
}

impl Transform for ApplyIfFinite {
    fn init(&mut self, params: &State) {
        self.inner_state.init(params);
    }
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        let finite = updates.arrays().all(|array| {
            let array = array.contiguous();
            for_float!(array.dtype(), E => array.slice::<E>().iter().all(|&x: &E| x.is_finite()))
        });
        if finite {
            self.notfinite_count.replace(Tensor::from(0));
        } else {
            increment(&mut self.total_notfinite);
            if increment(&mut self.notfinite_count) < self.max_consecutive_errors {
                updates.set_to_zero();
                return;
            }
        }
        let step = increment(&mut self.inner_step);
        updates.at_step(step.into(), |updates| self.inner_state.update(updates));
    }
}
