//! Tensors from and to matrices and vectors of the `nalgebra` crate, which are column-major: elements are copied.

use nalgebra::{DMatrix, DVector, SMatrix, Scalar};

use crate::array::{Array, Element, ShapeError};
use crate::size::{Const, Shape, Size};
use crate::tensor::Tensor;

impl<E: Element + Scalar, const R: usize, const C: usize> From<SMatrix<E, R, C>>
    for Tensor<(Const<R>, Const<C>), E>
where
    Const<R>: Size,
    Const<C>: Size,
{
    /// ```
    /// use nnx_core::{Tensor, tensor::Tensor};
    ///
    /// let x: Tensor![2, 3] = nalgebra::matrix![1.0f32, 2.0, 3.0; 4.0, 5.0, 6.0].into();
    /// assert_eq!(x.to_vec(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    /// assert_eq!(nalgebra::Matrix2x3::from(x)[(1, 0)], 4.0);
    /// ```
    fn from(matrix: SMatrix<E, R, C>) -> Self {
        Self::from_vec(matrix.transpose().as_slice().to_vec()).expect("as many elements")
    }
}

impl<E: Element + Scalar, const R: usize, const C: usize> From<Tensor<(Const<R>, Const<C>), E>>
    for SMatrix<E, R, C>
where
    Const<R>: Size,
    Const<C>: Size,
{
    fn from(tensor: Tensor<(Const<R>, Const<C>), E>) -> Self {
        Self::from_row_slice(&tensor.to_vec())
    }
}

impl<S: Shape, E: Element + Scalar> TryFrom<DMatrix<E>> for Tensor<S, E> {
    type Error = ShapeError;

    /// ```
    /// use nnx_core::{Tensor, size::Batch, tensor::Tensor};
    ///
    /// let x: Tensor![Batch, 2] = Tensor::try_from(nalgebra::dmatrix![1.0f32, 2.0; 3.0, 4.0])?;
    /// assert_eq!(x.to_vec(), [1.0, 2.0, 3.0, 4.0]);
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// If the sizes aren't those of the shape.
    fn try_from(matrix: DMatrix<E>) -> Result<Self, ShapeError> {
        let sizes = [matrix.nrows(), matrix.ncols()];
        Self::try_from(Array::new(matrix.transpose().as_slice().to_vec(), &sizes)?)
    }
}

impl<A, B, E: Element + Scalar> From<Tensor<(A, B), E>> for DMatrix<E>
where
    (A, B): Shape,
{
    fn from(tensor: Tensor<(A, B), E>) -> Self {
        Self::from_row_slice(tensor.dims()[0], tensor.dims()[1], &tensor.to_vec())
    }
}

impl<S: Shape, E: Element + Scalar> TryFrom<DVector<E>> for Tensor<S, E> {
    type Error = ShapeError;

    /// # Errors
    /// If the size isn't that of the shape.
    fn try_from(vector: DVector<E>) -> Result<Self, ShapeError> {
        Self::try_from(Array::new(vector.as_slice().to_vec(), &[vector.len()])?)
    }
}

impl<A, E: Element + Scalar> From<Tensor<(A,), E>> for DVector<E>
where
    (A,): Shape,
{
    fn from(tensor: Tensor<(A,), E>) -> Self {
        Self::from_vec(tensor.to_vec())
    }
}
