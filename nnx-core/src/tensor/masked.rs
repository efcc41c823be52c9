//! Sums and means of the elements where a mask is true.

use super::arithmetic::check_runtime_axes;
use super::reduce::reduced;
use super::{Numeric, Real, Tensor};
use crate::ops::DynTensor;
use crate::size::rules::Reduce;
use crate::size::{BroadcastsTo, Shape};

impl<S, E> Tensor<S, E> {
    /// The sum of the elements where `mask` is true (`jnp.sum(x, where=mask)`).
    ///
    /// Other elements have no effect, and a gradient of 0, also if they are infinite or NaN. Sums of
    /// integers wrap around.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, f32::NAN, 3.0]);
    /// assert_eq!(x.sum_where(Tensor::from([true, false, true])).item(), 4.0);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has different sizes in the two tensors.
    #[must_use]
    #[track_caller]
    pub fn sum_where<R>(self, mask: Tensor<R, bool>) -> Tensor<(), E>
    where
        S: Shape,
        R: Shape + BroadcastsTo<S>,
        E: Numeric,
    {
        let (mask, axes) = (self.aligned_mask(mask, "sum_where"), self.every_axis());
        Tensor::trusted(self.into_dyn().sum_where(mask, &axes))
    }

    /// [`sum_where`](Self::sum_where) over axes: `x.sum_axes_where::<Axis<1>, _>(mask)`.
    ///
    /// ```
    /// use nnx_core::{size::rules::Axis, tensor::Tensor};
    ///
    /// let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// let mask = Tensor::from([true, false, true]);
    /// assert_eq!(x.sum_axes_where::<Axis<1>, _>(mask).to_vec(), [4.0, 10.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has different sizes in the two tensors.
    #[must_use]
    #[track_caller]
    pub fn sum_axes_where<A, R>(self, mask: Tensor<R, bool>) -> Tensor<S::Output, E>
    where
        S: Reduce<A>,
        R: Shape + BroadcastsTo<S>,
        E: Numeric,
    {
        let (mask, dims) = (self.aligned_mask(mask, "sum_axes_where"), self.dims());
        reduced::<S, A, E>(dims, self.into_dyn().sum_where(mask, S::INDICES))
    }

    /// The mean of the elements where `mask` is true; NaN if it is true nowhere (`jnp.mean(x, where=mask)`).
    ///
    /// Other elements have no effect, and a gradient of 0, also if they are infinite or NaN. As for
    /// [`mean`](Self::mean), integers are cast first: `counts.cast::<f32>().mean_where(mask)`. (JAX casts them to f32.)
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let losses = Tensor::from([1.0, f32::INFINITY, 3.0]);
    /// assert_eq!(losses.mean_where(Tensor::from([true, false, true])).item(), 2.0);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has different sizes in the two tensors, or there are 2^31 elements or more.
    #[must_use]
    #[track_caller]
    pub fn mean_where<R>(self, mask: Tensor<R, bool>) -> Tensor<(), E>
    where
        S: Shape,
        R: Shape + BroadcastsTo<S>,
        E: Real,
    {
        let (mask, axes) = (self.aligned_mask(mask, "mean_where"), self.every_axis());
        Tensor::trusted(self.into_dyn().mean_where(mask, &axes))
    }

    /// [`mean_where`](Self::mean_where) over axes: `x.mean_axes_where::<Axis<1>, _>(mask)`.
    ///
    /// ```
    /// use nnx_core::{size::rules::Axis, tensor::Tensor};
    ///
    /// let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// let mask = Tensor::from([[true, true, false], [false, false, true]]);
    /// assert_eq!(x.mean_axes_where::<Axis<1>, _>(mask).to_vec(), [1.5, 6.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has different sizes in the two tensors, or there are 2^31 elements or more along the axes.
    #[must_use]
    #[track_caller]
    pub fn mean_axes_where<A, R>(self, mask: Tensor<R, bool>) -> Tensor<S::Output, E>
    where
        S: Reduce<A>,
        R: Shape + BroadcastsTo<S>,
        E: Real,
    {
        let (mask, dims) = (self.aligned_mask(mask, "mean_axes_where"), self.dims());
        reduced::<S, A, E>(dims, self.into_dyn().mean_where(mask, S::INDICES))
    }

    /// The mask, broadcast to this tensor's shape.
    #[track_caller]
    fn aligned_mask<R: Shape>(&self, mask: Tensor<R, bool>, operation: &str) -> DynTensor {
        check_runtime_axes::<R>(&self.dims(), &mask.dims(), operation);
        mask.into_dyn().broadcast_to(&self.dims())
    }
}
