//! Conversion to a shape that is checked at run time.

use super::Tensor;
use crate::array::{Element, OrPanic as _, ShapeError};
use crate::ops::DynTensor;
use crate::size::Shape;

impl<S, E: Element> Tensor<S, E> {
    /// The same elements as a tensor of shape `T`, whose sizes must be equal. It is for sizes that the compiler
    /// can't compare: they are checked at run time. It can rename runtime axes, turn runtime axes into sizes,
    /// and sizes into runtime axes.
    ///
    /// | | |
    /// |---|---|
    /// | if the compiler knows that the shapes are the same | [`assert_shape`](Self::assert_shape) |
    /// | if the compiler knows that the numbers of elements are equal | [`reshape`](Self::reshape) |
    /// | to check against the sizes of another tensor | [`try_like`](Self::try_like) |
    /// | PyTorch, JAX | `assert x.shape == ..`, `chex.assert_shape` |
    ///
    /// ```
    /// use nnx_core::{Tensor, axis, shape, size::Batch, tensor::Tensor};
    /// axis!(Height, Width);
    ///
    /// let x: Tensor![Batch, Height, Width, 1] = Tensor::from_shape_vec(&[2, 4, 3, 1], vec![0.5; 24])?;
    /// let x = x.try_into_shape::<shape![Batch, 4, 3, 1]>()?;
    ///
    /// let error = x.try_into_shape::<shape![Batch, Height, 5, 3]>().unwrap_err();
    /// assert_eq!(error.to_string(),
    ///     "expected a tensor of shape (Batch, Height, 5, 3), found an array of shape (2, 4, 3, 1): \
    ///      axis 2: expected 5, found 3; axis 3: expected 3, found 1");
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the sizes differ. The error names both shapes, and each axis that differs, counted from 0, with both
    /// sizes.
    pub fn try_into_shape<T: Shape>(self) -> Result<Tensor<T, E>, ShapeError> {
        Tensor::try_from(self.into_dyn())
    }
}

impl DynTensor {
    /// The typed tensor of shape `S` with elements of type `E`, if shape and element type match:
    /// `x.try_into_shape::<shape![Batch, 28, 28, 1], f32>()`.
    ///
    /// ```
    /// use nnx_core::{array::Array, ops::DynTensor, shape, size::Batch};
    ///
    /// let x = DynTensor::from(Array::new(vec![0.5f32; 12], &[2, 6])?);
    /// let error = x.try_into_shape::<shape![Batch, 5], f32>().unwrap_err();
    /// assert_eq!(error.to_string(),
    ///     "expected a tensor of shape (Batch, 5), found an array of shape (2, 6): \
    ///      axis 1: expected 5, found 6");
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the element type or the sizes differ. The error names both shapes, and each axis that differs,
    /// counted from 0.
    pub fn try_into_shape<S: Shape, E: Element>(self) -> Result<Tensor<S, E>, ShapeError> {
        Tensor::try_from(self)
    }

    /// [`try_into_shape`](Self::try_into_shape) that panics, for sizes that can't differ in a correct program
    /// (`chex.assert_shape`).
    ///
    /// # Panics
    /// If the shape or the element type differs, with the text of that error.
    #[must_use]
    #[track_caller]
    pub fn assert_shape<S: Shape, E: Element>(self) -> Tensor<S, E> {
        self.try_into_shape().or_panic()
    }
}
