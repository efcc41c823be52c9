//! Gradient accumulation, and gradients that aren't finite.

use super::numerics::counted;
use super::{
    Count, IntoTransform, Slot, Transform, Updates, count, elementwise, increment,
    increment_for_branch, number_functions,
};
use crate::array::dtype::for_float;
use crate::array::{Array, DType};
use crate::module::{Module as _, State, Visitor, VisitorMut};
use crate::ops::{DynTensor, incremented, numbers_of};
use crate::tensor::Tensor;

/// Gradient accumulation: runs `transform` once for every `steps` gradients, on their mean. In between the
/// parameters don't change (`optax.MultiSteps`; in PyTorch several calls of `backward` before `step`). So the
/// effective batch can be larger than what fits into memory.
///
/// The transform and its schedules count one step per `steps` gradients.
///
/// ```
/// use nnx_core::optim::{adam, every};
///
/// let optimizer = every(4, adam(1e-3));
/// # let _ = optimizer;
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
        let seen = increment_for_branch(&mut self.mini_step);
        let last = seen.saturating_add(1) >= self.steps;
        let accumulate = Accumulate { seen: seen.into(), last };
        updates.apply_elementwise(accumulate, [&mut self.acc_grads]);
        if !last {
            updates.set_to_zero();
            return;
        }
        self.mini_step.replace(Tensor::from(0));
        let step = increment(&mut self.gradient_step);
        updates.at_count(step, |updates| self.inner_opt_state.update(updates));
    }
    fn evaluation_params(&self, params: &mut State) {
        self.inner_opt_state.evaluation_params(params);
    }
    fn learning_rate(&self, _step: u64) -> Option<f64> {
        self.inner_opt_state.learning_rate(self.gradient_step.value().item().into())
    }
}

elementwise! {
    /// The running mean of gradients: `a ← a + (g - a) / (seen + 1)`, reset to 0 after the last.
    pub struct Accumulate {
        /// The number of gradients so far.
        seen: f64 = 0.0,
        /// Whether this gradient is the last of the mean.
        last: bool = false,
    }
    slots 1 { acc }
    prepare |settings, _step| {
        let (count, half) = (E::from_f64(settings.seen + 1.0), E::from_f64(0.5));
    }
    update |g, _p| {
        // Twice the difference of halves, because the difference of two large gradients may overflow.
        let change = (g * half - acc * half) / count;
        let mean = acc + (change + change);
        (mean, [if settings.last { E::ZERO } else { mean }])
    }

    /// Sets elements that are NaN to 0 (`optax.zero_nans`). Infinities stay; add [`Clip`](super::Clip) after it.
    ///
    /// ```
    /// use nnx_core::optim::{Chain, Clip, ZeroNans, sgd};
    ///
    /// let chain = Chain::new().then(ZeroNans {}).then(Clip { max_delta: 1.0 }).then(sgd(0.1));
    /// # let _ = chain;
    /// ```
    pub struct ZeroNans {}
    slots 0 {}
    prepare |_settings, _step| {}
    update |g, _p| (if g.is_nan() { E::ZERO } else { g }, [])
}

/// Skips a step if a gradient is NaN or infinite: the parameters and the slots stay, and the schedules of
/// `transform` don't count the step (`optax.apply_if_finite`; in PyTorch what `GradScaler` does).
///
/// After `max_consecutive_errors` skipped steps in a row, steps are applied whatever they hold, so that a
/// persistent error shows.
///
/// Put it around the whole chain: in a step that [`jit`](crate::module::jit) records, transforms that follow it get
/// updates of 0 where the step is skipped.
///
/// ```
/// use nnx_core::optim::{Chain, Optimizer, adam, apply_if_finite, clip_by_global_norm};
///
/// let chain = apply_if_finite(Chain::new().then(clip_by_global_norm(1.0)).then(adam(1e-3)), 5);
/// # let _ = chain;
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

/// Whether no element is NaN or infinite.
fn is_finite(array: &Array) -> bool {
    let array = array.contiguous();
    for_float!(array.dtype(), E => array.slice::<E>().iter().all(|&x: &E| x.is_finite()))
}

