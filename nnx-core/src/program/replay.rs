//! Runs a plan with variables that change: a recorded step.

use super::{Plan, Program};
use crate::array::{Array, ShapeError, without_derived};
use crate::ops::Signature;

/// The arrays of a run. Kept between runs, so that a run allocates no list.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    slots: Vec<Option<Array>>,
    operands: Vec<Array>,
    /// The step that runs.
    step: usize,
}

impl Slots {
    /// The next input of a run, or behind these the next variable.
    pub(crate) fn push(&mut self, array: Array) {
        self.slots.push(Some(array));
    }

    /// Drops all arrays.
    pub(crate) fn clear(&mut self) {
        self.slots.clear();
        self.operands.clear();
    }
}

impl Program {
    /// The value of a variable whose elements are lost: NaN, or 0 if they aren't floats.
    fn lost(&self, variable: usize) -> Array {
        let variable = self.given_variables().nth(variable).expect("one an update");
        let Signature { dims, dtype } = self.values[variable.value];
        match dtype.is_float() {
            true => Array::full_float(f64::NAN, dtype, &dims),
            false => Array::zeros(dtype, dims),
        }
    }
}

impl Plan {
    /// Runs all steps. `slots` has the inputs and the variables, which must fit.
    ///
    /// # Errors
    /// If an operation isn't defined for a value.
    pub(crate) fn replay(&self, slots: &mut Slots) -> Result<(), ShapeError> {
        debug_assert_eq!(slots.slots.len(), self.inputs.len() + self.updates.len());
        slots.slots.resize_with(self.slots, || None);
        let Slots { slots, operands, step: at } = slots;
        // Weights are written in each run: to keep them packed would be an allocation for each.
        without_derived(|| {
            (0..self.steps.len()).try_for_each(|index| {
                *at = index;
                self.run_step_at(index, slots, operands)
            })
        })
    }

    /// The number of outputs.
    pub(crate) fn count_outputs(&self) -> usize {
        self.outputs.len()
    }

    /// The outputs of a run that has ended, and then the new values of the variables, each as it is read.
    pub(crate) fn results(&self, slots: &mut Slots) -> impl Iterator<Item = Array> {
        let results = self.outputs.iter().chain(&self.updates);
        results.map(|result| result.take(&mut slots.slots))
    }

    /// The variables after a run that has failed: as before it. If a step panicked that denies
    /// [`may_panic`](crate::ops::Operation::may_panic), those that were updated before have their new values, and those
    /// that were overwritten on the way to these are NaN.
    pub(crate) fn variables_after_failure(&self, slots: &mut Slots) -> impl Iterator<Item = Array> {
        let mut steps = self.steps.iter().zip(&self.program.steps);
        if let Some((planned, step)) = steps.nth(slots.step) {
            // What the step was given, but for arrays that it may have begun to change. An operand that came from no slot
            // of its own is a clone.
            let kept = step.update.as_ref().map_or(usize::MAX, |update| update.operation.reads);
            for (operand, array) in planned.inputs.iter().zip(slots.operands.drain(..)).take(kept) {
                if let super::plan::Operand::Last(slot) = operand {
                    slots.slots[*slot] = Some(array);
                }
            }
        }
        let first = self.inputs.len();
        let Slots { slots, step, .. } = slots;
        self.updates.iter().enumerate().map(move |(index, update)| {
            let is_made = self.made_by[index].is_none_or(|made_by| made_by < *step);
            let made = |slots: &mut [_]| update.find(slots).filter(|_| is_made);
            let before = slots[first + index].take().or_else(|| made(slots));
            before.unwrap_or_else(|| self.program.lost(index))
        })
    }
}
