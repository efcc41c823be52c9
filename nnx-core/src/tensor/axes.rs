//! Splitting one axis into two, merging two axes into one, and renaming axes.

use super::Tensor;
use crate::array::{Dims, Element, OrPanic as _};
use crate::ops::{DynTensor, axis_length};
use crate::size::rules::{
    FlattenAxes, FlattenAxesTo, HasAxis, MergeAxes, RenameAxis, Split, Unflatten, UnmergeAxes,
};
use crate::size::{Check, Shape, Size, Unnamed};

impl<S: Shape, E: Element> Tensor<S, E> {
    /// Splits the axis `I` of size D into two axes, `(N, D / N)`: the heads of an attention
    /// (`torch.unflatten`).
    ///
    /// In code that is generic over both sizes, the only bound is `D: DivisibleBy<N>`.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::{Batch, Dim, DivisibleBy, Quotient, Size, Time, U4}, tensor::Tensor};
    ///
    /// fn heads<T: Dim, D: DivisibleBy<Heads>, Heads: Size>(
    ///     x: Tensor![Batch, T, D],
    /// ) -> Tensor![Batch, T, Heads, Quotient<D, Heads>] {
    ///     x.unflatten::<2, Heads>()
    /// }
    /// let x: Tensor![Batch, Time, 12] = Tensor::from_shape_vec(&[2, 3, 12], vec![0.0; 72])?;
    /// let y: Tensor![Batch, Time, 4, 3] = heads::<_, _, U4>(x);
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    #[must_use]
    pub fn unflatten<const I: usize, N: Size>(self) -> Tensor<S::Output, E>
    where
        S: Unflatten<I, N>,
    {
        const { S::CHECKED };
        let dims = self.dims();
        let mut dims = dims.insert_axis(I, N::USIZE);
        dims[I + 1] /= N::USIZE;
        Tensor::trusted(self.into_dyn().reshape(&dims))
    }

    /// Merges the axes `I` and `I + 1`, whose sizes are known, into one: height and width into positions
    /// (`torch.flatten`).
    ///
    /// ```
    /// use nnx_core::{Tensor, size::{Batch, Product, Size}, tensor::Tensor};
    ///
    /// fn positions<H: Size, W: Size>(x: Tensor![Batch, H, W, 8]) -> Tensor![Batch, Product<H, W>, 8] {
    ///     x.flatten_axes::<1>()
    /// }
    /// let x: Tensor![Batch, 7, 7, 8] = Tensor::from_vec(vec![0.0; 392])?;
    /// let y: Tensor![Batch, 49, 8] = positions(x);
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    #[must_use]
    #[doc(alias = "ravel")]
    pub fn flatten_axes<const I: usize>(self) -> Tensor<S::Output, E>
    where
        S: FlattenAxes<I>,
    {
        Tensor::trusted(flattened(self.into_dyn(), I))
    }

    /// Merges the axes `I` and `I + 1` into one of size `D`, which must be their product. It undoes
    /// [`unflatten`](Self::unflatten), also in code that is generic over both sizes.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::{Batch, Time, U12}, tensor::Tensor};
    ///
    /// let heads: Tensor![Batch, Time, 4, 3] = Tensor::from_shape_vec(&[2, 3, 4, 3], vec![0.0; 72])?;
    /// let x: Tensor![Batch, Time, 12] = heads.flatten_axes_to::<2, U12>();
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    #[must_use]
    pub fn flatten_axes_to<const I: usize, D: Size>(self) -> Tensor<S::Output, E>
    where
        S: FlattenAxesTo<I, D>,
    {
        let () = Check::<S, S::Output>::SAME_COUNT;
        Tensor::trusted(flattened(self.into_dyn(), I))
    }

