//! The function that runs every operation: checks, the kernel, and the record on the tape and in a program.

use std::sync::Arc;

use super::DynTensor;
use crate::array::{Array, OrPanic as _, ShapeError, check_allocation};
use crate::ops::recording::{PendingStep, Recording};
use crate::ops::{Node, Operation, Signature};

/// The inputs and the output of an operation that are saved for backward.
type SavedTensors = (Vec<DynTensor>, Option<DynTensor>);

/// An operation that is moved into an `Arc` only if something will own it.
trait Unshared {
    fn get(&self) -> &dyn Operation;
    fn share(&mut self) -> Arc<dyn Operation>;
}

impl<O: Operation> Unshared for Option<O> {
    fn get(&self) -> &dyn Operation {
        self.as_ref().expect(SHARED_ONCE)
    }
    fn share(&mut self) -> Arc<dyn Operation> {
        Arc::new(self.take().expect(SHARED_ONCE))
    }
}

const SHARED_ONCE: &str = "an operation is shared once";

/// The state of an operation that has been started, and what remains to be done.
enum Started {
    /// It has run, and nothing records it.
    Done(DynTensor),
    /// It has run, and a node of the tape or a step of a program will own it.
    Recorded(Array, Box<Record>),
    /// It runs for all members of a batch.
    Batched(Vec<DynTensor>),
}

impl DynTensor {
    /// Runs an operation, and records it on the tape if an input is tracked.
    ///
    /// # Errors
    /// The operation's error for shapes and values that don't fit, and [`ShapeError::BeyondMemory`] where the
    /// output has more bytes than a program can address.
    ///
    /// # Panics
    /// If there is no memory for the output.
    pub fn try_apply<const N: usize>(
        operation: impl Operation,
        inputs: [Self; N],
    ) -> Result<Self, ShapeError> {
        Self::try_apply_all(operation, inputs.into())
    }

    /// [`try_apply`](Self::try_apply) with a number of inputs known at run time.
    ///
    /// # Errors
    /// As [`try_apply`](Self::try_apply).
    ///
    /// # Panics
    /// As [`try_apply`](Self::try_apply).
    pub fn try_apply_all(operation: impl Operation, inputs: Vec<Self>) -> Result<Self, ShapeError> {
        // Only this line is compiled for each type of operation. The call through a pointer also ends the compiler's search
        // for recursive calls, which is slow.
        let apply: fn(&mut dyn Unshared, Vec<Self>) -> Result<Self, ShapeError> =
            Self::try_apply_unshared;
        apply(&mut Some(operation), inputs)
    }

    /// [`try_apply`](Self::try_apply) for shapes that are known to fit.
    ///
    /// # Panics
    /// Where `try_apply` returns an error, with the same message.
    #[must_use]
    #[track_caller]
    pub fn apply<const N: usize>(operation: impl Operation, inputs: [Self; N]) -> Self {
        Self::try_apply(operation, inputs).or_panic()
    }

    fn try_apply_unshared(
        operation: &mut dyn Unshared,
        inputs: Vec<Self>,
    ) -> Result<Self, ShapeError> {
        match Self::start(operation.get(), inputs)? {
            Started::Done(output) => Ok(output),
            started => Self::finish(started, operation.share()),
        }
    }

    /// [`try_apply_all`](Self::try_apply_all) of an operation that is shared.
    ///
    /// # Errors
    /// As [`try_apply_all`](Self::try_apply_all).
    pub(in crate::ops) fn try_apply_shared(
        operation: &Arc<dyn Operation>,
        inputs: Vec<Self>,
    ) -> Result<Self, ShapeError> {
        match Self::start(&**operation, inputs)? {
            Started::Done(output) => Ok(output),
            started => Self::finish(started, Arc::clone(operation)),
        }
    }

    /// Runs an operation, if it can be run without an owner.
    fn start(operation: &dyn Operation, mut inputs: Vec<Self>) -> Result<Started, ShapeError> {
        if inputs.iter().any(Self::is_stored_as_bf16) {
            widen_unread(operation, &mut inputs)?;
        }
        if inputs.iter().any(Self::is_batched) {
            return Ok(Started::Batched(inputs));
        }
        let (array, record) = Self::run(operation, inputs)?;
        Ok(match record {
            Some(record) => Started::Recorded(array, record),
            None => Started::Done(array.into()),
        })
    }