number_functions! {
    /// Whether all updates are finite, and whether the transform applies: also after `most` that weren't.
    pub(in crate::optim) struct FiniteFlags { most: u32 } "apply_if_finite"
    takes |inputs| [(Takes::Counter, 1), (Takes::Array, inputs.len().saturating_sub(1))] gives 2;
    |inputs, out| {
        let finite = inputs[1..].iter().all(is_finite);
        let applies = finite || counted(&inputs[0]) >= most.into();
        out.copy_from_slice(&[finite.into(), applies.into()].map(|flag: u8| flag.into()));
    }
}

impl ApplyIfFinite {
    /// The update of a recorded step, which can't branch on the gradients: it runs the transform in any case, and then
    /// selects what is new or what was before.
    fn update_recorded(&mut self, updates: &mut Updates<'_>) {
        let most = self.max_consecutive_errors;
        let mut inputs = vec![self.notfinite_count.value().array().clone()];
        inputs.extend(updates.arrays().cloned());
        let flags = numbers_of(FiniteFlags { most }, inputs, 2);
        let flag = |index| {
            let flag = DynTensor::from(flags.clone()).slice(0, index, 1).reshape(&[]);
            flag.cast(DType::Bool)
        };
        let (finite, applies) = (flag(0), flag(1));
        let select = |flag: &DynTensor, new: Array, old: Array| {
            let flag = flag.clone().broadcast_to(&new.dims());
            flag.select(new.into(), old.into()).into_array()
        };

        let step = self.inner_step.value().array().clone();
        let mut before = Vec::new();
        self.inner_state.visit(&mut Visitor::new(&mut |_, variable| {
            before.push(variable.array().clone());
        }));
        let found = updates.computed_by(step.clone(), |updates| self.inner_state.update(updates));
        let (mut found, mut before) = (found.into_iter(), before.into_iter());
        updates.map_arrays(|_, _, update| {
            // Minus zero leaves every parameter as it is, where no other transform follows.
            let nothing = update.full_like(-0.0).into_array();
            match found.next().expect("one a parameter") {
                Some(new) => select(&applies, new, nothing).into(),
                None => nothing.into(),
            }
        });
        self.inner_state.visit_mut(&mut VisitorMut::new(&mut |_, variable| {
            let old = before.next().expect("the variables of before");
            let new = select(&applies, variable.array().clone(), old);
            variable.set_array(new).expect("of its own shape");
        }));

        let next = |count: &Count| incremented(count.value().array().clone());
        let failures = select(&finite, Array::scalar(0u32), next(&self.notfinite_count));
        let total = select(
            &finite,
            self.total_notfinite.value().array().clone(),
            next(&self.total_notfinite),
        );
        let step = select(&applies, incremented(step.clone()), step);
        let counts = [&mut self.notfinite_count, &mut self.total_notfinite, &mut self.inner_step];
        for (count, new) in counts.into_iter().zip([failures, total, step]) {
            count.replace(Tensor::trusted(new.into()));
        }
    }
}

impl Transform for ApplyIfFinite {
    fn init(&mut self, params: &State) {
        self.inner_state.init(params);
    }
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        if updates.is_recorded() {
            return self.update_recorded(updates);
        }
        if updates.arrays().all(is_finite) {
            self.notfinite_count.replace(Tensor::from(0));
        } else {
            increment(&mut self.total_notfinite);
            if increment_for_branch(&mut self.notfinite_count) < self.max_consecutive_errors {
                updates.set_to_zero();
                return;
            }
        }
        let step = increment(&mut self.inner_step);
        updates.at_count(step, |updates| self.inner_state.update(updates));
    }
    fn evaluation_params(&self, params: &mut State) {
        self.inner_state.evaluation_params(params);
    }
    fn learning_rate(&self, _step: u64) -> Option<f64> {
        self.inner_state.learning_rate(self.inner_step.value().item().into())
    }
}