    /// Splits the axis `I` of size `A + B` into its first `A` elements and the following `B` elements
    /// (`jnp.split`). It undoes [`concat`](Self::concat), also in code that is generic over both sizes.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::{Batch, Size, Sum, U1}, tensor::Tensor};
    ///
    /// fn class<N: Size>(tokens: Tensor![Batch, Sum<U1, N>, 8]) -> Tensor![Batch, 1, 8] {
    ///     let (class, _patches) = tokens.split::<1, U1, N>();
    ///     class
    /// }
    /// let tokens: Tensor![Batch, 50, 8] = Tensor::from_vec(vec![0.5; 800])?;
    /// assert_eq!(*class::<nnx_core::size::U49>(tokens).dims(), [2, 1, 8]);
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    #[must_use]
    #[doc(alias(
        "array_split",
        "dsplit",
        "hsplit",
        "vsplit",
        "split_with_sizes",
        "unsafe_split",
        "unsafe_split_with_sizes",
        "tensor_split"
    ))]
    pub fn split<const I: usize, A: Size, B: Size>(
        self,
    ) -> (Tensor<S::First, E>, Tensor<S::Second, E>)
    where
        S: Split<I, A, B>,
    {
        let first = self.clone().into_dyn().slice(I, 0, A::USIZE);
        (Tensor::trusted(first), Tensor::trusted(self.into_dyn().slice(I, A::USIZE, B::USIZE)))
    }

    /// Renames the axis `I` to `New`, which has the same size or is a runtime axis. The elements aren't moved
    /// (`rename` of PyTorch's named tensors).
    ///
    /// ```
    /// use nnx_core::{Tensor, axis, size::Batch, tensor::Tensor};
    ///
    /// axis!(Query = 3, Key = 3);
    /// let x: Tensor![Batch, 3, 2] = Tensor::from_vec(vec![1.0; 12])?;
    /// let queries: Tensor![Batch, Query, 2] = x.clone().rename_axis::<1, Query>();
    /// let keys: Tensor![Batch, Key, 2] = x.rename_axis::<1, Key>();
    /// let scores: Tensor![Batch, Query, Key] = queries.matmul(keys.transpose());
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    ///
    /// # Panics
    /// If `New` is a runtime axis that the tensor already has with a different size. If `New` was upsampled by a
    /// factor that doesn't divide the size.
    #[must_use]
    #[track_caller]
    pub fn rename_axis<const I: usize, New>(self) -> Tensor<S::Output, E>
    where
        S: RenameAxis<I, New>,
    {
        if let Some(problem) = S::Output::mismatch(&self.dims()) {
            panic!("`rename_axis`: axis {I} can't be renamed `{}`: {problem}", S::Output::NAMES[I]);
        }
        Tensor::trusted(self.into_dyn())
    }

    /// Removes the name of the axis `I`, which leaves its size (PyTorch's `rename(None)`).
    ///
    /// ```
    /// use nnx_core::{Tensor, axis, tensor::Tensor};
    ///
    /// axis!(Heads = 2, Features = 3);
    /// let heads: Tensor![Heads, Features] = Tensor::zeros();
    /// let rows: Tensor![Heads, 3] = heads.unname_axis::<1>();
    /// ```
    #[must_use]
    pub fn unname_axis<const I: usize>(
        self,
    ) -> Tensor<S::Replaced<Unnamed<<S as HasAxis<I>>::Axis>>, E>
    where
        S: HasAxis<I, Axis: Size>,
    {
        Tensor::trusted(self.into_dyn())
    }

    /// Merges the first two axes, such as batch and time, into one: `(Batch, Time, ..)` becomes
    /// `(MergedAxes<Batch, Time>, ..)`. [`unmerge_axes`](Self::unmerge_axes) undoes it.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::{Batch, Time}, tensor::Tensor};
    ///
    /// let x: Tensor![Batch, Time, 8] = Tensor::from_shape_vec(&[2, 3, 8], vec![0.5; 48])?;
    /// let rows = x.clone().merge_axes();
    /// assert_eq!(*rows.dims(), [6, 8]);
    /// let back: Tensor![Batch, Time, 8] = rows.unmerge_axes(&x);
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    #[must_use]
    pub fn merge_axes<O>(self) -> Tensor<O, E>
    where
        S: MergeAxes<Output = O>,
    {
        Tensor::trusted(flattened(self.into_dyn(), 0))
    }

    /// Splits the first axis, merged by [`merge_axes`](Self::merge_axes), into the two original axes, with the
    /// sizes that they have in `like`.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::{Batch, Time}, tensor::Tensor};
    ///
    /// let x: Tensor![Batch, Time, 8] = Tensor::from_shape_vec(&[2, 3, 8], vec![0.5; 48])?;
    /// let back: Tensor![Batch, Time, 8] = x.clone().merge_axes().unmerge_axes(&x);
    /// assert_eq!(back.dims(), x.dims());
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    ///
    /// # Panics
    /// If `like` comes from another batch, so that the product of its first two sizes isn't the size of the
    /// merged axis.
    #[must_use]
    #[track_caller]
    pub fn unmerge_axes<L, F>(self, like: &Tensor<L, F>) -> Tensor<S::Output, E>
    where
        S: UnmergeAxes<L>,
    {
        let (dims, like) = (self.dims(), like.dims());
        assert!(
            like[0].checked_mul(like[1]) == Some(dims[0]),
            "`unmerge_axes`: the joined axis is {}, but the axes to separate it into are {} and {}; both tensors must come from the same batch",
            dims[0],
            like[0],
            like[1],
        );
        let separate: Dims = like[..2].iter().chain(&dims[1..]).copied().collect();
        Tensor::trusted(self.into_dyn().reshape(&separate))
    }
}

/// Merges the axes `i` and `i + 1`.
fn flattened(x: DynTensor, i: usize) -> DynTensor {
    let dims = x.dims();
    let length = axis_length("flatten_axes", dims[i] as u128 * dims[i + 1] as u128);
    let length = length.or_panic();
    let flat = dims.with_axis(i + 1, length).without_axis(i);
    x.reshape(&flat)
}
