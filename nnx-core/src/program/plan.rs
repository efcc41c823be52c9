//! A plan: how a program runs. `replay` runs it with variables that change.

use std::any::Any;
use std::sync::Arc;

use super::memory::Memory;
use super::passes::{Memo, Rewrites, rewrite};
use super::slot_allocator::SlotAllocator;
use super::{Output, Program};
use crate::array::scratch::{self, List};
use crate::array::{Array, ShapeError};
use crate::ops::{Fused, Operation, Signature, Step};

/// How a program runs, with the values of its variables. One plan may run on many threads at once.
///
/// `Display` prints one step a line: what was fused, the FLOPs, the bytes that it reads and writes, and the memory that
/// is alive when it has run.
#[derive(Debug)]
pub struct Plan {
    /// The signatures of the inputs. Their slots are the first ones, followed by those of the variables that each run is
    /// given.
    pub(super) inputs: Vec<Signature>,
    /// The rewritten program.
    pub(super) program: Program,
    /// What is known of each of its steps.
    pub(super) steps: Vec<PlannedStep>,
    pub(super) outputs: Vec<Operand>,
    /// The values of these variables after a run.
    pub(super) updates: Vec<Operand>,
    /// The steps that compute these values; none if they are inputs or constants.
    pub(super) made_by: Vec<Option<usize>>,
    /// The number of arrays that are alive at one time, inputs included.
    pub(super) slots: usize,
    pub(super) counts: Counts,
    pub(super) memory: Memory,
}

/// What became of the steps of the program.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts {
    /// Steps that were recorded.
    pub(super) recorded: usize,
    /// Those that no output needs.
    pub(super) dropped: usize,
    /// Those that ran when the plan was made, as they depend on no input.
    pub(super) folded: usize,
}

/// What a plan adds to a step of its program.
#[derive(Debug)]
pub(super) struct PlannedStep {
    pub(super) inputs: Box<[Operand]>,
    /// The slots of its outputs: one, unless it updates several arrays in place.
    pub(super) output: usize,
    pub(super) others: Box<[usize]>,
    pub(super) flops: u64,
    /// The bytes of its operands and of its output.
    pub(super) bytes: usize,
}

/// Where a plan finds an operand of a step, or an output.
#[derive(Debug, Clone)]
pub(super) enum Operand {
    /// A slot that is read again later.
    Slot(usize),
    /// A slot whose last reader is this operand: its array is moved out, so that the operation may overwrite it.
    Last(usize),
    Constant(Arc<Array>),
}

impl Plan {
    /// Plans a program, with all rewrites: steps that depend on no input run now.
    ///
    /// # Errors
    /// If one of these steps isn't defined for its values.
    pub fn new(program: &Program) -> Result<Self, ShapeError> {
        Self::with(program, Rewrites::All, &Memo::default())
    }

    /// Plans a program. Plans that are made with one `memo` share what they compute of constants.
    ///
    /// ```
    /// use nnx_core::module::{Init, record};
    /// use nnx_core::program::{Memo, Plan, Rewrites};
    /// use nnx_core::{array::Array, nn::Linear, ops::DynTensor, random::Rngs, size::{U2, U3}};
    ///
    /// let model = Linear::<U3, U2>::init(&mut Rngs::new(0));
    /// let x = Array::full(1.0f32, &[4, 3]);
    /// let relu = |x: Vec<DynTensor>, pass: &mut _| {
    ///     vec![x[0].clone().linear(model.kernel.get(pass).into_dyn(), None).relu()]
    /// };
    /// let (program, _) = record(&model, vec![DynTensor::from(x.clone())], relu)?;
    /// let plain = Plan::with(&program, Rewrites::Nothing, &Memo::default())?;
    /// let fused = Plan::with(&program, Rewrites::Exact, &Memo::default())?;
    /// assert_eq!((plain.steps(), fused.steps()), (2, 1));
    /// assert_eq!(plain.run(vec![x.clone()])?, fused.run(vec![x])?);
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with(program: &Program, rewrites: Rewrites, memo: &Memo) -> Result<Self, ShapeError> {
        let (rewritten, left) = rewrite(program, rewrites, memo)?;
        let recorded = program.steps.len();
        let dropped = recorded - left[0];
        let counts = Counts { recorded, dropped, folded: left[0] - left[1] };
        Ok(Self::of_rewritten(rewritten, counts))
    }

