//! Places in sorted vectors, and counts of bins.

use super::arithmetic::check_shared_axes;
use super::{Label, Real, Tensor};
use crate::array::Element;
use crate::ops::SearchSide;
use crate::size::rules::{SearchedVector, SortedRows};
use crate::size::{Shape, Size};

impl<S, E> Tensor<S, E> {
    /// For each of `values`, its place in this sorted vector: the number of smaller elements with [`SearchSide::Left`], of
    /// those that aren't larger with [`SearchSide::Right`] (`jnp.searchsorted`, `torch.searchsorted`). NaN is larger than all
    /// numbers.
    ///
    /// Cost: n + m log n steps for m values in a vector of n, which is checked and copied as keys of 8 bytes in each
    /// call.
    ///
    /// ```
    /// use nnx_core::{ops::SearchSide, tensor::Tensor};
    ///
    /// let edges = Tensor::from([1.0, 2.0, 4.0]);
    /// let places = edges.clone().searchsorted(Tensor::from([[0.0, 2.0], [3.0, 9.0]]), SearchSide::Left);
    /// assert_eq!(places.to_vec(), [0, 1, 2, 3]);
    /// assert_eq!(edges.searchsorted(Tensor::from([2.0]), SearchSide::Right).to_vec(), [2]);
    /// ```
    ///
    /// # Panics
    /// If the vector isn't in ascending order.
    #[doc(alias = "digitize")]
    #[doc(alias = "bucketize")]
    #[must_use]
    #[track_caller]
    pub fn searchsorted<R: Shape>(self, values: Tensor<R, E>, side: SearchSide) -> Tensor<R, i32>
    where
        S: SearchedVector,
        E: Element,
    {
        Tensor::trusted(self.into_dyn().searchsorted(values.into_dyn(), side))
    }

    /// [`searchsorted`](Self::searchsorted) in rows: for values (.., M) their places in these sorted rows (.., N), which have
    /// the same leading axes. `torch.searchsorted`; in JAX `jax.vmap(jnp.searchsorted)`.
    ///
    /// Cost: n + m log n steps for each row.
    ///
    /// ```
    /// use nnx_core::{ops::SearchSide, tensor::Tensor};
    ///
    /// let edges = Tensor::from([[1.0, 2.0], [10.0, 20.0]]);
    /// let values = Tensor::from([[0.0, 1.5, 9.0], [0.0, 15.0, 90.0]]);
    /// assert_eq!(edges.searchsorted_rows(values, SearchSide::Left).to_vec(), [0, 1, 2, 0, 1, 2]);
    /// ```
    ///
    /// # Panics
    /// If a row isn't in ascending order, or a runtime axis has different sizes in the two tensors.
    #[must_use]
    #[track_caller]
    pub fn searchsorted_rows<R: Shape>(
        self,
        values: Tensor<R, E>,
        side: SearchSide,
    ) -> Tensor<R, i32>
    where
        S: SortedRows<R>,
        E: Element,
    {
        check_shared_axes::<S, R>(&self.dims(), &values.dims(), "searchsorted_rows");
        Tensor::trusted(self.into_dyn().searchsorted(values.into_dyn(), side))
    }

    /// How often each of the numbers `0..N` occurs (`jnp.bincount(x, length=N)`, `torch.bincount`).
    ///
    /// Cost: one pass, on threads that have `N` counts each.
    ///
    /// ```
    /// use nnx_core::{size::U4, tensor::Tensor};
    ///
    /// let labels = Tensor::from([2, 0, 2, 2, 3]);
    /// assert_eq!(labels.bincount::<U4>().to_vec(), [1, 0, 3, 1]);
    /// ```
    ///
    /// # Panics
    /// If a number isn't in `0..N`, where JAX counts it in the first bin or not at all. If there are 2^31 elements or
    /// more.
    #[must_use]
    #[track_caller]
    pub fn bincount<N: Size>(self) -> Tensor<(N,), i32>
    where
        S: Shape,
        E: Label,
    {
        Tensor::trusted(self.into_dyn().bincount(N::USIZE))
    }

    /// How many elements are in each of `N` bins of equal width between `low` and `high` (`jnp.histogram(x, N,
    /// range=(low, high))`, `torch.histc`). Edge i is at `low (1 - i / N) + high i / N`.
    ///
    /// An element on an edge is in the bin above; the last bin has its upper edge, too. Elements outside, and NaN, aren't
    /// counted.
    ///
    /// Cost: one pass, on threads that have `N` counts each.
    ///
    /// ```
    /// use nnx_core::{size::U4, tensor::Tensor};
    ///
    /// let x = Tensor::from([0.0, 0.5, 1.0, 1.2, 2.0, f32::NAN, -1.0]);
    /// assert_eq!(x.histogram::<U4>(0.0, 2.0).to_vec(), [1, 1, 2, 1]);
    /// ```
    ///
    /// # Panics
    /// If `N` is 0, `low` isn't below `high`, or one of them isn't finite. If there are 2^31 elements or more.
    #[doc(alias = "histc")]
    #[must_use]
    #[track_caller]
    pub fn histogram<N: Size>(self, low: f64, high: f64) -> Tensor<(N,), i32>
    where
        S: Shape,
        E: Real,
    {
        Tensor::trusted(self.into_dyn().histogram(N::USIZE, low, high))
    }
}
