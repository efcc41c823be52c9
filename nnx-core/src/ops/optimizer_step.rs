//! The step of an optimizer: fused elementwise updates in place.

use std::sync::Arc;

use super::attributes::{AttributeValue, attributes};
use super::in_place::{InPlace, apply_in_place};
use super::operation::{Signature, expect_float};
use super::optimizer_loops::{BlockUpdate, Fused, Loops, MOST_FUSED, run_loops, with_loops};
use crate::array::dtype::for_float;
use crate::array::{Array, DType, ShapeError};

/// An elementwise update of one parameter that hasn't run yet, with the slots that it reads and writes.
pub(crate) struct PendingUpdate<'a> {
    pub(crate) update: Arc<dyn BlockUpdate>,
    /// The step, counted from 0: `()` of u32.
    pub(crate) step: Array,
    /// Numbers of f64, of any shape; none by default.
    pub(crate) numbers: Option<Array>,
    pub(crate) slots: Vec<&'a mut Array>,
}

/// Applies elementwise updates in order to the update `value` of a parameter (`None`: zeros). The result
/// reuses the buffer of `value` if nothing else shares it.
pub(crate) fn optimizer_step(
    value: Option<Array>,
    param: &Array,
    pending: Vec<PendingUpdate<'_>>,
) -> Array {
    let zeros = || Array::full_float(0.0, param.dtype(), &param.dims());
    let mut value = value.unwrap_or_else(zeros);
    let mut pending = pending.into_iter().peekable();
    while pending.peek().is_some() {
        let (mut updates, mut inputs) = (Vec::new(), vec![param.clone()]);
        let mut updated = vec![&mut value];
        for PendingUpdate { update, step, numbers, slots } in pending.by_ref().take(MOST_FUSED) {
            updates.push(Fused { update, has_numbers: numbers.is_some() });
            inputs.push(step);
            inputs.extend(numbers);
            updated.extend(slots);
        }
        apply_in_place(OptimizerStep { updates }, &inputs, &mut updated);
    }
    value
}

/// Elementwise updates, fused. The inputs are the parameter, and of each update its step, `()` of u32, and its numbers if it
/// has any. Updated are the gradient, which becomes the result of the last update, and the slots of all updates.
///
/// All updates run on one block of elements before the next block. A block stays in the L1 cache from the
/// first update to the last, so that memory is read and written once.
#[derive(Debug, AttributeValue)]
#[attribute(check = check_count)]
pub(super) struct OptimizerStep {
    updates: Vec<Fused>,
}

fn check_count(step: &OptimizerStep) -> Result<(), String> {
    match step.updates.len() {
        1..=MOST_FUSED => Ok(()),
        found => Err(format!("takes 1 to {MOST_FUSED} updates, found {found}")),
    }
}

impl OptimizerStep {
    /// An error unless these are the steps and numbers of the updates.
    fn check_steps(&self, mut inputs: &[Signature]) -> Result<(), ShapeError> {
        let problem = |problem| Err(ShapeError::operands("optimizer_step", problem));
        for (index, Fused { update, has_numbers }) in self.updates.iter().enumerate() {
            if index > 0 && update.reads_update() {
                let place = "takes an update that reads the whole gradient first, found it";
                return problem(format!("{place} behind {index} others"));
            }
            let least = update.numbers();
            match inputs {
                [step, rest @ ..] if step.dtype == DType::U32 && step.dims.is_empty() => {
                    inputs = rest;
                }
                _ => return problem("takes a step of u32 for each update".to_owned()),
            }
            if *has_numbers {
                match inputs {
                    [numbers, rest @ ..]
                        if numbers.dtype == DType::F64 && numbers.elements() >= least =>
                    {
                        inputs = rest;
                    }
                    [numbers, ..] if numbers.dtype == DType::F64 => {
                        return problem(format!("takes {least} numbers, found {numbers}"));
                    }
                    _ => return problem("takes numbers of f64 behind this step".to_owned()),
                }
            } else if least > 0 {
                return problem(format!("takes {least} numbers behind this step, found none"));
            }
        }
        match inputs.len() {
            0 => Ok(()),
            more => problem(format!("takes no {more} inputs behind those of the updates")),
        }
    }
}

