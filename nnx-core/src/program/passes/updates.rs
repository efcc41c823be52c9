//! The step of an optimizer runs as soon as its gradient is known and no step reads the old parameter: the gradient is in
//! a cache then, and is freed before the next one is computed. The program was recorded with all gradients before the
//! first update.
//!
//! Numbers that updates read, such as a learning rate, are computed as early as what they depend on. No update comes
//! before a step that may fail, so that a run that fails changes nothing.

use std::any::Any;

use super::Memo;
use crate::array::ShapeError;
use crate::ops::{Checked, Step};
use crate::program::plan::PlannedStep;
use crate::program::{Output, Program};

#[allow(clippy::unnecessary_wraps, reason = "as all passes")]
pub(super) fn run(program: &mut Program, _: &Memo) -> Result<(), ShapeError> {
    let until_sure = program.steps.iter().rposition(PlannedStep::may_fail);
    let until_sure = until_sure.map_or(0, |last| last + 1);
    // For each value, the place in the old order behind the step that computes it, where that runs now.
    let mut known = vec![0; program.values.len()];
    let readers = program.readers();
    let mut is_variable = vec![false; program.values.len()];
    program.given_variables().for_each(|variable| is_variable[variable.value] = true);
    let mut places = Vec::new();
    for (index, step) in program.steps.iter().enumerate() {
        let inputs = || step.inputs.iter().filter_map(Output::value);
        let ready = inputs().map(|value| known[value]).max().unwrap_or(0);
        let place = match &step.update {
            Some(update) => {
                let updated =
                    || step.inputs[update.operation.reads..].iter().filter_map(Output::value);
                let others =
                    updated().flat_map(|value| &readers[value]).filter(|&&reader| reader < index);
                let unread = others.map(|reader| reader + 1).max().unwrap_or(0);
                match updated().any(|value| is_variable[value]) {
                    true => ready.max(unread).max(until_sure),
                    false => index + 1,
                }
            }
            None if is_number(program, step) => ready,
            None => index + 1,
        };
        let place = place.min(index + 1);
        step.outputs().for_each(|output| known[output] = place);
        places.push(place);
    }
    let steps: Vec<Step> = std::mem::take(&mut program.steps);
    let mut order: Vec<(usize, Step)> = places.into_iter().zip(steps).collect();
    // Stable: steps of one place stay in order. The step that the others follow has the place behind it, too, and is the
    // first of them only if it isn't moved itself.
    order.sort_by_key(|(place, _)| *place);
    program.steps = order.into_iter().map(|(_, step)| step).collect();
    Ok(())
}

/// Whether a step computes a number, and can't fail before or after other steps.
fn is_number(program: &Program, step: &Step) -> bool {
    let depends_on_check = (&*step.operation as &dyn Any).is::<Checked>();
    let is_one = program.values[step.output].elements() <= 1;
    is_one && !depends_on_check && !PlannedStep::may_fail(step)
}
