//! Softmax, log-softmax and logsumexp.

use super::reduce::reduced;
use super::{Real, Tensor};
use crate::size::rules::{HasAxis, LastAxis, Reduce};

impl<S, E> Tensor<S, E> {
    /// `e^x / Σ e^x` over the last axis. Finite input gives finite output. A row of −∞ (everything is masked)
    /// gives zeros, where Flax gives NaN. A row with +∞ or NaN is NaN.
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

    /// `x - ln Σ e^x` over the last axis. A row with +∞ or NaN is NaN. In others −∞ stays −∞, also where all elements
    /// are −∞ (JAX and PyTorch have NaN there).
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

    /// [`softmax`](Self::softmax) along the axis `I` (`jax.nn.softmax(x, axis=I)`, `x.softmax(I)` in PyTorch).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([[0.0f32, 5.0], [0.0, 5.0]]).softmax_axis::<0>();
    /// assert_eq!(y.to_vec(), [0.5; 4]);
    /// ```
    #[must_use]
    pub fn softmax_axis<const I: usize>(self) -> Self
    where
        S: HasAxis<I>,
        E: Real,
    {
        Self::trusted(self.into_dyn().softmax_axis(I))
    }

    /// [`softmax`](Self::softmax) over several axes together, in ascending order (`jax.nn.softmax(x, axis=(0, 1))`).
    ///
    /// ```
    /// use nnx_core::{size::rules::Axis, tensor::Tensor};
    ///
    /// let y = Tensor::from([[0.0f32, 5.0], [5.0, 0.0]]).softmax_axes::<(Axis<0>, Axis<1>)>();
    /// assert!((y.sum().item() - 1.0).abs() < 1e-6);
    /// ```
    #[must_use]
    pub fn softmax_axes<A>(self) -> Self
    where
        S: Reduce<A>,
        E: Real,
    {
        Self::trusted(self.into_dyn().softmax_axes(S::INDICES))
    }

    /// [`log_softmax`](Self::log_softmax) over several axes together, in ascending order
    /// (`jax.nn.log_softmax(x, axis=(0, 1))`).
    ///
    /// ```
    /// use nnx_core::{size::rules::Axis, tensor::Tensor};
    ///
    /// let y = Tensor::from([[5.0f32, 5.0], [5.0, 5.0]]).log_softmax_axes::<(Axis<0>, Axis<1>)>().to_vec();
    /// assert!(y.iter().all(|y| (y + 4f32.ln()).abs() < 1e-6));
    /// ```
    #[must_use]
    pub fn log_softmax_axes<A>(self) -> Self
    where
        S: Reduce<A>,
        E: Real,
    {
        Self::trusted(self.into_dyn().log_softmax_axes(S::INDICES))
    }

    /// [`log_softmax`](Self::log_softmax) along the axis `I` (`jax.nn.log_softmax(x, axis=I)`, `x.log_softmax(I)` in
    /// PyTorch).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([[0.0f32, 5.0], [0.0, 5.0]]).log_softmax_axis::<0>().to_vec();
    /// assert!(y.iter().all(|y| (y + 2f32.ln()).abs() < 1e-6));
    /// ```
    #[must_use]
    pub fn log_softmax_axis<const I: usize>(self) -> Self
    where
        S: HasAxis<I>,
        E: Real,
    {
        Self::trusted(self.into_dyn().log_softmax_axis(I))
    }

    /// `ln Σ e^x` over axes: `x.logsumexp_axes::<(Axis<0>, Axis<1>)>()` (`jax.nn.logsumexp(x, axis=..)`,
    /// `torch.logsumexp`). −∞ over an empty axis, or where all elements are −∞; there the gradient is 0.
    ///
    /// ```
    /// use nnx_core::{size::rules::Axis, tensor::Tensor};
    ///
    /// let y = Tensor::from([[0.0f32, 100.0], [0.0, 0.0]]).logsumexp_axes::<Axis<0>>().to_vec();
    /// assert!(y.iter().zip([0.693_147_2, 100.0]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    #[must_use]
    pub fn logsumexp_axes<A>(self) -> Tensor<S::Output, E>
    where
        S: Reduce<A>,
        E: Real,
    {
        let dims = self.dims();
        reduced::<S, A, E>(dims, self.into_dyn().logsumexp_axes(S::INDICES))
    }
}
