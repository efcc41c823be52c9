//! Matrix multiplication, and elements selected by index.

use super::arithmetic::check_shared_axes;
use super::{Label, Numeric, Operand, Real, Tensor};
use crate::array::{Dims, Element, ShapeError};
use crate::ops::{Comparison, DynTensor};
use crate::size::rules::{Gather, InsertAxis, LabelsOf, LastAxis, RightFactor};
use crate::size::{Shape, Size};

impl<S, E> Tensor<S, E> {
    /// The matrix product over the last two axes: `(.., M, K)` times `(K, N)`, or times `(.., K, N)` with
    /// the same leading axes.
    ///
    /// Cost: 2 M K N operations for (M, K) times (K, N); scratch for packed blocks of both operands, which fit the
    /// caches.
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
    /// If a runtime axis has different sizes in the two operands.
    #[must_use]
    #[track_caller]
    #[doc(alias("mm", "bmm", "mv", "matvec", "vecmat", "addmm", "multi_dot", "matrix_power"))]
    pub fn matmul<R, F>(self, other: Tensor<R, F>) -> Tensor<R::Product, E>
    where
        S: Shape,
        R: RightFactor<S>,
        E: Real,
        F: Operand<E>,
    {
        check_shared_axes::<S, R>(&self.dims(), &other.dims(), "matmul");
        Tensor::trusted(self.into_dyn().matmul(other.into_dyn()))
    }
}

impl<S: Shape, E: Element> Tensor<S, E> {
    /// Rows of this table `(V, ..)`, selected by indices: `(V, D)` and `(B, T)` give `(B, T, D)` (`jnp.take`,
    /// PyTorch's `F.embedding`).
    ///
    /// Cost: one copied row for each index.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let table = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(table.gather(Tensor::from([1, 1, 0]))?.to_vec(), [3.0, 4.0, 3.0, 4.0, 1.0, 2.0]);
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// If an index is out of range `0..V`: the error names the index and its position. If rows and indices
    /// share a runtime axis and its sizes differ.
    pub fn gather<R, I>(self, indices: Tensor<R, I>) -> Result<Tensor<S::Output, E>, ShapeError>
    where
        S: Gather<R>,
        I: Label,
    {
        let rows = self.into_dyn().try_gather(indices.into_dyn())?;
        match S::Output::mismatch(&rows.dims()) {
            None => Ok(Tensor::trusted(rows)),
            Some(problem) => Err(ShapeError::Lengths { operation: "gather", problem }),
        }
    }
}

impl<S, E> Tensor<S, E> {
    /// One element of each row of the last axis, selected by its index: `(B, C)` and `(B,)` give `(B,)`
    /// (`jnp.take_along_axis`, `torch.gather`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.pick(Tensor::from([1, 0]))?.to_vec(), [2.0, 3.0]);
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// If an index is out of range, or a runtime axis has different sizes.
    pub fn pick<L, I, O>(self, indices: Tensor<L, I>) -> Result<Tensor<O, E>, ShapeError>
    where
        S: LastAxis<Leading = O>,
        L: LabelsOf<S>,
        I: Label,
    {
        Ok(Tensor::trusted(self.into_dyn().try_pick(indices.into_dyn())?))
    }
}

impl<S, L> Tensor<S, L> {
    /// One-hot encoding along a new axis of size `N` at index `I`: 1 at each label, 0 elsewhere (`F.one_hot`).
    /// `labels.one_hot::<1, U10, f32>()` appends it to labels `(B,)`. As in JAX, a label outside `0..N` gives
    /// zeros.
    ///
    /// Cost: an element of the result for each label and class.
    ///
    /// ```
    /// use nnx_core::{size::U3, tensor::Tensor};
    ///
    /// let rows = Tensor::from([2, 0, 7]).one_hot::<1, U3, f32>();
    /// assert_eq!(rows.to_vec(), [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    /// let columns = Tensor::from([2, 0]).one_hot::<0, U3, f32>();
    /// assert_eq!(*columns.dims(), [3, 2]);
    /// assert_eq!(columns.to_vec(), [0.0, 1.0, 0.0, 0.0, 1.0, 0.0]);
    /// ```
    #[must_use]
    pub fn one_hot<const I: usize, N: Size, E: Numeric>(self) -> Tensor<S::Inserted<N>, E>
    where
        S: InsertAxis<I>,
        L: Label,
    {
        let dims = self.dims();
        let ones: Dims = (0..=dims.len()).map(|i| if i == I { N::USIZE } else { 1 }).collect();
        let all = dims.insert_axis(I, N::USIZE);
        let classes = DynTensor::arange(N::USIZE, 0.0, 1.0, L::DTYPE).reshape(&ones);
        let classes = classes.broadcast_to(&all);
        let indices = self.into_dyn().reshape(&dims.insert_axis(I, 1)).broadcast_to(&all);
        Tensor::trusted(indices.compare(Comparison::Equal, classes).cast(E::DTYPE))
    }
}
