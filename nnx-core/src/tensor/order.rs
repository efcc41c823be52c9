//! Sorting, the k largest elements, quantiles, and the different elements.

use super::reduce::reduced;
use super::{Real, Tensor};
use crate::array::Element;
use crate::ops::{QuantileMethod, SortOrder};
use crate::size::rules::{HasAxis, LargestOf, LargestOfLast, Reduce};
use crate::size::{Const, Dim, Shape, Size};

/// The result of [`Tensor::unique`]: `L` is the runtime axis of the different elements, `S` the shape of the tensor.
#[derive(Debug, Clone)]
pub struct Unique<L: Dim, S: Shape, E: Element> {
    /// The different elements, in ascending order.
    pub values: Tensor<(L,), E>,
    /// How often each of them occurs.
    pub counts: Tensor<(L,), i32>,
    /// Where each of them occurs first: an index of the flattened tensor.
    pub first: Tensor<(L,), i32>,
    /// For each element of the tensor, the index of its value.
    pub inverse: Tensor<S, i32>,
}

impl<S, E> Tensor<S, E> {
    /// The elements sorted along the axis `I` (`jnp.sort`, `torch.sort`).
    ///
    /// The sort is stable: equal elements, such as −0 and 0, stay in their order, also in descending order. NaN is larger
    /// than all numbers: it is last in ascending order, and first in descending order. The gradient of a result flows to
    /// the element that it was.
    ///
    /// Cost: a row of n elements takes n steps (a radix sort) in types of at most 4 bytes, n log n in others; 16 or 32
    /// bytes of scratch for each element of a row on each thread, and 4 bytes for each element of the tensor.
    ///
    /// ```
    /// use nnx_core::{ops::SortOrder, tensor::Tensor};
    ///
    /// let x = Tensor::from([[3.0, 1.0, 2.0], [5.0, 6.0, 4.0]]);
    /// assert_eq!(x.clone().sort::<1>(SortOrder::Ascending).to_vec(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    /// assert_eq!(x.sort::<0>(SortOrder::Descending).to_vec(), [5.0, 6.0, 4.0, 3.0, 1.0, 2.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has more than 2^31 elements.
    #[must_use]
    #[track_caller]
    #[doc(alias = "msort")]
    pub fn sort<const I: usize>(self, order: SortOrder) -> Self
    where
        S: HasAxis<I>,
        E: Element,
    {
        Self::trusted(self.into_dyn().sort(I, order))
    }

    /// The indices that [`sort`](Self::sort) the elements along the axis `I` (`jnp.argsort`, `torch.argsort` with
    /// `stable=True`).
    ///
    /// Cost: that of [`sort`](Self::sort).
    ///
    /// ```
    /// use nnx_core::{ops::SortOrder, tensor::Tensor};
    ///
    /// let x = Tensor::from([2.0, f32::NAN, 1.0, 2.0]);
    /// assert_eq!(x.clone().argsort::<0>(SortOrder::Ascending).to_vec(), [2, 0, 3, 1]);
    /// assert_eq!(x.argsort::<0>(SortOrder::Descending).to_vec(), [1, 0, 3, 2]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has more than 2^31 elements.
    #[must_use]
    #[track_caller]
    pub fn argsort<const I: usize>(self, order: SortOrder) -> Tensor<S, i32>
    where
        S: HasAxis<I>,
        E: Element,
    {
        Tensor::trusted(self.into_dyn().argsort(I, order))
    }

