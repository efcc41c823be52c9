//! Sums, means and products over axes.

use super::{Numeric, Real, Tensor};
use crate::array::Dims;
use crate::ops::DynTensor;
use crate::size::Shape;
use crate::size::rules::Reduce;

impl<S, E> Tensor<S, E> {
    /// The sum of all elements (`jnp.sum`, `torch.sum`). A sum of integers has the type of the elements, and wraps. JAX
    /// and PyTorch widen integers, as `x.cast::<i64>().sum()` does.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.sum().item(), 21.0);
    /// ```
    #[must_use]
    pub fn sum(self) -> Tensor<(), E>
    where
        S: Shape,
        E: Numeric,
    {
        Tensor::trusted(self.into_dyn().sum_all())
    }

    /// The mean of all elements; NaN if there are none. If all elements are finite the mean is finite, even if
    /// their sum overflows.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.mean().item(), 3.5);
    /// ```
    #[must_use]
    pub fn mean(self) -> Tensor<(), E>
    where
        S: Shape,
        E: Real,
    {
        let axes = self.every_axis();
        Tensor::trusted(self.into_dyn().mean(&axes))
    }

    /// The product of all elements; 1 if there are none (`jnp.prod`, `torch.prod`).
    ///
    /// The gradient with respect to an element is the product of all others, also where some of them are 0. A
    /// product of integers has their type, and wraps.
    ///
    /// ```
    /// use nnx_core::tensor::{Tensor, gradient};
    ///
    /// let x = Tensor::from([2.0, 0.0, 3.0]);
    /// assert_eq!(x.clone().prod().item(), 0.0);
    /// assert_eq!(gradient(|x| x.prod(), x).to_vec(), [0.0, 6.0, 0.0]);
    /// ```
    #[must_use]
    pub fn prod(self) -> Tensor<(), E>
    where
        S: Shape,
        E: Numeric,
    {
        let axes = self.every_axis();
        Tensor::trusted(self.into_dyn().prod(&axes))
    }

    /// The sum over axes: `x.sum_axes::<Axis<1>>()` or `x.sum_axes::<(Axis<1>,)>()`,
    /// `x.sum_axes::<(Axis<1>, Axis<2>)>()`. [`Keep`](crate::size::rules::Keep) leaves them with size 1:
    /// `x.sum_axes::<Keep<Axis<1>>>()`. All methods over axes take them so.
    ///
    /// ```
    /// use nnx_core::{size::rules::Axis, tensor::Tensor};
    ///
    /// let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.clone().sum_axes::<Axis<0>>().to_vec(), [5.0, 7.0, 9.0]);
    /// assert_eq!(x.mean_axes::<Axis<1>>().to_vec(), [2.0, 5.0]);
    /// ```
    #[must_use]
    #[doc(alias = "sum_to_size")]
    pub fn sum_axes<A>(self) -> Tensor<S::Output, E>
    where
        S: Reduce<A>,
        E: Numeric,
    {
        let dims = self.dims();
        reduced::<S, A, E>(dims, self.into_dyn().sum(S::INDICES))
    }

    /// The mean over axes: `x.mean_axes::<(Axis<1>, Axis<2>)>()`; NaN over an empty axis.
    ///
    /// ```
    /// use nnx_core::{size::rules::Axis, tensor::Tensor};
    ///
    /// let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.mean_axes::<Axis<0>>().to_vec(), [2.5, 3.5, 4.5]);
    /// ```
    #[must_use]
    pub fn mean_axes<A>(self) -> Tensor<S::Output, E>
    where
        S: Reduce<A>,
        E: Real,
    {
        let dims = self.dims();
        reduced::<S, A, E>(dims, self.into_dyn().mean(S::INDICES))
    }

    /// The product over axes: `x.prod_axes::<Axis<1>>()`; see [`prod`](Self::prod).
    ///
    /// ```
    /// use nnx_core::{size::rules::Axis, tensor::Tensor};
    ///
    /// let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.prod_axes::<Axis<1>>().to_vec(), [6.0, 120.0]);
    /// ```
    #[must_use]
    pub fn prod_axes<A>(self) -> Tensor<S::Output, E>
    where
        S: Reduce<A>,
        E: Numeric,
    {
        let dims = self.dims();
        reduced::<S, A, E>(dims, self.into_dyn().prod(S::INDICES))
    }

    pub(super) fn every_axis(&self) -> Dims {
        (0..self.dims().len()).collect()
    }
}

/// A result that is reduced over the axes `A`, with axes of size 1 inserted if they are kept. `dims` are the sizes
/// before the reduction.
pub(super) fn reduced<S: Reduce<A>, A, E>(dims: Dims, reduced: DynTensor) -> Tensor<S::Output, E> {
    Tensor::trusted(if S::KEPT { with_ones(dims, S::INDICES, reduced) } else { reduced })
}

fn with_ones(mut dims: Dims, axes: &[usize], reduced: DynTensor) -> DynTensor {
    axes.iter().for_each(|&axis| dims[axis] = 1);
    reduced.reshape(&dims)
}
