//! Elements along an axis by index, and values written there.

use super::{Label, Numeric, Tensor};
use crate::array::{Element, ShapeError};
use crate::ops::DynTensor;
use crate::size::rules::{AlongAxis, HasAxis, SameShape};
use crate::size::{Dim, Shape};

impl<S: Shape, E: Element> Tensor<S, E> {
    /// The elements along the axis `I` at indices, several for each position of the other axes: with `I` = 1,
    /// `out[b, j, d] = x[b, indices[b, j, d], d]` (`jnp.take_along_axis`, `torch.gather`). The result has the shape of the
    /// indices, which is that of the tensor but for the axis. No gradient flows to the indices.
    ///
    /// Cost: one random read for each index.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// let taken = x.take_along::<1, _, _>(Tensor::from([[2, 2], [0, 1]]))?;
    /// assert_eq!(taken.to_vec(), [3.0, 3.0, 4.0, 5.0]);
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// If an index is out of range (negative ones too): the index and its position. If a runtime axis has a different
    /// size in the indices.
    #[doc(alias("take_along_axis", "take_along_dim", "gather"))]
    pub fn take_along<const I: usize, R, L>(
        self,
        indices: Tensor<R, L>,
    ) -> Result<Tensor<R, E>, ShapeError>
    where
        R: AlongAxis<I, S>,
        L: Label,
    {
        Ok(Tensor::trusted(self.into_dyn().try_take_along(I, indices.into_dyn())?))
    }

    /// This tensor with `values` at indices along the axis `I`: with `I` = 1, `out[b, indices[b, j, d], d] = values[b, j, d]`
    /// (`x.at[..].set(values)` and `jnp.put_along_axis` in JAX, `torch.scatter`). Indices and values have the shape of the
    /// tensor but for the axis.
    ///
    /// Of equal indices the value of the last one stays, for any number of threads (in PyTorch it may be any). The
    /// gradient flows to that value, and to the elements that aren't replaced.
    ///
    /// Cost: a copy of this tensor, unless it is the only owner of its memory, and one random write for each value, in
    /// order.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 2.0, 3.0]]);
    /// let y = x.scatter_set::<1, _, _, _>(Tensor::from([[2, 0, 2]]), Tensor::from([[7.0, 8.0, 9.0]]))?;
    /// assert_eq!(y.to_vec(), [8.0, 2.0, 9.0]);
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// If an index is out of range (negative ones too; JAX leaves them out): the index and its position. If a runtime axis
    /// has a different size in indices or values.
    #[doc(alias("scatter", "put_along_axis", "at_set", "place", "put", "masked_scatter"))]
    pub fn scatter_set<const I: usize, R, L, V>(
        self,
        indices: Tensor<R, L>,
        values: Tensor<V, E>,
    ) -> Result<Self, ShapeError>
    where
        R: AlongAxis<I, S>,
        L: Label,
        V: SameShape<R>,
    {
        let (indices, values) = (indices.into_dyn(), values.into_dyn());
        Ok(Self::trusted(self.into_dyn().try_scatter_set(I, indices, values)?))
    }

    /// This tensor with `values` added at indices along the axis `I`: with `I` = 1,
    /// `out[b, indices[b, j, d], d] += values[b, j, d]` (`x.at[..].add(values)` in JAX, `torch.scatter_add`). Indices and
    /// values have the shape of the tensor but for the axis.
    ///
    /// Values of equal indices are added in their order and in f64; those of integers wrap.
    ///
    /// Cost: that of [`scatter_set`](Self::scatter_set).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 2.0, 3.0]]);
    /// let y = x.scatter_add::<1, _, _, _>(Tensor::from([[2, 0, 2]]), Tensor::from([[7.0, 8.0, 9.0]]))?;
    /// assert_eq!(y.to_vec(), [9.0, 2.0, 19.0]);
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// As [`scatter_set`](Self::scatter_set).
    #[doc(alias("at_add", "segment_sum"))]
    pub fn scatter_add<const I: usize, R, L, V>(
        self,
        indices: Tensor<R, L>,
        values: Tensor<V, E>,
    ) -> Result<Self, ShapeError>
    where
        R: AlongAxis<I, S>,
        L: Label,
        V: SameShape<R>,
        E: Numeric,
    {
        let (indices, values) = (indices.into_dyn(), values.into_dyn());
        Ok(Self::trusted(self.into_dyn().try_scatter_add(I, indices, values)?))
    }

    /// The maximum of this tensor and of the `values` at indices along the axis `I` (`x.at[..].max(values)` in JAX,
    /// `torch.scatter_reduce(.., "amax")`). Indices and values have the shape of the tensor but for the axis.
    ///
    /// NaN if one of them is. The element and the values that equal the maximum share its gradient evenly, as in JAX and
    /// PyTorch; that of NaN is 0. Zeros of both signs are equal: the result is one of them (JAX takes 0 rather than −0).
    ///
    /// Cost: that of [`scatter_set`](Self::scatter_set).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 2.0, 8.0]]);
    /// let y = x.scatter_max::<1, _, _, _>(Tensor::from([[2, 0, 2]]), Tensor::from([[7.0, 6.0, 5.0]]))?;
    /// assert_eq!(y.to_vec(), [6.0, 2.0, 8.0]);
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// As [`scatter_set`](Self::scatter_set).
    #[doc(alias("scatter_reduce", "amax", "at_max", "segment_max", "index_reduce"))]
    pub fn scatter_max<const I: usize, R, L, V>(
        self,
        indices: Tensor<R, L>,
        values: Tensor<V, E>,
    ) -> Result<Self, ShapeError>
    where
        R: AlongAxis<I, S>,
        L: Label,
        V: SameShape<R>,
        E: Numeric,
    {
        let (indices, values) = (indices.into_dyn(), values.into_dyn());
        Ok(Self::trusted(self.into_dyn().try_scatter_max(I, indices, values)?))
    }

