//! Equally spaced values.

use super::Tensor;
use crate::array::Element;
use crate::ops::DynTensor;
use crate::size::{RuntimeAxis, Size};

impl<N: Size, E: Element> Tensor<(N,), E> {
    /// `start`, `start + step`, `start + 2 step`, ..: `N` values (`jnp.arange`, `torch.arange`), computed in f64 and
    /// rounded to `E`.
    ///
    /// ```
    /// use nnx_core::{Tensor, tensor::Tensor};
    ///
    /// let x: Tensor![4] = Tensor::arange(0.5, 2);
    /// assert_eq!(x.to_vec(), [0.5, 2.5, 4.5, 6.5]);
    /// let positions: Tensor![3; i32] = Tensor::arange(0, 1);
    /// assert_eq!(positions.to_vec(), [0, 1, 2]);
    /// ```
    #[must_use]
    #[doc(alias("range", "iota"))]
    pub fn arange(start: impl Into<f64>, step: impl Into<f64>) -> Self {
        Self::trusted(DynTensor::arange(N::USIZE, start.into(), step.into(), E::DTYPE))
    }

    /// `N` equally spaced values from `start` to `stop`, both included (`jnp.linspace`, `torch.linspace`), computed in
    /// f64 and rounded to `E`.
    ///
    /// ```
    /// use nnx_core::{Tensor, tensor::Tensor};
    ///
    /// let x: Tensor![5] = Tensor::linspace(-1, 1);
    /// assert_eq!(x.to_vec(), [-1.0, -0.5, 0.0, 0.5, 1.0]);
    /// ```
    #[must_use]
    pub fn linspace(start: impl Into<f64>, stop: impl Into<f64>) -> Self {
        Self::trusted(DynTensor::linspace(N::USIZE, start.into(), stop.into(), E::DTYPE))
    }
}

impl<N: RuntimeAxis, E: Element> Tensor<(N,), E> {
    /// [`arange`](Tensor::arange) along a runtime axis of `length` elements.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::Time, tensor::Tensor};
    ///
    /// let positions: Tensor![Time; i32] = Tensor::arange_of(3, 5, 1);
    /// assert_eq!(positions.to_vec(), [5, 6, 7]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn arange_of(length: usize, start: impl Into<f64>, step: impl Into<f64>) -> Self {
        Self::trusted(DynTensor::arange(length, start.into(), step.into(), E::DTYPE))
    }
}