impl InPlace for OptimizerStep {
    attributes!();
    fn name(&self) -> &'static str {
        "optimizer_step"
    }
    fn check(&self, inputs: &[Signature], updated: &[Signature]) -> Result<(), ShapeError> {
        let problem = |problem| Err(ShapeError::operands(self.name(), problem));
        let [param, steps @ ..] = inputs else {
            return problem("takes a parameter and steps, found no inputs".to_owned());
        };
        expect_float(self.name(), &[*param])?;
        self.check_steps(steps)?;
        let slots: usize = self.updates.iter().map(|fused| fused.update.slots()).sum();
        if updated.len() != 1 + slots {
            let found = updated.len();
            return problem(format!("updates a gradient and {slots} slots, found {found} arrays"));
        }
        match updated.iter().find(|array| *array != param) {
            Some(other) => {
                problem(format!("takes arrays like the parameter {param}, found {other}"))
            }
            None => Ok(()),
        }
    }
    fn forward(&self, inputs: &[Array], updated: &mut [&mut Array]) {
        let param = inputs[0].contiguous();
        let Some((value, slots)) = updated.split_first_mut() else { return };
        for_float!(param.dtype(), E => {
            let update = Some(Array::clone(value));
            with_loops(&self.updates, &inputs[1..], (&param, update), &Loops::none(), &mut |loops| {
                run_loops::<E>(loops, &param, value, slots);
            });
        });
    }
    fn may_panic(&self) -> bool {
        self.updates.iter().any(|fused| fused.update.may_panic())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Dims;
    use crate::ops::optimizer_loops::{StepInputs, UseLoop, with_loop};

    #[test]
    fn a_step_refuses_arrays_that_do_not_fit() {
        #[derive(Debug)]
        struct OneSlot;
        impl BlockUpdate for OneSlot {
            fn slots(&self) -> usize {
                1
            }
            fn with_f32(&self, _: StepInputs<'_>, then: UseLoop<'_, f32>) {
                with_loop(|update, _, [slot]: [f32; 1]| (update, [slot]), then);
            }
            fn with_f64(&self, _: StepInputs<'_>, then: UseLoop<'_, f64>) {
                with_loop(|update, _, [slot]: [f64; 1]| (update, [slot]), then);
            }
        }
        let step = || Signature { dims: Dims::new(&[]), dtype: DType::U32 };
        let refusal_of = |param: &Array, steps: &[Signature], slots: &mut [Array]| {
            let updated: Vec<_> = [param].into_iter().chain(&*slots).map(Signature::of).collect();
            let inputs = [&[Signature::of(param)], steps].concat();
            let updates = vec![Fused { update: Arc::new(OneSlot), has_numbers: false }];
            OptimizerStep { updates }.check(&inputs, &updated).err().map(|error| error.to_string())
        };
        let refusal = |param: &Array, slots: &mut [Array]| refusal_of(param, &[step()], slots);
        let zeros = |dims: &[usize]| Array::full_float(0.0, DType::F32, dims);
        assert_eq!(refusal(&zeros(&[3]), &mut [zeros(&[3])]), None);
        assert_eq!(
            refusal(&zeros(&[3]), &mut [zeros(&[4])]).unwrap(),
            "`optimizer_step` takes arrays like the parameter (3,) of f32, found (4,) of f32"
        );
        assert_eq!(
            refusal(&zeros(&[3]), &mut []).unwrap(),
            "`optimizer_step` updates a gradient and 1 slots, found 1 arrays"
        );
        assert_eq!(
            refusal_of(&zeros(&[3]), &[], &mut [zeros(&[3])]).unwrap(),
            "`optimizer_step` takes a step of u32 for each update"
        );
        assert_eq!(
            refusal_of(&zeros(&[3]), &[step(), step()], &mut [zeros(&[3])]).unwrap(),
            "`optimizer_step` takes no 1 inputs behind those of the updates"
        );
        let integers = Array::filled(vec![1i32], Dims::new(&[1]));
        assert_eq!(
            refusal(&integers, &mut []).unwrap(),
            "`optimizer_step` takes f32 or f64, found i32"
        );
    }
}