    /// The `K` largest elements along the last axis, from the largest on, and their indices (`jax.lax.top_k`,
    /// `torch.topk`). Along another axis, or with a size of generic code: [`top_k_axis`](Self::top_k_axis).
    ///
    /// NaN is larger than all numbers. Of equal elements the first comes first; −0 equals 0 (in JAX 0 is larger). The
    /// gradient flows to the elements that were taken.
    ///
    /// Cost: a row of n elements takes n comparisons where K is at most 64, which keep a sorted list; beyond that a
    /// selection of n steps on average, K log K to sort, and 8 or 16 bytes of scratch for each element of a row on each
    /// thread.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 9.0, 3.0], [4.0, 5.0, 6.0]]);
    /// let (values, indices) = x.top_k::<2>();
    /// assert_eq!(values.to_vec(), [9.0, 3.0, 6.0, 5.0]);
    /// assert_eq!(indices.to_vec(), [1, 2, 2, 1]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has fewer than `K` elements.
    #[must_use]
    #[track_caller]
    #[doc(alias("topk", "argpartition", "partition", "kthvalue"))]
    pub fn top_k<const K: usize>(self) -> (Tensor<S::Output, E>, Tensor<S::Output, i32>)
    where
        S: LargestOfLast<Const<K>>,
        E: Element,
    {
        const { S::CHECKED }
        let last = S::AXES.len() - 1;
        let (values, indices) = self.into_dyn().top_k(K, last);
        (Tensor::trusted(values), Tensor::trusted(indices))
    }

    /// The `K` largest elements along the axis `I`, and their indices; see [`top_k`](Self::top_k).
    ///
    /// Cost: that of [`top_k`](Self::top_k), and a permuted copy where the axis isn't the last.
    ///
    /// ```
    /// use nnx_core::{size::U1, tensor::Tensor};
    ///
    /// let x = Tensor::from([[1.0, 9.0, 3.0], [4.0, 5.0, 6.0]]);
    /// let (values, indices) = x.top_k_axis::<0, U1>();
    /// assert_eq!(values.to_vec(), [4.0, 9.0, 6.0]);
    /// assert_eq!(indices.to_vec(), [1, 0, 1]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has fewer than `K` elements.
    #[must_use]
    #[track_caller]
    pub fn top_k_axis<const I: usize, K: Size>(
        self,
    ) -> (Tensor<S::Output, E>, Tensor<S::Output, i32>)
    where
        S: LargestOf<I, K>,
        E: Element,
    {
        const { S::CHECKED }
        let (values, indices) = self.into_dyn().top_k(K::USIZE, I);
        (Tensor::trusted(values), Tensor::trusted(indices))
    }

    /// The median of all elements: the mean of both in the middle if their number is even. NaN if there is one
    /// (`jnp.median`, `torch.quantile(x, 0.5)`; `torch.median` takes the smaller one of both).
    ///
    /// Cost: that of [`quantile`](Self::quantile).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// assert_eq!(Tensor::from([4.0, 1.0, 9.0]).median().item(), 4.0);
    /// assert_eq!(Tensor::from([4.0, 1.0, 9.0, 6.0]).median().item(), 5.0);
    /// ```
    ///
    /// # Panics
    /// If there are no elements.
    #[must_use]
    #[track_caller]
    pub fn median(self) -> Tensor<(), E>
    where
        S: Shape,
        E: Real,
    {
        let axes = self.every_axis();
        Tensor::trusted(self.into_dyn().median(&axes))
    }

    /// The [`median`](Self::median) over axes: `x.median_axes::<Axis<1>>()`.
    ///
    /// Cost: that of [`quantile`](Self::quantile).
    ///
    /// ```
    /// use nnx_core::{size::rules::Axis, tensor::Tensor};
    ///
    /// let x = Tensor::from([[4.0, 1.0, 9.0], [2.0, 2.0, 0.0]]);
    /// assert_eq!(x.median_axes::<Axis<1>>().to_vec(), [4.0, 2.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis that is reduced is empty.
    #[must_use]
    #[track_caller]
    pub fn median_axes<A>(self) -> Tensor<S::Output, E>
    where
        S: Reduce<A>,
        E: Real,
    {
        let dims = self.dims();
        reduced::<S, A, E>(dims, self.into_dyn().median(S::INDICES))
    }

