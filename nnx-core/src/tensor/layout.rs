//! Changes of shape and order: reshape, permute, slice, concatenate.

use super::Tensor;
use crate::array::{Dims, Element, OrPanic as _};
use crate::ops::{DynTensor, axis_length};
use crate::size::rules::{
    Appended, Flatten, InsertAxis, Permute, Reshape, RowsAtRunTime, Slice, Transpose,
};
use crate::size::{BroadcastsTo, Shape, Size, StaticShape, U1};

impl<S: Shape, E: Element> Tensor<S, E> {
    /// The same elements in row-major order, with the shape `T`. Runtime axes must stay in the same order.
    ///
    /// ```
    /// use nnx_core::{Tensor, shape, size::Batch, tensor::Tensor};
    ///
    /// let x: Tensor![Batch, 4, 6] = Tensor::from_vec(vec![0.0; 48])?;
    /// assert_eq!(*x.reshape::<shape![Batch, 2, 12]>().dims(), [2, 2, 12]);
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    #[must_use]
    #[doc(alias("view", "reshape_as", "view_as"))]
    pub fn reshape<T: Shape>(self) -> Tensor<T, E>
    where
        S: Reshape<T>,
    {
        // Both shapes have the same runtime axes in the same order, so the sizes of the input are used in turn.
        let own = self.dims();
        let mut runtime =
            own.iter().zip(S::AXES).filter(|(_, axis)| axis.is_none()).map(|(&size, _)| size);
        let dims: Dims = T::AXES
            .iter()
            .map(|axis| {
                axis.or_else(|| runtime.next()).expect("as many runtime axes on both sides")
            })
            .collect();
        Tensor::trusted(self.into_dyn().reshape(&dims))
    }

    /// Flattens `(batch, ..)` to `(batch, product of the rest)`.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::Batch, tensor::Tensor};
    ///
    /// let images: Tensor![Batch, 2, 2, 3] = Tensor::from_vec(vec![0.5; 24])?;
    /// let rows: Tensor![Batch, 12] = images.flatten();
    /// # assert_eq!(*rows.dims(), [2, 12]);
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    #[must_use]
    #[doc(alias = "ravel")]
    pub fn flatten<O>(self) -> Tensor<O, E>
    where
        S: Flatten<Output = O>,
    {
        let dims = self.dims();
        let rest = dims[1..].iter().fold(1u128, |rest, &size| rest.saturating_mul(size as u128));
        let rest = axis_length("flatten", rest).or_panic();
        Tensor::trusted(self.into_dyn().reshape(&[dims[0], rest]))
    }

    /// Swaps the last two axes (PyTorch's `mT`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.transpose().to_vec(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    /// ```
    #[must_use]
    #[doc(alias("matrix_transpose", "H", "adjoint", "mH", "T", "mT", "t"))]
    pub fn transpose<O>(self) -> Tensor<O, E>
    where
        S: Transpose<Output = O>,
    {
        let rank = S::AXES.len();
        Tensor::trusted(self.into_dyn().swap_axes(rank - 2, rank - 1))
    }

    /// Puts the axes in the order `P`: `x.permute::<(Axis<0>, Axis<2>, Axis<1>)>()` (`jnp.transpose`).
    ///
    /// ```
    /// use nnx_core::{Tensor, size::rules::Axis, tensor::Tensor};
    ///
    /// let channels_last: Tensor![1, 1, 2, 3] = Tensor::from([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).reshape();
    /// let channels_first: Tensor![1, 3, 1, 2] = channels_last.permute::<(Axis<0>, Axis<3>, Axis<1>, Axis<2>)>();
    /// assert_eq!(channels_first.to_vec(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    /// ```
    #[must_use]
    #[doc(alias = "permute_dims")]
    pub fn permute<P>(self) -> Tensor<S::Output, E>
    where
        S: Permute<P>,
    {
        Tensor::trusted(self.into_dyn().permute(S::ORDER))
    }

    /// Inserts an axis of size 1 at index `I` (`jnp.expand_dims`, PyTorch's `unsqueeze`).
    ///
    /// ```
    /// use nnx_core::{Tensor, tensor::Tensor};
    ///
    /// let row: Tensor![1, 2] = Tensor::from([1.0, 2.0]).insert_axis::<0>();
    /// # let _ = row;
    /// ```
    #[must_use]
    #[doc(alias("atleast_1d", "atleast_2d", "atleast_3d", "expand_dims", "unsqueeze"))]
    pub fn insert_axis<const I: usize>(self) -> Tensor<S::Inserted<U1>, E>
    where
        S: InsertAxis<I>,
    {
        let dims = self.dims().insert_axis(I, 1);
        Tensor::trusted(self.into_dyn().reshape(&dims))
    }

