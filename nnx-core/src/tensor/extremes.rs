//! Maxima and minima over axes, and their indices.

use super::reduce::reduced;
use super::{Numeric, Tensor};
use crate::size::Shape;
use crate::size::rules::{Axis, HasAxis, LastAxis, Reduce};

impl<S, E> Tensor<S, E> {
    /// The maximum of all elements. NaN if one of them is. In a tie, the equal maxima share the
    /// gradient evenly, as in JAX (`jnp.max`, `torch.amax`). Zeros of both signs are equal: the result has the sign of one
    /// of them (JAX takes 0 rather than −0).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.max().item(), 6.0);
    /// ```
    ///
    /// # Panics
    /// If there are no elements.
    #[doc(alias = "amax")]
    #[must_use]
    #[track_caller]
    pub fn max(self) -> Tensor<(), E>
    where
        S: Shape,
        E: Numeric,
    {
        let axes = self.every_axis();
        Tensor::trusted(self.into_dyn().max(&axes))
    }

    /// The minimum of all elements. NaN if one of them is. In a tie, the equal minima share the
    /// gradient evenly, as in JAX (`jnp.min`, `torch.amin`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.min().item(), 1.0);
    /// ```
    ///
    /// # Panics
    /// If there are no elements.
    #[doc(alias = "amin")]
    #[must_use]
    #[track_caller]
    pub fn min(self) -> Tensor<(), E>
    where
        S: Shape,
        E: Numeric,
    {
        let axes = self.every_axis();
        Tensor::trusted(self.into_dyn().min(&axes))
    }

    /// The maximum over axes. In a tie, the equal maxima share the gradient evenly.
    ///
    /// ```
    /// use nnx_core::{size::rules::Axis, tensor::Tensor};
    ///
    /// let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.max_axes::<Axis<1>>().to_vec(), [3.0, 6.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis that is reduced is empty.
    #[must_use]
    #[track_caller]
    pub fn max_axes<A>(self) -> Tensor<S::Output, E>
    where
        S: Reduce<A>,
        E: Numeric,
    {
        let dims = self.dims();
        reduced::<S, A, E>(dims, self.into_dyn().max(S::INDICES))
    }

    /// The index of the first maximum along the axis `I`. NaN counts as larger than any number, as in
    /// [`argmax`](Self::argmax).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 9.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.argmax_axis::<0>().to_vec(), [1, 0, 1]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis that is reduced is empty.
    #[must_use]
    #[track_caller]
    pub fn argmax_axis<const I: usize>(self) -> Tensor<S::Removed, i32>
    where
        S: HasAxis<I> + Reduce<Axis<I>>,
        E: Numeric,
    {
        Tensor::trusted(self.into_dyn().argmax(I))
    }

    /// The minimum over axes. In a tie, the equal minima share the gradient evenly.
    ///
    /// ```
    /// use nnx_core::{size::rules::Axis, tensor::Tensor};
    ///
    /// let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.min_axes::<Axis<1>>().to_vec(), [1.0, 4.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis that is reduced is empty.
    #[must_use]
    #[track_caller]
    pub fn min_axes<A>(self) -> Tensor<S::Output, E>
    where
        S: Reduce<A>,
        E: Numeric,
    {
        let dims = self.dims();
        reduced::<S, A, E>(dims, self.into_dyn().min(S::INDICES))
    }

    /// The index of the first minimum along the axis `I`. The first NaN wins, as in
    /// [`argmin`](Self::argmin).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 9.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.argmin_axis::<0>().to_vec(), [0, 1, 0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis that is reduced is empty.
    #[must_use]
    #[track_caller]
    pub fn argmin_axis<const I: usize>(self) -> Tensor<S::Removed, i32>
    where
        S: HasAxis<I> + Reduce<Axis<I>>,
        E: Numeric,
    {
        Tensor::trusted(self.into_dyn().argmin(I))
    }
}

impl<S, E> Tensor<S, E> {
    /// The index of the first maximum along the last axis: the class of the largest logit.
    ///
    /// NaN counts as larger than any number, as in NumPy, JAX and PyTorch: in a row with NaN the result is the
    /// index of the first NaN. [`accuracy`](crate::nn::accuracy) never counts such a row as correct.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let logits = Tensor::from([[1.0, 3.0, 3.0], [1.0, f32::NAN, 9.0]]);
    /// assert_eq!(logits.argmax().to_vec(), [1, 1]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis that is reduced is empty.
    #[must_use]
    #[track_caller]
    pub fn argmax<L>(self) -> Tensor<L, i32>
    where
        S: LastAxis<Leading = L>,
        E: Numeric,
    {
        let last = S::AXES.len() - 1;
        Tensor::trusted(self.into_dyn().argmax(last))
    }

    /// The index of the first minimum along the last axis; that of the first NaN if there is one, as in NumPy, JAX and
    /// PyTorch.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 3.0, 1.0], [1.0, f32::NAN, 0.0]]);
    /// assert_eq!(x.argmin().to_vec(), [0, 1]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis that is reduced is empty.
    #[must_use]
    #[track_caller]
    pub fn argmin<L>(self) -> Tensor<L, i32>
    where
        S: LastAxis<Leading = L>,
        E: Numeric,
    {
        let last = S::AXES.len() - 1;
        Tensor::trusted(self.into_dyn().argmin(last))
    }
}
