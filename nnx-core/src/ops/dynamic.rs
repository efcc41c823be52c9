//! Tensors of runtime shape, and the function that runs every operation.

use std::sync::Arc;

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
}

/// The inputs and the output of an operation that are saved for backward.
type SavedTensors = (Vec<DynTensor>, Option<Array>);

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
    /// As there.
    ///
    /// # Panics
    /// As there.
    pub fn try_apply_all(operation: impl Operation, inputs: Vec<Self>) -> Result<Self, ShapeError> {
        let mut output = Self::run(&operation, inputs)?;
        if let Some(saved) = output.1.take() {
            return Ok(Self::recorded(output.0, saved, Box::new(operation)));
        }
        Ok(output.0.into())
    }

    /// The output of an operation, with a node on the tape.
    fn recorded(
        array: Array,
        (inputs, output): SavedTensors,
        operation: Box<dyn Operation>,
    ) -> Self {
        let signature = Signature { dims: array.dims(), dtype: array.dtype() };
        let node = Node::record(operation, inputs, output, signature);
        Self { array, node: Some(node) }
    }

    /// The output, and what is saved for backward if an input is tracked. Takes a `dyn` operation, so that it
    /// is compiled once and not for each operation.
    fn run(
        operation: &dyn Operation,
        inputs: Vec<Self>,
    ) -> Result<(Array, Option<SavedTensors>), ShapeError> {
        let signatures: Vec<Signature> = inputs.iter().map(Self::signature).collect();
        let signature = operation.output(&signatures)?;
        check_allocation(operation.name(), signature.dims, signature.dtype)?;
        let tracked = signature.dtype.is_float() && inputs.iter().any(|input| input.node.is_some());
        let keeps = operation.keeps();
        let recorded = tracked.then(|| {
            let record =
                |input: &Self| if keeps.inputs { input.clone() } else { input.without_elements() };
            inputs.iter().map(record).collect::<Vec<_>>()
        });
        let mut arrays: Vec<Array> = inputs.into_iter().map(|input| input.array).collect();
        operation.check_values(&arrays)?;
        let array = match signature.elements() {
            0 => Array::empty(signature.dims, signature.dtype),
            _ => operation.forward(&mut arrays),
        };
        debug_assert_eq!(
            (array.dims(), array.dtype()),
            (signature.dims, signature.dtype),
            "{operation:?}"
        );
        let record = recorded.map(|inputs| (inputs, keeps.output.then(|| array.clone())));
        Ok((array, record))
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
    #[must_use]
    pub fn array(&self) -> &Array {
        &self.array
    }

    /// The array of elements, without the node on the tape.
    #[must_use]
    pub fn into_array(self) -> Array {
        self.array
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

    /// The type of the elements.
    #[must_use]
    pub fn dtype(&self) -> DType {
        self.array.dtype()
    }

    /// Shape and type.
    #[must_use]
    pub fn signature(&self) -> Signature {
        Signature { dims: self.dims(), dtype: self.dtype() }
    }

    /// The same values as a constant: no gradient flows through them (`jax.lax.stop_gradient`, PyTorch's
    /// `detach`).
    #[must_use]
    pub fn stop_gradient(self) -> Self {
        Self { node: None, ..self }
    }

    /// Whether the tensor is on a tape: a gradient of its computation is wanted (PyTorch's `requires_grad`).
    #[must_use]
    pub fn is_tracked(&self) -> bool {
        self.node.is_some()
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

    pub(crate) fn with_node(array: Array, node: Option<Arc<Node>>) -> Self {
        Self { array, node }
    }

    /// A stand-in for a tensor that isn't saved for backward: NaN everywhere, so that a gradient rule that
    /// reads it shows.
    pub(crate) fn missing(signature: Signature) -> Self {
        Array::full_float(f64::NAN, signature.dtype, &signature.dims).into()
    }

    /// The same node with NaN in place of the elements, whose memory is freed. A gradient rule that reads
    /// inputs which [`Operation::keeps`] doesn't list gets NaN.
    fn without_elements(&self) -> Self {
        if !self.dtype().is_float() {
            return self.clone();
        }
        Self { node: self.node.clone(), ..Self::missing(self.signature()) }
    }
}

impl From<Array> for DynTensor {
    fn from(array: Array) -> Self {
        Self { array, node: None }
    }
}
