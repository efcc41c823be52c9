//! Which slot holds each value of a plan.

use std::sync::Arc;

use super::plan::{Operand, PlannedStep};
use super::{Output, Program};

/// Gives each value that a run computes a slot, from its making to its last use.
pub(super) struct SlotAllocator {
    /// For each value, the index of the last step that reads it; that of the outputs is the number of steps.
    last: Vec<Option<usize>>,
    of_value: Vec<usize>,
    free: Vec<usize>,
    /// The number of slots: the most arrays that are alive at one time.
    pub(super) count: usize,
    /// For each value, whether it is a variable that each run is given.
    is_variable: Vec<bool>,
    /// The number of steps up to the last that may fail. Until then such variables aren't overwritten, so that a run that
    /// fails changes nothing.
    until_sure: usize,
}

impl SlotAllocator {
    pub(super) fn new(program: &Program) -> Self {
        let mut last = vec![None; program.values.len()];
        let results = program.results();
        let lists = program.steps.iter().map(|step| &step.inputs).chain([&results]);
        for (index, operands) in lists.enumerate() {
            for value in operands.iter().filter_map(Output::value) {
                last[value] = Some(index);
            }
        }
        let of_value = vec![usize::MAX; program.values.len()];
        let mut is_variable = vec![false; program.values.len()];
        program.given_variables().for_each(|variable| is_variable[variable.value] = true);
        let until_sure = program.steps.iter().rposition(PlannedStep::may_fail);
        let until_sure = until_sure.map_or(0, |last| last + 1);
        Self { last, of_value, free: Vec::new(), count: 0, is_variable, until_sure }
    }

    pub(super) fn acquire(&mut self, value: usize) -> usize {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.count += 1;
            self.count - 1
        });
        self.of_value[value] = slot;
        slot
    }

    /// Frees the slot of a value that no step reads.
    pub(super) fn release_unread(&mut self, value: usize) {
        if self.last[value].is_none() {
            self.free.push(self.of_value[value]);
        }
    }

    /// Where the operands of step `index` come from. Slots that are read for the last time become free.
    pub(super) fn read(&mut self, index: usize, operands: &[Output]) -> Vec<Operand> {
        let planned = |(position, operand): (usize, &Output)| match operand {
            Output::Constant(array) => Operand::Constant(Arc::clone(array)),
            Output::Value(value) => {
                let mut later = operands[position + 1..].iter().filter_map(Output::value);
                let again = later.any(|other| other == *value);
                let slot = self.of_value[*value];
                let is_last = self.last[*value] == Some(index) && !again;
                match self.is_variable[*value] {
                    // The slot holds nothing else, so that a run that fails finds the variable there.
                    true if is_last && index >= self.until_sure => Operand::Last(slot),
                    false if is_last => {
                        self.free.push(slot);
                        Operand::Last(slot)
                    }
                    _ => Operand::Slot(slot),
                }
            }
        };
        operands.iter().enumerate().map(planned).collect()
    }
}
