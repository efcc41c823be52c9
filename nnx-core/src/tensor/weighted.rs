//! Products in which a weight of 0 leaves an element out.

use super::{Operand, Real, Tensor};
use crate::size::{BroadcastsTo, Shape};

impl<S, E> Tensor<S, E> {
    /// `self · weights`, elementwise. Where a weight is 0 the result is exactly 0, even of an element that is
    /// infinite or NaN (a plain product gives NaN), and the gradient with respect to that element is 0.
    ///
    /// This leaves out examples that don't count, such as padding, whatever their losses are:
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let losses = Tensor::from([0.5f32, f32::INFINITY, 1.5]);
    /// let weights = Tensor::from([1.0f32, 0.0, 1.0]);
    /// let mean = losses.weighted(weights.clone()).sum() / weights.sum();
    /// assert_eq!(mean.item(), 1.0);
    /// ```
    ///
    /// In every loss of [`nn`](crate::nn) a gradient of 0 that comes in stays 0, also where a prediction is
    /// infinite or NaN.
    ///
    /// # Panics
    /// If a runtime axis differs.
    #[must_use]
    #[track_caller]
    pub fn weighted<R, F>(self, weights: Tensor<R, F>) -> Self
    where
        S: Shape,
        R: Shape + BroadcastsTo<S>,
        E: Real,
        F: Operand<E>,
    {
        let weights = self.aligned(weights, "weighted");
        Self::trusted(self.into_dyn().weighted(weights.into_dyn()))
    }
}
