//! The step of an optimizer runs as soon as its gradient is known and no step reads what it updates: the gradient is in a
//! cache then. The new parameter takes its buffer, and the old one is freed for the next gradient. The program was recorded
//! with all gradients before the first update.
//!
//! Numbers that updates read, such as a learning rate, are computed as early as what they depend on. No update comes
//! before a step that may fail, so that a run that fails changes nothing, and steps that may fail stay in order.

use std::any::Any;

use super::Memo;
use crate::array::ShapeError;
use crate::ops::{Checked, RoleKind, Step};
use crate::program::plan::PlannedStep;
use crate::program::{Output, Program};

#[allow(clippy::unnecessary_wraps, reason = "as all passes")]
pub(super) fn run(program: &mut Program, _: &Memo) -> Result<(), ShapeError> {
    let steps = Moves::new(program);
    // Where the last step that may fail would be if no update moved: it may only come earlier.
    let places = steps.places(program.steps.len());
    let failing = places.iter().zip(&program.steps).filter(|(_, step)| PlannedStep::may_fail(step));
    let until_sure = failing.map(|(place, _)| *place).max().unwrap_or(0);
    let places = steps.places(until_sure);
    let mut order: Vec<(usize, Step)> =
        places.into_iter().zip(std::mem::take(&mut program.steps)).collect();
    // A step that stays comes before those that moved to the place behind it, as the order of equal places is kept.
    order.sort_by_key(|(place, _)| *place);
    program.steps = order.into_iter().map(|(_, step)| step).collect();
    Ok(())
}

/// Which steps may move.
struct Moves<'a> {
    program: &'a Program,
    /// The steps that read each value, or a view of it.
    readers: Vec<Vec<usize>>,
    is_variable: Vec<bool>,
    /// Whether each value is that of a variable after a run.
    is_new: Vec<bool>,
    /// Whether each value is a number that an update needs.
    wanted: Vec<bool>,
}

impl<'a> Moves<'a> {
    fn new(program: &'a Program) -> Self {
        let count = program.values.len();
        let (mut readers, mut is_variable) = (vec![Vec::new(); count], vec![false; count]);
        let mut viewed: Vec<usize> = (0..count).collect();
        for (index, step) in program.steps.iter().enumerate() {
            let mut read = step.inputs.iter().filter_map(Output::value).map(|value| viewed[value]);
            read.clone().for_each(|value| readers[value].push(index));
            if let RoleKind::View | RoleKind::ViewOfLast = step.operation.role().0 {
                viewed[step.output] = read.next_back().unwrap_or(step.output);
            }
        }
        let mut is_new = vec![false; count];
        for variable in program.given_variables() {
            is_variable[variable.value] = true;
            if let Some(value) = variable.update.as_ref().and_then(Output::value) {
                is_new[value] = true;
            }
        }
        let mut wanted = vec![false; count];
        for step in program.steps.iter().rev() {
            if step.update.is_some() || is_number(program, step) && wanted[step.output] {
                step.inputs.iter().filter_map(Output::value).for_each(|value| wanted[value] = true);
            }
        }
        Self { program, readers, is_variable, is_new, wanted }
    }

    /// For each step, the number of steps of the old order after which it runs: `index + 1` if it stays. No update of a
    /// variable comes before `until_sure`.
    fn places(&self, until_sure: usize) -> Vec<usize> {
        let program = self.program;
        // Where each value is known, and where the last step is that may fail.
        let (mut known, mut failing) = (vec![0; program.values.len()], 0);
        let mut places = Vec::new();
        for (index, step) in program.steps.iter().enumerate() {
            let inputs = step.inputs.iter().filter_map(Output::value);
            let ready = inputs.map(|value| known[value]).max().unwrap_or(0);
            let may_fail = PlannedStep::may_fail(step);
            let place = match &step.update {
                Some(update) => match self.unread(index, update.operation.reads) {
                    Some(unread) if !may_fail => ready.max(unread).max(until_sure),
                    _ => index + 1,
                },
                None if is_number(program, step) && self.wanted[step.output] => {
                    ready.max(if may_fail { failing } else { 0 })
                }
                None => index + 1,
            };
            let place = place.min(index + 1);
            step.outputs().for_each(|output| known[output] = place);
            failing = if may_fail { failing.max(place) } else { failing };
            places.push(place);
        }
        places
    }

    /// The first place at which step `index` may run: after the earlier steps that read what it updates, its inputs
    /// from `first` on. `None` if it updates no variable, and its output isn't the new value of one. (Plain SGD writes
    /// the new parameter over the gradient.)
    fn unread(&self, index: usize, first: usize) -> Option<usize> {
        let step = &self.program.steps[index];
        let values = || step.inputs[first..].iter().filter_map(Output::value);
        let readers = values().flat_map(|value| &self.readers[value]);
        let unread = readers.filter(|&&reader| reader < index).map(|reader| reader + 1).max();
        let updates = self.is_new[step.output] || values().any(|value| self.is_variable[value]);
        updates.then(|| unread.unwrap_or(0))
    }
}

/// Whether a step computes a number, which depends on no check of an earlier step.
fn is_number(program: &Program, step: &Step) -> bool {
    let is_checked = (&*step.operation as &dyn Any).is::<Checked>();
    step.update.is_none() && !is_checked && program.values[step.output].elements() <= 1
}
