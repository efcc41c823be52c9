//! Matrix products, and elements chosen by index.

use super::{Label, Operand, Real, Tensor};
use crate::array::{Element, ShapeError};
use crate::size::rules::{Gather, InsertAxis, LabelsOf, LastAxis, RightFactor};
use crate::size::{Shape, Size};

impl<S, E> Tensor<S, E> {
    /// The matrix product over the last two axes: `(.., M, K)` times `(K, N)`, or times `(.., K, N)` with
    /// the same leading axes.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let a = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    /// let b = Tensor::from([[1.0], [10.0]]);
    /// assert_eq!(a.matmul(b).to_vec(), [21.0, 43.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis differs.
    #[must_use]
    #[track_caller]
    pub fn matmul<R, F>(self, other: Tensor<R, F>) -> Tensor<R::Product, E>
    where
        S: Shape,
        R: RightFactor<S>,
        E: Real,
        F: Operand<E>,
    {
        if self.dims().len() == 1 {
            // A vector is a matrix of one row.
            let (width, columns) = (self.dims()[0], other.dims()[1]);
            let row = self.into_dyn().reshape(&[1, width]);
            return Tensor::trusted(row.matmul(other.into_dyn()).reshape(&[columns]));
        }
        Tensor::trusted(self.into_dyn().matmul(other.into_dyn()))
    }
}

impl<S: Shape, E: Element> Tensor<S, E> {
    /// Rows of this table `(V, ..)` by indices: `(V, D)` and `(B, T)` give `(B, T, D)` (`jnp.take`).
    ///
    /// # Errors
    /// If an index lies outside `0..V`: which, and at which position.
    pub fn gather<R, I>(self, indices: Tensor<R, I>) -> Result<Tensor<S::Output, E>, ShapeError>
    where
        S: Gather<R>,
        I: Label,
    {
        Ok(Tensor::trusted(self.into_dyn().try_gather(indices.into_dyn())?))
    }
}

impl<S, E> Tensor<S, E> {
    /// One element of each row of the last axis, by its index: `(B, C)` and `(B,)` give `(B,)`
    /// (`jnp.take_along_axis`).
    ///
    /// # Errors
    /// If an index lies outside the axis, or a runtime axis differs.
    pub fn pick<L, I, O>(self, indices: Tensor<L, I>) -> Result<Tensor<O, E>, ShapeError>
    where
        S: LastAxis<Leading = O>,
        L: LabelsOf<S>,
        I: Label,
    {
        Ok(Tensor::trusted(self.into_dyn().try_pick(indices.into_dyn())?))
    }
}

impl<S: Shape> Tensor<S, i32> {
    /// 1 at each index along a new last axis of `N`, 0 elsewhere: `labels.one_hot::<1, U10, f32>()`,
    /// where `I` is the rank of the indices. As in JAX, an index outside `0..N` gives zeros.
    ///
    /// ```
    /// use nnx_core::{size::U3, tensor::Tensor};
    ///
    /// let rows = Tensor::from([2, 0, 7]).one_hot::<1, U3, f32>();
    /// assert_eq!(rows.to_vec(), [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    /// ```
    #[must_use]
    pub fn one_hot<const I: usize, N: Size, E: Real>(self) -> Tensor<S::Inserted<N>, E>
    where
        S: InsertAxis<I>,
    {
        let inside = |&index: &i32| usize::try_from(index).is_ok_and(|index| index < N::USIZE);
        let indices = self.to_vec();
        let value = |index: &i32| if inside(index) { E::from_f64(1.0) } else { E::from_f64(0.0) };
        let values = indices.iter().map(value).collect();
        let safe = indices.iter().map(|index| if inside(index) { *index } else { 0 }).collect();
        let array = |dims| crate::array::Array::filled::<i32>(safe, dims);
        let dims = self.dims();
        if N::USIZE == 0 {
            return Tensor::trusted(
                crate::array::Array::full(E::ZERO, &dims.inserted(I, 0)).into(),
            );
        }
        let values = crate::array::Array::filled::<E>(values, dims);
        Tensor::trusted(crate::ops::DynTensor::from(values).put(array(dims).into(), N::USIZE))
    }
}
