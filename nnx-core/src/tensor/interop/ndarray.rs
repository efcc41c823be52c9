//! Tensors from and to arrays of the `ndarray` crate.

use ndarray::{ArrayD, ArrayViewD, Dimension, IxDyn, ShapeBuilder as _};

use crate::array::{Array, Element, ShapeError};
use crate::size::Shape;
use crate::tensor::Tensor;

impl<S: Shape, E: Element, D: Dimension> TryFrom<ndarray::Array<E, D>> for Tensor<S, E> {
    type Error = ShapeError;

    /// The elements of an array, which are moved if they are in row-major order, and copied otherwise.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::Batch, tensor::Tensor};
    ///
    /// let x: Tensor![Batch, 2] = Tensor::try_from(ndarray::array![[1.0f32, 2.0], [3.0, 4.0]])?;
    /// assert_eq!(x.as_ndarray()[[1, 0]], 3.0);
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// If the sizes aren't those of the shape.
    fn try_from(array: ndarray::Array<E, D>) -> Result<Self, ShapeError> {
        let sizes = array.shape().to_vec();
        if sizes.len() != S::AXES.len() {
            let (shape, found) = (S::describe(), sizes.len());
            let problem =
                format!("can't make a tensor of shape {shape} of an array of {found} axes");
            return Err(ShapeError::operands("Tensor::try_from", problem));
        }
        let elements = if array.is_standard_layout() {
            // The vector of an array may be longer than the array, if the array is a slice.
            let (mut elements, offset) = array.into_raw_vec_and_offset();
            elements.drain(..offset.unwrap_or(0));
            elements.truncate(sizes.iter().product());
            elements
        } else {
            array.iter().copied().collect()
        };
        Self::try_from(Array::new(elements, &sizes)?)
    }
}

impl<S: Shape, E: Element> From<&Tensor<S, E>> for ArrayD<E> {
    /// A copy of the elements; those of bf16 are read as f32.
    fn from(tensor: &Tensor<S, E>) -> Self {
        Tensor::<S, E>::trusted(tensor.array().widened().into()).as_ndarray().to_owned()
    }
}

impl<S: Shape, E: Element> Tensor<S, E> {
    /// The elements as a view of the `ndarray` crate, without a copy.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0f32, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.transpose().as_ndarray()[[0, 1]], 3.0);
    /// ```
    ///
    /// # Panics
    /// If the elements are weights that are stored as bf16, which no view shows as f32: copy them by `ArrayD::from(&tensor)`,
    /// or widen the model by [`to_f32`](crate::module::to_f32) before.
    #[must_use]
    #[track_caller]
    pub fn as_ndarray(&self) -> ArrayViewD<'_, E> {
        let array = self.array();
        assert!(
            array.dtype() == E::DTYPE,
            "`as_ndarray` shows elements of {} without a copy, and these are stored as {}: copy them by `ArrayD::from(&tensor)`, \
             or widen the model by `to_f32` before",
            E::DTYPE,
            array.dtype()
        );
        if array.elements() == 0 {
            return ArrayViewD::from_shape(IxDyn(&array.dims()), &[]).expect("no elements");
        }
        let shape = IxDyn(&array.dims()).strides(IxDyn(&array.strides()));
        ArrayViewD::from_shape(shape, array.elements_from_first()).expect("a view of the buffer")
    }
}
