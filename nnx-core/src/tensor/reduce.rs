//! Sums, means and maxima over axes; softmax over the last one.

use super::{Real, Tensor};
use crate::array::Dims;
use crate::size::Shape;
use crate::size::rules::{Axis, HasAxis, LastAxis, Reduce};

impl<S, E> Tensor<S, E> {
    /// The sum of all elements.
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
        E: Real,
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
        let axes: Dims = (0..self.dims().len()).collect();
        Tensor::trusted(self.into_dyn().mean(&axes))
    }

    /// The maximum of all elements. In a tie, the equal maxima share the gradient evenly.
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
    #[must_use]
    #[track_caller]
    pub fn max(self) -> Tensor<(), E>
    where
        S: Shape,
        E: Real,
    {
        let axes: Dims = (0..self.dims().len()).collect();
        Tensor::trusted(self.into_dyn().max(&axes))
    }

    /// The sum over axes: `x.sum_axes::<Axis<1>>()` or `x.sum_axes::<(Axis<1>,)>()`,
    /// `x.sum_axes::<(Axis<1>, Axis<2>)>()`.
    ///
    /// ```
    /// use nnx_core::{size::rules::Axis, tensor::Tensor};
    ///
    /// let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.clone().sum_axes::<Axis<0>>().to_vec(), [5.0, 7.0, 9.0]);
    /// assert_eq!(x.mean_axes::<Axis<1>>().to_vec(), [2.0, 5.0]);
    /// ```
    #[must_use]
    pub fn sum_axes<A>(self) -> Tensor<S::Output, E>
    where
        S: Reduce<A>,
        E: Real,
    {
        Tensor::trusted(self.into_dyn().sum(S::INDICES))
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
        Tensor::trusted(self.into_dyn().mean(S::INDICES))
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
        E: Real,
    {
        Tensor::trusted(self.into_dyn().max(S::INDICES))
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
        E: Real,
    {
        Tensor::trusted(self.into_dyn().argmax(I))
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
        E: Real,
    {
        let last = S::AXES.len() - 1;
        Tensor::trusted(self.into_dyn().argmax(last))
    }

    /// `e^x / Σ e^x` over the last axis. Finite input gives finite output. A row of −∞ (everything is masked)
    /// gives zeros, where Flax gives NaN.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([[0.0f32, 0.0], [0.0, 1.0]]).softmax().to_vec();
    /// assert!(y.iter().zip([0.5, 0.5, 0.268_941_4, 0.731_058_6]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    #[must_use]
    pub fn softmax(self) -> Self
    where
        S: LastAxis,
        E: Real,
    {
        Self::trusted(self.into_dyn().softmax())
    }

    /// `x - ln Σ e^x` over the last axis.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([[0.0f32, 0.0]]).log_softmax().to_vec();
    /// assert!(y.iter().zip([-0.693_147_2, -0.693_147_2]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    #[must_use]
    pub fn log_softmax(self) -> Self
    where
        S: LastAxis,
        E: Real,
    {
        Self::trusted(self.into_dyn().log_softmax())
    }

    /// `ln Σ e^x` over the last axis, which is removed.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([[0.0f32, 0.0], [100.0, 0.0]]).logsumexp().to_vec();
    /// assert!(y.iter().zip([0.693_147_2, 100.0]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    #[must_use]
    pub fn logsumexp<L>(self) -> Tensor<L, E>
    where
        S: LastAxis<Leading = L>,
        E: Real,
    {
        Tensor::trusted(self.into_dyn().logsumexp())
    }
}
