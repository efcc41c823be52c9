//! Multiplication by weights, in which a weight of 0 masks an element.

use super::{Operand, Real, Tensor};
use crate::size::{BroadcastsTo, Shape};

impl<S, E> Tensor<S, E> {
    /// `self · weights`, elementwise. Where a weight is 0, the result is exactly 0, even if the element is
    /// infinite or NaN (a plain product is NaN there), and the gradient with respect to that element is 0.
    ///
    /// This masks examples that don't count, such as padding, whatever their losses are:
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
    /// For every loss of [`nn`](crate::nn) of an element or a row, an incoming gradient of 0 gives a gradient of 0, even
    /// if a prediction is infinite or NaN. Dice losses and `ntxent`, which add up rows, have a mask of their own:
    /// [`dice_loss_where`](crate::nn::dice_loss_where).
    ///
    /// # Panics
    /// If a runtime axis has different sizes in the two tensors.
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