    fn of_rewritten(program: Program, counts: Counts) -> Self {
        let mut slots = SlotAllocator::new(&program);
        let inputs: Vec<Signature> =
            program.inputs.iter().map(|input| program.values[*input]).collect();
        let given = program.given_variables().map(|variable| &variable.value);
        for value in program.inputs.iter().chain(given) {
            slots.acquire(*value);
        }
        let planned = |(index, step): (usize, &Step)| {
            let operands = slots.read(index, &step.inputs);
            let outputs: Vec<usize> = step.outputs().map(|value| slots.acquire(value)).collect();
            step.outputs().for_each(|value| slots.release_unread(value));
            let signature = program.values[step.output];
            let of_inputs: Vec<Signature> =
                step.inputs.iter().map(|input| program.signature(input)).collect();
            let flops = step.operation.flops(&of_inputs, &signature);
            let size = |operand: &Output| match operand {
                Output::Value(value) => bytes(&program.values[*value]),
                // Strides of 0 lead to the same elements.
                Output::Constant(array) => array.own_bytes(),
            };
            let bytes = step.inputs.iter().map(size).sum::<usize>() + bytes(&signature);
            let (output, others) = (outputs[0], outputs[1..].into());
            PlannedStep { inputs: operands.into(), output, others, flops, bytes }
        };
        let steps: Vec<PlannedStep> = program.steps.iter().enumerate().map(planned).collect();
        // Outputs and updates are read together, so that each value is moved at its last use.
        let mut outputs = slots.read(program.steps.len(), &program.results());
        let memory = Memory::of(&program, &steps, &outputs, slots.count);
        let updates = outputs.split_off(program.outputs.len());
        let made_by = program.producers();
        let made_by = program.results()[program.outputs.len()..]
            .iter()
            .map(|update| made_by[update.value()?])
            .collect();
        let slots = slots.count;
        Self { inputs, program, steps, outputs, updates, made_by, slots, counts, memory }
    }

    /// Runs the program.
    ///
    /// # Errors
    /// If the shapes or types of the inputs differ from the recorded ones, or an operation isn't defined for a value,
    /// such as an index outside of an axis.
    pub fn run(&self, mut inputs: Vec<Array>) -> Result<Vec<Array>, ShapeError> {
        Ok(self.run_list(&mut inputs)?.drain(..).collect())
    }

    /// [`run`](Self::run), with the lists of the thread: a run after others allocates nothing. Takes the inputs out of their list.
    pub(crate) fn run_list(&self, inputs: &mut Vec<Array>) -> Result<List<Array>, ShapeError> {
        self.check_inputs(inputs)?;
        if !self.updates.is_empty() {
            let variables = self.updates.len();
            let problem = format!(
                "is a recorded step, which takes {variables} variables: run it by `run_step`"
            );
            return Err(ShapeError::operands("program", problem));
        }
        self.run_checked(&mut inputs.drain(..))
    }

    /// An error unless the inputs have the shapes and types that were recorded.
    pub(super) fn check_inputs(&self, inputs: &[Array]) -> Result<(), ShapeError> {
        if inputs.iter().map(Signature::of).eq(self.inputs.iter().copied()) {
            return Ok(());
        }
        let listed = |signatures: &mut dyn Iterator<Item = Signature>| {
            let texts: Vec<String> = signatures.map(|signature| signature.to_string()).collect();
            texts.join(", ")
        };
        let expected = listed(&mut self.inputs.iter().copied());
        let found = listed(&mut inputs.iter().map(Signature::of));
        Err(ShapeError::operands(
            "program",
            format!("was recorded for inputs of shape {expected}, found {found}"),
        ))
    }

    /// [`run_list`](Self::run_list) for inputs whose shapes and types were checked.
    pub(crate) fn run_checked(
        &self,
        inputs: &mut dyn Iterator<Item = Array>,
    ) -> Result<List<Array>, ShapeError> {
        self.run_observed(inputs, &mut |_, run| run())
    }

