//! Records the operations that depend on the inputs of a program, while they run.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::in_place::Updating;
use super::{DynTensor, Operation, Signature, Signatures, next_id};
use crate::array::{Array, Trace};

/// The number of a value of a program: an input, or the output of a step.
pub(crate) type ValueId = usize;

/// An input of a step.
#[derive(Debug, Clone)]
pub(crate) enum Operand {
    /// An input of the program, or the output of an earlier step.
    Value(ValueId),
    /// An array that depends on no input of the program. Programs and plans share it.
    Constant(Arc<Array>),
}

impl Operand {
    pub(crate) fn constant(array: Array) -> Self {
        Self::Constant(Arc::new(array))
    }
}

/// An operation of a program, with its inputs.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) operation: Arc<dyn Operation>,
    pub(crate) inputs: Vec<Operand>,
    pub(crate) output: ValueId,
    /// If it updates arrays in place, which are its last inputs.
    pub(crate) update: Option<Box<Update>>,
}

/// An input of which a branch has read the number: the program is that of runs in which it has this number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Guard {
    pub(crate) input: ValueId,
    /// Larger numbers count as this one.
    pub(crate) most: u32,
    pub(crate) number: u32,
}

impl Guard {
    /// Whether an input has the number.
    pub(crate) fn holds_for(&self, array: &Array) -> bool {
        array.contiguous().slice::<u32>()[0].min(self.most) == self.number
    }
}

/// What a step in place has besides its first output.
#[derive(Debug, Clone)]
pub(crate) struct Update {
    pub(crate) operation: Updating,
    /// The new values of the second and further arrays that it updates.
    pub(crate) others: Vec<ValueId>,
}

impl Step {
    /// All values that the step computes.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = ValueId> {
        let others = self.update.iter().flat_map(|update| update.others.iter().copied());
        std::iter::once(self.output).chain(others)
    }
}

/// Refuses a tensor of an outer gradient or `vmap`.
#[cold]
#[track_caller]
pub(crate) fn refuse_captured() -> ! {
    panic!(
        "a function that `jit`, `compile` or `record` records captures a tensor that is being differentiated or batched by \
         `vmap`, which would be a constant of the program: give it as an input, or capture `x.stop_gradient()`"
    )
}

const OTHER: &str =
    "a tensor of one program is used in the recording of another: give it as an input";

/// A program that is being recorded. Arrays that depend on its inputs have a [`Trace`], which names it and their value;
/// each operation on one of them is a step.
#[derive(Debug)]
pub(crate) struct Recording {
    /// Tapes and `vmap`s that began before the recording have smaller ids.
    began: u64,
    recorded: Mutex<Recorded>,
}

impl Default for Recording {
    fn default() -> Self {
        Self { began: next_id(), recorded: Mutex::default() }
    }
}

/// The steps and values recorded so far.
#[derive(Debug, Default)]
pub(crate) struct Recorded {
    /// Shape and type of each value.
    pub(crate) values: Signatures,
    pub(crate) steps: Vec<Step>,
    pub(crate) guards: Vec<Guard>,
    /// The number of inputs.
    inputs: usize,
    /// Whether the recording has ended.
    closed: bool,
}

impl Recording {
    /// The array as the next input of the program.
    pub(crate) fn input(self: &Arc<Self>, array: Array) -> (DynTensor, ValueId) {
        let tensor = DynTensor::from(array);
        let value = {
            let mut recorded = self.lock();
            recorded.inputs += 1;
            recorded.value(tensor.stored_signature())
        };
        let array = tensor.into_array();
        (self.mark(array, value).into(), value)
    }

    /// Whether a tape began before the recording.
    pub(crate) fn began_after(&self, tape: Option<u64>) -> bool {
        tape.is_some_and(|tape| tape < self.began)
    }

    /// Removes the trace of an array, and returns which value of this recording it is, if it is one.
    ///
    /// # Panics
    /// If it is a value of another recording.
    #[track_caller]
    pub(crate) fn value_of(&self, array: &mut Array) -> Option<ValueId> {
        let trace = array.take_trace()?;
        let recording = trace.recording.downcast_ref::<Self>().expect("traces are made here");
        assert!(std::ptr::eq(self, recording), "{OTHER}");
        Some(trace.value)
    }

    /// Ends the recording.
    pub(crate) fn finish(&self) -> Recorded {
        let closed = Recorded { closed: true, ..Recorded::default() };
        std::mem::replace(&mut self.lock(), closed)
    }

