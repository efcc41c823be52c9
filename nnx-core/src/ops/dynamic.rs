//! Tensors of runtime shape. The file `dynamic/apply` has the function that runs every operation.

mod apply;

use std::sync::Arc;

use super::members::Batch;
use super::{Node, Signature};
use crate::array::{Array, DType, Dims, ShapeError};

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

impl DynTensor {
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
    /// inputs which [`Operation::keeps`](super::Operation::keeps) doesn't list gets NaN.
    fn without_elements(&self) -> Self {
        if !self.dtype().is_float() {
            return self.clone();
        }
        Self::missing(self.signature()).with_node(self.node.clone())
    }
}

impl From<Array> for DynTensor {
    fn from(array: Array) -> Self {
        Self { array, node: None, batch: None }
    }
}
