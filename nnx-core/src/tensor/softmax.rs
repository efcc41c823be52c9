//! Softmax, log-softmax and logsumexp.

use super::{Real, Tensor};
use crate::size::rules::LastAxis;

impl<S, E> Tensor<S, E> {
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