    /// Takes the traces off the inputs of an operation, which is about to run: what to record of it, if one is traced.
    ///
    /// # Panics
    /// If they belong to different recordings, or to one that has ended.
    #[track_caller]
    pub(crate) fn of_inputs(arrays: &mut [Array]) -> Option<PendingStep> {
        if arrays.iter().all(|array| array.trace().is_none()) {
            return None;
        }
        let mut found: Option<Arc<Self>> = None;
        let mut operand = |array: &mut Array| {
            let Some(trace) = array.take_trace() else { return Operand::constant(array.clone()) };
            let recording = Arc::clone(&trace.recording).downcast::<Self>();
            let recording = recording.expect("traces are made here");
            assert!(
                !recording.lock().closed,
                "a tensor is used that was kept from the recording of a program, which has ended: return it as a result"
            );
            let same = found.as_ref().is_none_or(|found| Arc::ptr_eq(found, &recording));
            assert!(same, "{OTHER}");
            found = Some(recording);
            Operand::Value(trace.value)
        };
        let inputs = arrays.iter_mut().map(&mut operand).collect();
        found.map(|recording| PendingStep { recording, inputs })
    }

    fn mark(self: &Arc<Self>, array: Array, value: ValueId) -> Array {
        array.with_trace(Trace { recording: Arc::clone(self) as _, value })
    }

    fn lock(&self) -> MutexGuard<'_, Recorded> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DynTensor {
    /// Whether the tensor is a value of a program that is being recorded.
    pub(crate) fn is_traced(&self) -> bool {
        match self.batch() {
            Some((_, all)) => all.is_traced(),
            None => self.array().trace().is_some(),
        }
    }
}

/// The number in an array without axes, but at most `most`, for a branch on it. While a program is recorded that has the
/// array as an input, the program is that of runs with this number: another number is recorded anew.
///
/// # Panics
/// If the program computes the number.
#[track_caller]
pub(crate) fn number_for_branch(array: &Array, most: u32) -> u32 {
    let mut plain = array.clone();
    let number = |plain: &Array| plain.contiguous().slice::<u32>()[0].min(most);
    let Some(trace) = plain.take_trace() else { return number(array) };
    let recording = trace.recording.downcast_ref::<Recording>().expect("traces are made here");
    let mut recorded = recording.lock();
    if trace.value >= recorded.inputs {
        // Refused, as the steps of a later run may give another number.
        drop(recorded);
        return number(array);
    }
    let guard = Guard { input: trace.value, most, number: number(&plain) };
    if !recorded.guards.contains(&guard) {
        recorded.guards.push(guard);
    }
    guard.number
}

impl Recorded {
    fn value(&mut self, signature: Signature) -> ValueId {
        self.values.push(signature)
    }
}

/// A step of the program whose operation is running.
#[derive(Debug)]
pub(crate) struct PendingStep {
    recording: Arc<Recording>,
    inputs: Vec<Operand>,
}

impl PendingStep {
    /// Panics if an input outside of the recording is on a tape that began before it; `outermost` is its outermost tape.
    #[track_caller]
    pub(super) fn refuse_captured(&self, outermost: Option<u64>) {
        if self.recording.began_after(outermost) {
            refuse_captured();
        }
    }

    /// Records the step; its output as a value of the program.
    pub(super) fn record(self, operation: Arc<dyn Operation>, output: DynTensor) -> DynTensor {
        let Self { recording, inputs } = self;
        let value = {
            let mut recorded = recording.lock();
            let value = recorded.value(output.stored_signature());
            recorded.steps.push(Step { operation, inputs, output: value, update: None });
            value
        };
        recording.mark(output.into_array(), value).into()
    }

    /// Records a step that has updated these arrays, which become values of the program.
    pub(super) fn record_in_place(self, operation: Updating, updated: &mut [&mut Array]) {
        let Self { recording, inputs } = self;
        let mut values = Vec::with_capacity(updated.len());
        for array in updated {
            let value = recording.lock().value(Signature::of(array));
            values.push(value);
            let plain = Array::clone(array);
            **array = recording.mark(plain, value);
        }
        let others = values.split_off(1);
        let update = Some(Box::new(Update { operation: operation.clone(), others }));
        let (operation, output) = (Arc::new(operation), values[0]);
        recording.lock().steps.push(Step { operation, inputs, output, update });
    }
}