    /// Runs the program: `observe` is called with the index of each step, and runs it.
    pub(super) fn run_observed(
        &self,
        inputs: &mut dyn Iterator<Item = Array>,
        observe: &mut dyn FnMut(usize, RunStep<'_>) -> Result<(), ShapeError>,
    ) -> Result<List<Array>, ShapeError> {
        let mut slots: List<Option<Array>> = scratch::with_room(self.slots);
        slots.extend(inputs.map(Some));
        debug_assert_eq!(slots.len(), self.inputs.len());
        slots.resize_with(self.slots, || None);
        let mut operands = scratch::list();
        for index in 0..self.steps.len() {
            observe(index, &mut || self.run_step_at(index, &mut slots, &mut operands))?;
        }
        Ok(self.outputs.iter().map(|operand| operand.take(&mut slots)).collect())
    }

    /// The rewritten program, whose steps a run computes.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The number of steps that each run computes.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps.len()
    }

    /// The number of recorded steps that were computed when the plan was made, as they depend on no input.
    #[must_use]
    pub fn folded(&self) -> usize {
        self.counts.folded
    }

    /// The number of recorded steps that are left out, as no output needs them.
    #[must_use]
    pub fn dropped(&self) -> usize {
        self.counts.dropped
    }

    /// The floating-point operations of a run: 2 for a multiply-add, 1 for an elementary function.
    #[must_use]
    pub fn flops(&self) -> u64 {
        self.steps.iter().map(|step| step.flops).fold(0, u64::saturating_add)
    }

    /// The bytes of packed and transformed weights, besides the weights. Plans of one [`Memo`] share them.
    #[must_use]
    pub fn prepared_bytes(&self) -> usize {
        let fused = |step: &Step| {
            let fused = (&*step.operation as &dyn Any).downcast_ref::<Fused>()?;
            Some(fused.product.as_ref()?.prepared.as_ref()?.bytes())
        };
        self.program.steps.iter().filter_map(fused).sum()
    }

    /// The most bytes that the arrays of a run have at one time: what [`peak_bytes`](crate::array::peak_bytes) measures
    /// around a run. Inputs, weights and scratch buffers aren't counted; a variable that an update replaces is freed.
    #[must_use]
    pub fn peak_bytes(&self) -> usize {
        self.memory.peak()
    }
}

/// The bytes of an array.
fn bytes(signature: &Signature) -> usize {
    signature.elements() * signature.dtype.bytes()
}

/// Runs the step that is due.
pub(super) type RunStep<'a> = &'a mut dyn FnMut() -> Result<(), ShapeError>;

impl Plan {
    /// Runs a step. `operands` is empty before and after; if the step fails, it has the operands.
    pub(super) fn run_step_at(
        &self,
        index: usize,
        slots: &mut [Option<Array>],
        operands: &mut Vec<Array>,
    ) -> Result<(), ShapeError> {
        let (planned, step) = (&self.steps[index], &self.program.steps[index]);
        operands.extend(planned.inputs.iter().map(|operand| operand.take(slots)));
        match &step.update {
            None => {
                let signature = self.program.values[step.output];
                slots[planned.output] = Some(run(&*step.operation, operands, signature)?);
                operands.clear();
            }
            Some(update) => {
                let operation = &update.operation;
                operation.run(operands);
                let outputs = std::iter::once(&planned.output).chain(&planned.others);
                let updated = operands.drain(operation.reads..);
                updated.zip(outputs).for_each(|(array, slot)| slots[*slot] = Some(array));
                operands.clear();
            }
        }
        Ok(())
    }
}

impl PlannedStep {
    /// Whether it may fail, when the shapes fit.
    pub(super) fn may_fail(step: &Step) -> bool {
        step.operation.checks_values() || step.operation.may_panic()
    }
}

impl Operand {
    pub(super) fn take(&self, slots: &mut [Option<Array>]) -> Array {
        self.find(slots).expect("a slot is written before it is read")
    }

    /// The array, if there is one.
    pub(super) fn find(&self, slots: &mut [Option<Array>]) -> Option<Array> {
        match self {
            Self::Constant(array) => Some(Array::clone(array)),
            Self::Slot(slot) => slots[*slot].clone(),
            Self::Last(slot) => slots[*slot].take(),
        }
    }
}

/// The output of an operation whose shapes are known to fit.
pub(super) fn run(
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