    /// The quantile `q` of all n elements: the one of rank `q (n - 1)` in ascending order, interpolated linearly between
    /// two. NaN if there is one (`jnp.quantile`, `torch.quantile`).
    ///
    /// The gradient flows to the elements that the quantile lies between; of equal ones, to those that a stable sort
    /// puts there.
    ///
    /// Cost: a selection, n steps on average for n elements (n log n at worst) and no sort; 8 or 16 bytes of scratch
    /// for each element.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([4.0, 1.0, 9.0, 6.0, 2.0]);
    /// assert_eq!(x.clone().quantile(0.25).item(), 2.0);
    /// assert_eq!(x.quantile(0.375).item(), 3.0);
    /// ```
    ///
    /// # Panics
    /// If `q` isn't within 0 to 1, or there are no elements.
    #[must_use]
    #[track_caller]
    #[doc(alias = "percentile")]
    pub fn quantile(self, q: f64) -> Tensor<(), E>
    where
        S: Shape,
        E: Real,
    {
        let axes = self.every_axis();
        Tensor::trusted(self.into_dyn().quantile(q, &axes, QuantileMethod::Linear))
    }

    /// The [`quantile`](Self::quantile) over axes, with any [`QuantileMethod`].
    ///
    /// Cost: that of [`quantile`](Self::quantile), and a permuted copy where the axes aren't the last.
    ///
    /// ```
    /// use nnx_core::{ops::QuantileMethod, size::rules::Axis, tensor::Tensor};
    ///
    /// let x = Tensor::from([[4.0, 1.0], [2.0, 0.0]]);
    /// assert_eq!(x.clone().quantile_axes::<Axis<1>>(0.5, QuantileMethod::Linear).to_vec(), [2.5, 1.0]);
    /// assert_eq!(x.quantile_axes::<Axis<1>>(0.5, QuantileMethod::Higher).to_vec(), [4.0, 2.0]);
    /// ```
    ///
    /// # Panics
    /// If `q` isn't within 0 to 1, or a runtime axis that is reduced is empty.
    #[must_use]
    #[track_caller]
    pub fn quantile_axes<A>(self, q: f64, method: QuantileMethod) -> Tensor<S::Output, E>
    where
        S: Reduce<A>,
        E: Real,
    {
        let dims = self.dims();
        reduced::<S, A, E>(dims, self.into_dyn().quantile(q, S::INDICES, method))
    }

    /// The different elements in ascending order with their counts, along a runtime axis `L` (`jnp.unique`,
    /// `torch.unique`). No gradient flows through it.
    ///
    /// All NaN are one value, as in NumPy and JAX, and so are −0 and 0, of which the first to occur is returned.
    ///
    /// Cost: that of [`sort`](Self::sort), on one thread, and one pass over its result; 4 bytes for the index of each
    /// element.
    ///
    /// ```
    /// use nnx_core::{axis, tensor::Tensor};
    /// axis!(Words);
    ///
    /// let found = Tensor::from([[3, 1, 3], [7, 3, 1]]).unique::<Words>();
    /// assert_eq!(found.values.to_vec(), [1, 3, 7]);
    /// assert_eq!(found.counts.to_vec(), [2, 3, 1]);
    /// assert_eq!(found.first.to_vec(), [1, 0, 3]);
    /// assert_eq!(found.inverse.to_vec(), [1, 0, 1, 2, 1, 0]);
    /// ```
    ///
    /// # Panics
    /// If `L` is a size, and not the number of different elements. If there are 2^31 elements or more.
    #[must_use]
    #[track_caller]
    #[doc(alias(
        "unique_all",
        "unique_counts",
        "unique_inverse",
        "unique_values",
        "mode",
        "unique_consecutive"
    ))]
    pub fn unique<L: Dim>(self) -> Unique<L, S, E>
    where
        S: Shape,
        E: Element,
    {
        let found = self.into_dyn().unique();
        if let Some(problem) = <(L,)>::mismatch(&found.values.dims()) {
            panic!(
                "`unique`: the different elements don't have shape {}: {problem}; name a runtime axis",
                <(L,)>::describe()
            );
        }
        Unique {
            values: Tensor::trusted(found.values),
            counts: Tensor::trusted(found.counts),
            first: Tensor::trusted(found.first),
            inverse: Tensor::trusted(found.inverse),
        }
    }
}
