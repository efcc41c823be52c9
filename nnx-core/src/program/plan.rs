//! A plan: how a program runs. `replay` runs it with variables that change.

use std::sync::Arc;

use super::{Output, Program};
use crate::array::{Array, ShapeError};
use crate::ops::{Operation, Signature, Step, Updating};

/// How a program runs, with the values of its variables. One plan may run on many threads at once.
#[derive(Debug)]
pub struct Plan {
    /// The signatures of the inputs. Their slots are the first ones, followed by those of the variables that each run is
    /// given.
    pub(super) inputs: Vec<Signature>,
    pub(super) steps: Vec<PlannedStep>,
    pub(super) outputs: Vec<Source>,
    /// The values of these variables after a run.
    pub(super) updates: Vec<Source>,
    /// The number of arrays that are alive at one time, inputs included.
    pub(super) slots: usize,
    /// How many steps ran when the plan was made, as they depend on no input.
    folded: usize,
    /// How many steps were removed, because no output needs them.
    dropped: usize,
}

#[derive(Debug)]
pub(super) struct PlannedStep {
    operation: Arc<dyn Operation>,
    pub(super) inputs: Vec<Source>,
    output: usize,
    signature: Signature,
    /// If it updates arrays in place: the operation, and the slots of its other outputs.
    update: Option<(Updating, Vec<usize>)>,
}

/// Where an operand comes from.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// A slot that is read again later.
    Slot(usize),
    /// A slot whose last reader is this operand: its array is moved out, so that the operation may overwrite it.
    Last(usize),
    Constant(Array),
}

impl Plan {
    /// Plans a program: steps that depend on no input run now.
    ///
    /// # Errors
    /// If one of these steps isn't defined for its values.
    pub fn new(program: &Program) -> Result<Self, ShapeError> {
        let needed = needed(program);
        let is_needed = |step: &&Step| step.outputs().any(|output| needed[output]);
        let steps = || program.steps.iter().filter(is_needed);
        let known = fold(program, &mut steps())?;
        let all = steps().count();
        let steps: Vec<&Step> = steps().filter(|step| known[step.output].is_none()).collect();
        let (folded, dropped) = (all - steps.len(), program.steps.len() - all);
        let mut slots = Slots::new(program, &known, &steps);
        let inputs = program.inputs.iter().map(|input| program.values[*input]).collect();
        let given = program.given_variables().map(|variable| &variable.value);
        for value in program.inputs.iter().chain(given) {
            slots.acquire(*value);
        }
        let planned = |(index, step): (usize, &&Step)| {
            let sources = slots.read(index, &step.inputs);
            let outputs: Vec<usize> = step.outputs().map(|value| slots.acquire(value)).collect();
            step.outputs().for_each(|value| slots.release_unread(value));
            let update = step.update.as_ref();
            let update = update.map(|update| (update.operation.clone(), outputs[1..].to_vec()));
            let (operation, signature) = (Arc::clone(&step.operation), program.values[step.output]);
            PlannedStep { operation, inputs: sources, output: outputs[0], signature, update }
        };
        let planned = steps.iter().enumerate().map(planned).collect();
        // Together, so that each value moves at its last use.
        let mut outputs = slots.read(steps.len(), &program.results());
        let updates = outputs.split_off(program.outputs.len());
        let slots = slots.count;
        Ok(Self { inputs, steps: planned, outputs, updates, slots, folded, dropped })
    }

    /// Runs the program.
    ///
    /// # Errors
    /// If the shapes or types of the inputs differ from the recorded ones, or an operation isn't defined for a value,
    /// such as an index outside of an axis.
    pub fn run(&self, inputs: Vec<Array>) -> Result<Vec<Array>, ShapeError> {
        let listed = |signatures: &mut dyn Iterator<Item = Signature>| {
            let texts: Vec<String> = signatures.map(|signature| signature.to_string()).collect();
            texts.join(", ")
        };
        if !inputs.iter().map(Signature::of).eq(self.inputs.iter().copied()) {
            let expected = listed(&mut self.inputs.iter().copied());
            let found = listed(&mut inputs.iter().map(Signature::of));
            return Err(ShapeError::operands(
                "program",
                format!("was recorded for inputs of shape {expected}, found {found}"),
            ));
        }
        self.run_checked(inputs)
    }

    /// [`run`](Self::run) for inputs whose shapes and types were checked.
    pub(crate) fn run_checked(&self, inputs: Vec<Array>) -> Result<Vec<Array>, ShapeError> {
        debug_assert_eq!(inputs.len(), self.inputs.len());
        let mut slots: Vec<Option<Array>> = inputs.into_iter().map(Some).collect();
        slots.resize_with(self.slots, || None);
        let mut operands = Vec::new();
        self.steps.iter().try_for_each(|step| step.run(&mut slots, &mut operands))?;
        Ok(self.outputs.iter().map(|source| source.take(&mut slots)).collect())
    }

    /// The number of steps that each run computes.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps.len()
    }

    /// The number of steps that were computed when the plan was made, because they depend on no input.
    #[must_use]
    pub fn folded(&self) -> usize {
        self.folded
    }

    /// The number of steps that were removed, because no output needs them.
    #[must_use]
    pub fn dropped(&self) -> usize {
        self.dropped
    }
}

