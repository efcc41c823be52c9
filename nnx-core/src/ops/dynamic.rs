//! Tensors of runtime shape, and the function that runs every operation.

use std::sync::Arc;

use super::members::Batch;
use super::recording::{PendingStep, Recording};
use super::{Node, Operation, Signature};
use crate::array::{Array, DType, Dims, OrPanic as _, ShapeError, check_allocation};

/// A tensor whose shape is known at run time: an [`Array`], and its node on the tape where a gradient is
/// wanted. [`Tensor`](crate::tensor::Tensor) wraps it and has its shape as a type.
///
/// Its methods are the operations. They panic on shapes that don't fit, with a message that names both;
/// [`try_apply`](Self::try_apply) returns the same message as an error.
///
/// ```
/// use nnx_core::{array::Array, ops::DynTensor};
///
/// let x = DynTensor::from(Array::new(vec![1.0f32, -2.0], &[2])?);
/// let y = x.clone() * x.relu();
/// assert_eq!(y.array().to_vec::<f32>()?, [1.0, 0.0]);
/// # Ok::<(), nnx_core::array::ShapeError>(())
/// ```
#[derive(Debug, Clone)]
pub struct DynTensor {
    array: Array,
    node: Option<Arc<Node>>,
    /// Within a `vmap`, the values of all members. Then `array` has the shape of one member, and NaN in place of its
    /// elements.
    pub(super) batch: Option<Arc<Batch>>,
}

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
    pub(super) fn try_apply_shared(
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

    /// [`try_apply`](Self::try_apply) for shapes that are known to fit.
    ///
    /// # Panics
    /// Where `try_apply` returns an error, with the same message.
    #[must_use]
    #[track_caller]
    pub fn apply<const N: usize>(operation: impl Operation, inputs: [Self; N]) -> Self {
        Self::try_apply(operation, inputs).or_panic()
    }

    /// The array of elements.
    ///
    /// # Panics
    /// Within [`vmap`](crate::tensor::vmap), where a tensor stands for all members of a batch and has no elements of
    /// its own.
    #[must_use]
    #[track_caller]
    pub fn array(&self) -> &Array {
        self.array_for("array")
    }

    /// [`array`](Self::array) for `reader`, which a panic names.
    #[track_caller]
    pub(crate) fn array_for(&self, reader: &str) -> &Array {
        match &self.batch {
            None => &self.array,
            Some(batch) => batch.refuse(reader),
        }
    }

    /// The array of elements, without the node on the tape.
    ///
    /// # Panics
    /// As [`array`](Self::array).
    #[must_use]
    #[track_caller]
    pub fn into_array(self) -> Array {
        match &self.batch {
            None => self.array,
            Some(batch) => batch.refuse("into_array"),
        }
    }

    /// The strides of the elements. They mean nothing for a tensor that stands for the members of a `vmap`.
    pub(super) fn strides(&self) -> Dims {
        self.array.strides()
    }

    /// The sizes of the axes.
    #[must_use]
    pub fn dims(&self) -> Dims {
        self.array.dims()
    }

    /// The number of axes.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.dims().len()
    }

    /// The type of the elements. Weights that are stored as bf16 are read as f32; the type of [`array`](Self::array) says how
    /// they are stored.
    #[must_use]
    pub fn dtype(&self) -> DType {
        match self.array.dtype() {
            DType::Bf16 => DType::F32,
            dtype => dtype,
        }
    }

    /// Whether the elements are stored as bf16.
    pub(crate) fn is_stored_as_bf16(&self) -> bool {
        self.array.dtype() == DType::Bf16
    }

    /// An error if the elements have a different type.
    pub(crate) fn expect_dtype(&self, expected: DType) -> Result<(), ShapeError> {
        self.array.expect_dtype(expected)
    }

    /// Shape and type.
    #[must_use]
    pub fn signature(&self) -> Signature {
        Signature { dims: self.dims(), dtype: self.dtype() }
    }

    /// Shape and type as they are stored: bf16 may stand for f32.
    pub(crate) fn stored_signature(&self) -> Signature {
        Signature::of(&self.array)
    }

    /// The same values as a constant: no gradient flows through them (`jax.lax.stop_gradient`, PyTorch's
    /// `detach`).
    #[must_use]
    pub fn stop_gradient(self) -> Self {
        let batch = self.batch.map(|batch| Arc::new(batch.stop_gradient()));
        Self { node: None, batch, ..self }
    }

    /// Whether the tensor is on a tape: a gradient of its computation is wanted (PyTorch's `requires_grad`).
    #[must_use]
    pub fn is_tracked(&self) -> bool {
        self.node.is_some() || self.batch.as_ref().is_some_and(|batch| batch.is_tracked())
    }

    /// A tensor of this shape and type filled with `value`: a broadcast view of one element.
    #[must_use]
    pub(crate) fn full_like(&self, value: f64) -> Self {
        Array::full_float(value, self.dtype(), &self.dims()).into()
    }

    pub(crate) fn node(&self) -> Option<&Arc<Node>> {
        self.node.as_ref()
    }

    pub(crate) fn into_node(self) -> Option<Arc<Node>> {
        self.node
    }

    /// The tensor with another node, or none.
    pub(crate) fn with_node(self, node: Option<Arc<Node>>) -> Self {
        Self { node, ..self }
    }

    /// A stand-in for a tensor that isn't saved for backward: its elements are NaN, so that a rule that reads it
    /// without declaring so gives NaN.
    pub(crate) fn missing(signature: Signature) -> Self {
        Array::full_float(f64::NAN, signature.dtype, &signature.dims).into()
    }

    /// The same node with NaN in place of the elements, whose memory is freed. A gradient rule that reads
    /// inputs which [`Operation::keeps`] doesn't list gets NaN.
    fn without_elements(&self) -> Self {
        if !self.dtype().is_float() {
            return self.clone();
        }
        Self::missing(self.signature()).with_node(self.node.clone())
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

impl From<Array> for DynTensor {
    fn from(array: Array) -> Self {
        Self { array, node: None, batch: None }
    }
}
