//! Parts of a tensor by index: one element of an axis, some of them, those where a mask is true.

use super::{Label, Tensor};
use crate::array::{Element, ShapeError};
use crate::size::rules::{HasAxis, SameShape, SliceAt, SliceStep};
use crate::size::{BroadcastsTo, Dim, RuntimeAxis, Shape, Size};

impl<S: Shape, E: Element> Tensor<S, E> {
    /// The element `index` of the axis `I`, which is removed. A negative index counts from the end (`x[:, i]` in
    /// NumPy and JAX, `torch.select`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.clone().at::<0>(1).to_vec(), [4.0, 5.0, 6.0]);
    /// assert_eq!(x.at::<1>(-1).to_vec(), [3.0, 6.0]);
    /// ```
    ///
    /// # Panics
    /// If the index is outside of `-size..size`.
    #[must_use]
    #[track_caller]
    #[doc(alias("index", "select", "getitem", "row"))]
    pub fn at<const I: usize>(self, index: isize) -> Tensor<S::Removed, E>
    where
        S: HasAxis<I>,
    {
        Tensor::trusted(self.into_dyn().at(I, index))
    }

    /// `Length` elements of the axis `I`: those at `Start`, `Start + Step`, `Start + 2 Step`, ..
    /// (`x[start:stop:step]`). Backwards: [`flip`](Self::flip) first.
    ///
    /// ```
    /// use nnx_core::{size::{U1, U2, U3}, tensor::Tensor};
    ///
    /// let x = Tensor::from([0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    /// assert_eq!(x.slice_step::<0, U1, U3, U2>().to_vec(), [1.0, 3.0, 5.0]);
    /// ```
    #[must_use]
    #[doc(alias = "stride")]
    pub fn slice_step<const I: usize, Start: Size, Length: Size, Step: Size>(
        self,
    ) -> Tensor<S::Replaced<Length>, E>
    where
        S: SliceStep<I, Start, Length, Step>,
    {
        const { S::CHECKED }
        // A step is at most `isize::MAX`: sizes are below 10⁹.
        let step = isize::try_from(Step::USIZE).unwrap_or(isize::MAX);
        Tensor::trusted(self.into_dyn().slice_step(I, Start::USIZE, Length::USIZE, step))
    }

    /// `Length` elements of the axis `I` from `start` on, which is known at run time only
    /// (`jax.lax.dynamic_slice_in_dim`, `torch.narrow`). The length is a size, so that the result has a type.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::U2, tensor::Tensor};
    ///
    /// let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// for start in 0..2 {
    ///     let window: Tensor![2, 2; f64] = x.clone().slice_at::<1, U2>(start);
    ///     assert_eq!(window.at::<0>(0).to_vec()[0], start as f64 + 1.0);
    /// }
    /// ```
    ///
    /// # Panics
    /// If the elements reach beyond the axis. (JAX moves the start back there.)
    #[must_use]
    #[track_caller]
    #[doc(alias("dynamic_slice", "dynamic_slice_in_dim", "narrow"))]
    pub fn slice_at<const I: usize, Length: Size>(
        self,
        start: usize,
    ) -> Tensor<S::Replaced<Length>, E>
    where
        S: SliceAt<I, Length>,
    {
        const { S::CHECKED }
        let (length, size) = (Length::USIZE, self.dims()[I]);
        assert!(
            start <= size && length <= size - start,
            "`slice_at` can't take {length} elements from {start} on of axis {I}, which is {size} long"
        );
        Tensor::trusted(self.into_dyn().slice(I, start, length))
    }

    /// The elements of the axis `I` at indices `(N,)`; an index may occur several times (`jnp.take`,
    /// `torch.index_select`). The indices are data; no gradient flows to them. They count from the start: a negative one is an
    /// error.
    ///
    /// Cost: one read for each element of the result, of whole rows where the axis is the first; a permuted copy
    /// otherwise.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.take::<1, _, _>(Tensor::from([2, 0]))?.to_vec(), [3.0, 1.0, 6.0, 4.0]);
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// If an index is out of range: the index and its position. If `N` is a runtime axis that the shape has already,
    /// of a different size.
    #[doc(alias = "index_select")]
    pub fn take<const I: usize, N: Dim, L>(
        self,
        indices: Tensor<(N,), L>,
    ) -> Result<Tensor<S::Replaced<N>, E>, ShapeError>
    where
        S: HasAxis<I>,
        L: Label,
    {
        let taken = self.into_dyn().take(I, indices.into_dyn())?;
        match S::Replaced::<N>::mismatch(&taken.dims()) {
            None => Ok(Tensor::trusted(taken)),
            Some(problem) => Err(ShapeError::Lengths { operation: "take", problem }),
        }
    }

    /// The elements where `mask` is true, in row-major order, along the runtime axis `N` (`x[mask]`,
    /// `torch.masked_select`). Gradients flow to these elements.
    ///
    /// Cost: one pass over the mask, and 4 bytes for the index of each element that is found.
    ///
    /// ```
    /// use nnx_core::{axis, tensor::Tensor};
    ///
    /// axis!(Found);
    /// let x = Tensor::from([[1.0, -2.0], [-3.0, 4.0]]);
    /// let positive = x.clone().greater(&Tensor::from(0.0));
    /// assert_eq!(x.masked_select::<Found, _>(&positive).to_vec(), [1.0, 4.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has a different size in the mask. If there are 2³¹ elements or more.
    #[must_use]
    #[track_caller]
    #[doc(alias("boolean_mask", "compress", "nonzero", "extract", "argwhere", "flatnonzero"))]
    pub fn masked_select<N: RuntimeAxis, R>(self, mask: &Tensor<R, bool>) -> Tensor<(N,), E>
    where
        R: SameShape<S>,
    {
        super::arithmetic::check_runtime_axes::<S>(&self.dims(), &mask.dims(), "masked_select");
        Tensor::trusted(self.into_dyn().masked_select(mask.value.array_for("masked_select")))
    }
}

impl<S, E> Tensor<S, E> {
    /// `value` where `mask` is true, and the elements elsewhere (`torch.masked_fill`, `jnp.where(mask, value, x)`).
    /// The mask is broadcast. No gradient flows to elements that are replaced. Elements of any type.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let scores = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    /// let hidden = Tensor::from([false, true]);
    /// assert_eq!(scores.masked_fill(&hidden, -1e9).to_vec(), [1.0, -1e9, 3.0, -1e9]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has a different size in the mask.
    #[must_use]
    #[track_caller]
    pub fn masked_fill<R>(self, mask: &Tensor<R, bool>, value: E) -> Self
    where
        R: Shape + BroadcastsTo<S>,
        S: Shape,
        E: Element,
    {
        super::arithmetic::check_runtime_axes::<R>(&self.dims(), &mask.dims(), "masked_fill");
        let mask = mask.clone().into_dyn().broadcast_to(&self.dims());
        let filled = self.full_like(value).into_dyn();
        Tensor::trusted(mask.select(filled, self.into_dyn()))
    }
}