impl PlannedStep {
    /// Runs the step. `operands` is empty before and after; if the step fails, it has the operands.
    pub(super) fn run(
        &self,
        slots: &mut [Option<Array>],
        operands: &mut Vec<Array>,
    ) -> Result<(), ShapeError> {
        operands.extend(self.inputs.iter().map(|source| source.take(slots)));
        match &self.update {
            None => {
                slots[self.output] = Some(run(&*self.operation, operands, self.signature)?);
                operands.clear();
            }
            Some((operation, others)) => {
                operation.run(operands);
                let outputs = std::iter::once(&self.output).chain(others);
                let updated = operands.drain(operation.reads..);
                updated.zip(outputs).for_each(|(array, slot)| slots[*slot] = Some(array));
                operands.clear();
            }
        }
        Ok(())
    }

    /// Whether it may fail, when the shapes fit.
    fn may_fail(step: &Step) -> bool {
        step.operation.checks_values() || step.operation.may_panic()
    }
}

impl Source {
    pub(super) fn take(&self, slots: &mut [Option<Array>]) -> Array {
        let found = match self {
            Self::Constant(array) => return array.clone(),
            Self::Slot(slot) => slots[*slot].clone(),
            Self::Last(slot) => slots[*slot].take(),
        };
        found.expect("a slot is written before it is read")
    }
}

/// For each value, whether an output depends on it.
fn needed(program: &Program) -> Vec<bool> {
    let mut needed = vec![false; program.values.len()];
    let mark = |operands: &[Output], needed: &mut [bool]| {
        for operand in operands {
            if let Output::Value(value) = operand {
                needed[*value] = true;
            }
        }
    };
    mark(&program.results(), &mut needed);
    for step in program.steps.iter().rev() {
        if step.outputs().any(|output| needed[output]) {
            mark(&step.inputs, &mut needed);
        }
    }
    needed
}

/// The values that are known when the plan is made: variables, and those of steps on known values alone.
fn fold(
    program: &Program,
    steps: &mut dyn Iterator<Item = &Step>,
) -> Result<Vec<Option<Array>>, ShapeError> {
    let mut known: Vec<Option<Array>> = vec![None; program.values.len()];
    for variable in &program.variables {
        known[variable.value] = variable.array.clone();
    }
    for step in steps.filter(|step| step.update.is_none()) {
        let operand = |input: &Output| match input {
            Output::Constant(array) => Some(array.clone()),
            Output::Value(value) => known[*value].clone(),
        };
        let Some(mut operands) = step.inputs.iter().map(operand).collect::<Option<Vec<_>>>() else {
            continue;
        };
        known[step.output] =
            Some(run(&*step.operation, &mut operands, program.values[step.output])?);
    }
    Ok(known)
}

/// The output of an operation whose shapes are known to fit.
fn run(
    operation: &dyn Operation,
    operands: &mut [Array],
    output: Signature,
) -> Result<Array, ShapeError> {
    if operation.checks_values() {
        operation.check_values(operands)?;
    }
    Ok(match output.elements() {
        0 => Array::empty(output.dims, output.dtype),
        _ => operation.forward(operands),
    })
}

/// Assigns a slot to each value that a run computes, from the step that computes it to the last step that reads it.
struct Slots<'a> {
    known: &'a [Option<Array>],
    /// For each value, the index of the last step that reads it; that of the outputs is the number of steps.
    last: Vec<Option<usize>>,
    of_value: Vec<usize>,
    free: Vec<usize>,
    count: usize,
    /// For each value, whether it is a variable that each run is given.
    is_variable: Vec<bool>,
    /// The number of steps up to the last that may fail. Until then such variables aren't overwritten, so that a run that
    /// fails changes nothing.
    until_sure: usize,
}

impl<'a> Slots<'a> {
    fn new(program: &Program, known: &'a [Option<Array>], steps: &[&Step]) -> Self {
        let mut last = vec![None; program.values.len()];
        let results = program.results();
        let lists = steps.iter().map(|step| &step.inputs).chain([&results]);
        for (index, operands) in lists.enumerate() {
            for operand in operands {
                if let Output::Value(value) = operand {
                    last[*value] = Some(index);
                }
            }
        }
        let of_value = vec![usize::MAX; program.values.len()];
        let mut is_variable = vec![false; program.values.len()];
        program.given_variables().for_each(|variable| is_variable[variable.value] = true);
        let until_sure = steps.iter().rposition(|step| PlannedStep::may_fail(step));
        let until_sure = until_sure.map_or(0, |last| last + 1);
        Self { known, last, of_value, free: Vec::new(), count: 0, is_variable, until_sure }
    }

    fn acquire(&mut self, value: usize) -> usize {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.count += 1;
            self.count - 1
        });
        self.of_value[value] = slot;
        slot
    }

    /// Frees the slot of a value that no step reads.
    fn release_unread(&mut self, value: usize) {
        if self.last[value].is_none() {
            self.free.push(self.of_value[value]);
        }
    }

    /// Where the operands of step `index` come from. Slots that are read for the last time become free.
    fn read(&mut self, index: usize, operands: &[Output]) -> Vec<Source> {
        let source = |(position, operand): (usize, &Output)| match operand {
            Output::Constant(array) => Source::Constant(array.clone()),
            Output::Value(value) => match &self.known[*value] {
                Some(array) => Source::Constant(array.clone()),
                None => {
                    let again = operands[position + 1..]
                        .iter()
                        .any(|other| matches!(other, Output::Value(other) if other == value));
                    let slot = self.of_value[*value];
                    let is_last = self.last[*value] == Some(index) && !again;
                    match self.is_variable[*value] {
                        // The slot holds nothing else, so that a run that fails finds the variable there.
                        true if is_last && index >= self.until_sure => Source::Last(slot),
                        false if is_last => {
                            self.free.push(slot);
                            Source::Last(slot)
                        }
                        _ => Source::Slot(slot),
                    }
                }
            },
        };
        operands.iter().enumerate().map(source).collect()
    }
}
