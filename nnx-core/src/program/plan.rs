//! A plan: how a program runs.

use std::sync::Arc;

use super::{Output, Program};
use crate::array::{Array, ShapeError};
use crate::ops::{Operation, Signature, Step};

/// How a program runs, with the values of its variables. One plan may run on many threads at once.
#[derive(Debug)]
pub struct Plan {
    /// The signatures of the inputs.
    inputs: Vec<Signature>,
    steps: Vec<PlannedStep>,
    outputs: Vec<Source>,
    /// The number of arrays that are alive at one time, inputs included.
    slots: usize,
    /// How many steps ran when the plan was made, because they depend on no input.
    folded: usize,
    /// How many steps were removed, because no output needs them.
    dropped: usize,
}

#[derive(Debug)]
struct PlannedStep {
    operation: Arc<dyn Operation>,
    inputs: Vec<Source>,
    output: usize,
    signature: Signature,
}

/// Where an operand comes from.
#[derive(Debug, Clone)]
enum Source {
    /// A slot whose array later steps read, too.
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
        let steps = || program.steps.iter().filter(|step| needed[step.output]);
        let known = fold(program, &mut steps())?;
        let all = steps().count();
        let steps: Vec<&Step> = steps().filter(|step| known[step.output].is_none()).collect();
        let (folded, dropped) = (all - steps.len(), program.steps.len() - all);
        let mut slots = Slots::new(program, &known, &steps);
        let inputs = program.inputs.iter().map(|input| program.values[*input]).collect();
        for input in &program.inputs {
            slots.acquire(*input);
        }
        let planned = |(index, step): (usize, &&Step)| {
            let sources = slots.read(index, &step.inputs);
            let output = slots.acquire(step.output);
            slots.release_unread(step.output);
            let (operation, signature) = (Arc::clone(&step.operation), program.values[step.output]);
            PlannedStep { operation, inputs: sources, output, signature }
        };
        let planned = steps.iter().enumerate().map(planned).collect();
        let outputs = slots.read(steps.len(), &program.outputs);
        Ok(Self { inputs, steps: planned, outputs, slots: slots.count, folded, dropped })
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
        for step in &self.steps {
            operands.extend(step.inputs.iter().map(|source| source.take(&mut slots)));
            slots[step.output] = Some(run(&*step.operation, &mut operands, step.signature)?);
            operands.clear();
        }
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

impl Source {
    fn take(&self, slots: &mut [Option<Array>]) -> Array {
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
    mark(&program.outputs, &mut needed);
    for step in program.steps.iter().rev() {
        if needed[step.output] {
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
        known[variable.value] = Some(variable.array.clone());
    }
    for step in steps {
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
    operation.check_values(operands)?;
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
}

impl<'a> Slots<'a> {
    fn new(program: &Program, known: &'a [Option<Array>], steps: &[&Step]) -> Self {
        let mut last = vec![None; program.values.len()];
        let lists = steps.iter().map(|step| &step.inputs).chain([&program.outputs]);
        for (index, operands) in lists.enumerate() {
            for operand in operands {
                if let Output::Value(value) = operand {
                    last[*value] = Some(index);
                }
            }
        }
        let of_value = vec![usize::MAX; program.values.len()];
        Self { known, last, of_value, free: Vec::new(), count: 0 }
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
                    if self.last[*value] == Some(index) && !again {
                        self.free.push(slot);
                        Source::Last(slot)
                    } else {
                        Source::Slot(slot)
                    }
                }
            },
        };
        operands.iter().enumerate().map(source).collect()
    }
}