    /// The minimum of this tensor and of the `values` at indices along the axis `I` (`x.at[..].min(values)` in JAX,
    /// `torch.scatter_reduce(.., "amin")`). Indices and values have the shape of the tensor but for the axis.
    ///
    /// NaN if one of them is. The element and the values that equal the minimum share its gradient evenly, as in JAX and
    /// PyTorch; that of NaN is 0. Zeros of both signs are equal: the result is one of them (JAX takes −0 rather than 0).
    ///
    /// Cost: that of [`scatter_set`](Self::scatter_set).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 2.0, 8.0]]);
    /// let y = x.scatter_min::<1, _, _, _>(Tensor::from([[2, 0, 2]]), Tensor::from([[7.0, 6.0, 5.0]]))?;
    /// assert_eq!(y.to_vec(), [1.0, 2.0, 5.0]);
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// As [`scatter_set`](Self::scatter_set).
    #[doc(alias("scatter_reduce", "amin", "at_min", "segment_min"))]
    pub fn scatter_min<const I: usize, R, L, V>(
        self,
        indices: Tensor<R, L>,
        values: Tensor<V, E>,
    ) -> Result<Self, ShapeError>
    where
        R: AlongAxis<I, S>,
        L: Label,
        V: SameShape<R>,
        E: Numeric,
    {
        let (indices, values) = (indices.into_dyn(), values.into_dyn());
        Ok(Self::trusted(self.into_dyn().try_scatter_min(I, indices, values)?))
    }

    /// This tensor with the slices of `values` added at indices `(N,)` of the axis `I`: rows of a table with `I` = 0
    /// (`x.at[indices].add(values)` in JAX, `torch.index_add`). The slices of equal indices are added in their order.
    ///
    /// Cost: that of [`scatter_add`](Self::scatter_add), with an index for each element of the values.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let table = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    /// let rows = Tensor::from([[10.0, 20.0], [30.0, 40.0], [50.0, 60.0]]);
    /// let y = table.index_add::<0, _, _, _>(Tensor::from([1, 0, 1]), rows)?;
    /// assert_eq!(y.to_vec(), [31.0, 42.0, 63.0, 84.0]);
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// As [`scatter_set`](Self::scatter_set).
    pub fn index_add<const I: usize, N: Dim, L, V>(
        self,
        indices: Tensor<(N,), L>,
        values: Tensor<V, E>,
    ) -> Result<Self, ShapeError>
    where
        S: HasAxis<I>,
        L: Label,
        V: SameShape<S::Replaced<N>>,
        E: Numeric,
    {
        let (indices, values) = spread("index_add", I, indices.into_dyn(), values.into_dyn())?;
        Ok(Self::trusted(self.into_dyn().try_scatter_add(I, indices, values)?))
    }

    /// This tensor with the slices of `values` at indices `(N,)` of the axis `I` (`x.at[indices].set(values)` in JAX,
    /// `torch.index_copy`). Of equal indices the slice of the last one stays.
    ///
    /// Cost: that of [`scatter_set`](Self::scatter_set), with an index for each element of the values.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1, 2, 3], [4, 5, 6]]);
    /// let y = x.index_copy::<1, _, _, _>(Tensor::from([2, 0]), Tensor::from([[7, 8], [9, 0]]))?;
    /// assert_eq!(y.to_vec(), [8, 2, 7, 0, 5, 9]);
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// As [`scatter_set`](Self::scatter_set).
    #[doc(alias("index_put", "index_set", "put", "index_fill"))]
    pub fn index_copy<const I: usize, N: Dim, L, V>(
        self,
        indices: Tensor<(N,), L>,
        values: Tensor<V, E>,
    ) -> Result<Self, ShapeError>
    where
        S: HasAxis<I>,
        L: Label,
        V: SameShape<S::Replaced<N>>,
    {
        let (indices, values) = spread("index_copy", I, indices.into_dyn(), values.into_dyn())?;
        Ok(Self::trusted(self.into_dyn().try_scatter_set(I, indices, values)?))
    }
}

/// Broadcasts indices along one axis to the shape of `values`.
fn spread(
    operation: &'static str,
    axis: usize,
    indices: DynTensor,
    values: DynTensor,
) -> Result<(DynTensor, DynTensor), ShapeError> {
    let (dims, count) = (values.dims(), indices.dims()[0]);
    if dims[axis] != count {
        let problem = format!("takes a slice for each of {count} indices, found {}", dims[axis]);
        return Err(ShapeError::operands(operation, problem));
    }
    let ones: Vec<usize> = (0..dims.len()).map(|i| if i == axis { count } else { 1 }).collect();
    Ok((indices.reshape(&ones).broadcast_to(&dims), values))
}