    /// Finishes an operation that has been started: records it, or runs it on all members of a `vmap`.
    fn finish(started: Started, operation: Arc<dyn Operation>) -> Result<Self, ShapeError> {
        match started {
            Started::Done(output) => Ok(output),
            Started::Recorded(array, record) => Ok(record.finish(array, operation)),
            Started::Batched(inputs) => Self::apply_to_members(operation, inputs),
        }
    }

    /// Checks and runs an operation. Returns the output, and the record for tape and program, if there is one. It takes
    /// a `dyn` operation, so that it is compiled once and not for each operation.
    fn run(
        operation: &dyn Operation,
        inputs: Vec<Self>,
    ) -> Result<(Array, Option<Box<Record>>), ShapeError> {
        let signatures: Vec<Signature> = inputs.iter().map(Self::stored_signature).collect();
        let signature = operation.output(&signatures)?;
        check_allocation(operation.name(), signature.dims, signature.dtype)?;
        let tracked =
            signature.dtype.is_read_as_float() && inputs.iter().any(|input| input.node.is_some());
        let saved = tracked.then(|| Self::saved_inputs(operation, &inputs));
        let outside = inputs.iter().filter(|input| input.array.trace().is_none());
        let tapes = outside.filter_map(|input| input.node.as_ref().map(|node| node.outermost));
        let outermost = if tracked { tapes.min() } else { None };
        let mut arrays: Vec<Array> = inputs.into_iter().map(|input| input.array).collect();
        let step = Recording::of_inputs(&mut arrays);
        if let Some(step) = &step {
            step.refuse_captured(outermost);
        }
        if operation.checks_values() {
            operation.check_values(&arrays)?;
        }
        let array = match signature.elements() {
            0 => Array::empty(signature.dims, signature.dtype),
            _ => operation.forward(&mut arrays),
        };
        debug_assert_eq!(
            (array.dims(), array.dtype()),
            (signature.dims, signature.dtype),
            "{operation:?}"
        );
        let any = saved.is_some() || step.is_some();
        Ok((array, any.then(|| Box::new(Record { saved, step }))))
    }

    /// The output of an operation, with a node on the tape.
    pub(crate) fn recorded(
        self,
        (inputs, output): SavedTensors,
        operation: Arc<dyn Operation>,
    ) -> Self {
        let signature = self.signature();
        self.with_node(Some(Node::record(operation, inputs, output, signature)))
    }

    /// The inputs as they are saved for backward: without their elements, unless the gradient rule reads them.
    pub(crate) fn saved_inputs(operation: &dyn Operation, inputs: &[Self]) -> Vec<Self> {
        let keeps = operation.keeps();
        let record =
            |input: &Self| if keeps.inputs { input.clone() } else { input.without_elements() };
        inputs.iter().map(record).collect()
    }
}

/// Widens the inputs that are stored as bf16 to f32, but for those that the operation reads as they are.
#[cold]
fn widen_unread(operation: &dyn Operation, inputs: &mut [DynTensor]) -> Result<(), ShapeError> {
    let signatures: Vec<Signature> = inputs.iter().map(DynTensor::stored_signature).collect();
    for (index, input) in inputs.iter_mut().enumerate() {
        if input.is_stored_as_bf16() && !operation.reads_bf16(&signatures, index) {
            *input = input.clone().widened()?;
        }
    }
    Ok(())
}

/// The record of an operation that has run, for tape and program.
struct Record {
    /// The inputs as they are saved for backward, if one of them is tracked.
    saved: Option<Vec<DynTensor>>,
    /// The step of a program, if one is being recorded.
    step: Option<PendingStep>,
}

impl Record {
    /// The output, on the tape and in the program.
    fn finish(self, output: Array, operation: Arc<dyn Operation>) -> DynTensor {
        let output = match self.step {
            Some(step) => step.record(Arc::clone(&operation), output.into()),
            None => output.into(),
        };
        let Some(inputs) = self.saved else { return output };
        let saved = operation.keeps().output.then(|| output.clone());
        output.recorded((inputs, saved), operation)
    }
}