    /// Broadcasts to the shape `T`, which has no runtime axes (`jnp.broadcast_to`).
    ///
    /// ```
    /// use nnx_core::{shape, tensor::Tensor};
    ///
    /// let x = Tensor::from([1.0, 2.0]).broadcast_to::<shape![2, 2]>();
    /// assert_eq!(x.to_vec(), [1.0, 2.0, 1.0, 2.0]);
    /// ```
    #[must_use]
    #[doc(alias = "expand")]
    pub fn broadcast_to<T: StaticShape>(self) -> Tensor<T, E>
    where
        S: BroadcastsTo<T>,
    {
        let dims: Dims = T::AXES.iter().flatten().copied().collect();
        Tensor::trusted(self.into_dyn().broadcast_to(&dims))
    }

    /// Broadcasts to the shape of another tensor.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let like = Tensor::from([[0.0; 2]; 2]);
    /// let x = Tensor::from([1.0, 2.0]).broadcast_like(&like);
    /// assert_eq!(x.to_vec(), [1.0, 2.0, 1.0, 2.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has a different size in `like`.
    #[must_use]
    #[track_caller]
    #[doc(alias("broadcast_arrays", "broadcast_shapes", "expand_as"))]
    pub fn broadcast_like<T: Shape, F>(self, like: &Tensor<T, F>) -> Tensor<T, E>
    where
        S: BroadcastsTo<T>,
    {
        super::arithmetic::check_runtime_axes::<S>(&like.dims(), &self.dims(), "broadcast_like");
        Tensor::trusted(self.into_dyn().broadcast_to(&like.dims()))
    }

    /// The `Length` elements of the axis `I` that begin at index `Start`: `x.slice::<1, U0, U8>()`.
    ///
    /// ```
    /// use nnx_core::{size::{U1, U2}, tensor::Tensor};
    ///
    /// let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.slice::<1, U1, U2>().to_vec(), [2.0, 3.0, 5.0, 6.0]);
    /// ```
    #[must_use]
    #[doc(alias("narrow", "narrow_copy"))]
    pub fn slice<const I: usize, Start: Size, Length: Size>(self) -> Tensor<S::Replaced<Length>, E>
    where
        S: Slice<I, Start, Length>,
    {
        const { S::CHECKED }
        Tensor::trusted(self.into_dyn().slice(I, Start::USIZE, Length::USIZE))
    }

    /// The elements `range` of the first axis, which must be a runtime axis: a part of a batch (`x[2:4]`). A size is cut by
    /// [`slice`](Self::slice), or from a start known at run time by [`slice_at`](Self::slice_at).
    ///
    /// ```
    /// use nnx_core::{Tensor, size::Batch, tensor::Tensor};
    ///
    /// let x: Tensor![Batch, 2] = Tensor::from_vec(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?;
    /// assert_eq!(x.rows(1..3).to_vec(), [3.0, 4.0, 5.0, 6.0]);
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    ///
    /// # Panics
    /// If the range ends after the axis or before its own start. If the shape has the runtime axis twice.
    #[must_use]
    #[track_caller]
    pub fn rows(self, range: std::ops::Range<usize>) -> Self
    where
        S: RowsAtRunTime,
    {
        let size = self.dims()[0];
        assert!(
            range.start <= range.end && range.end <= size,
            "`rows` can't take {range:?} of the axis `{}`, which is {size} long",
            S::NAMES[0],
        );
        let rows = self.into_dyn().slice(0, range.start, range.len());
        if let Some(problem) = S::mismatch(&rows.dims()) {
            panic!("`rows` can't take {range:?} of an axis that the shape has twice: {problem}");
        }
        Self::trusted(rows)
    }

    /// Concatenates two tensors along the axis `I`, whose sizes are added (`jnp.concatenate`, `torch.cat`). `I`
    /// may be a runtime axis, which becomes [`Sum<A, B>`](crate::size::Sum).
    ///
    /// ```
    /// use nnx_core::{Tensor, axis, size::{Batch, Sum, U1}, tensor::Tensor};
    /// axis!(Past, New);
    ///
    /// let past: Tensor![Batch, Past, 1] = Tensor::from_shape_vec(&[1, 2, 1], vec![1.0, 2.0])?;
    /// let new: Tensor![Batch, New, 1] = Tensor::from_shape_vec(&[1, 1, 1], vec![3.0])?;
    /// let both: Tensor![Batch, { Past + New }, 1] = past.concat::<1, _>(new);
    /// assert_eq!(both.to_vec(), [1.0, 2.0, 3.0]);
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0], [2.0]]);
    /// let y = Tensor::from([[3.0, 4.0], [5.0, 6.0]]);
    /// assert_eq!(x.concat::<1, _>(y).to_vec(), [1.0, 3.0, 4.0, 2.0, 5.0, 6.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis other than `I` has different sizes.
    #[must_use]
    #[track_caller]
    #[doc(alias("append", "concatenate", "block", "dstack", "hstack", "vstack", "cat"))]
    pub fn concat<const I: usize, R>(self, other: Tensor<R, E>) -> Tensor<R::Output, E>
    where
        R: Appended<I, S>,
    {
        super::arithmetic::check_other_axes::<R>(&self.dims(), &other.dims(), "concat", I);
        let both = vec![self.into_dyn(), other.into_dyn()];
        Tensor::trusted(DynTensor::concat(both, I).or_panic())
    }
}
