//! The options that all normalization layers have.

use std::sync::Arc;

use crate::module::Param;
use crate::random::Rngs;
use crate::random::init::{self, Initializer};
use crate::size::StaticShape;
use crate::tensor::Real;

/// The initializers of a normalization's scale and bias, whether it has them, and its epsilon.
///
/// The defaults are Flax's: a scale of ones, a bias of zeros, and each layer's own epsilon. Every
/// normalization computes the variance as the mean of `(x - mean)²`. Flax's default, E\[x²\] − E\[x\]²
/// (`use_fast_variance=True`), loses all digits if the mean is far from zero.
///
/// ```
/// use nnx_core::{nn::{LayerNorm, NormOptions}, random::Rngs, size::U64};
///
/// let plain = NormOptions::default().without_bias().epsilon(1e-5);
/// let layer = LayerNorm::<U64>::with(&plain, &mut Rngs::new(0));
/// assert!(layer.scale.is_some() && layer.bias.is_none());
/// ```
#[derive(Debug, Clone)]
pub struct NormOptions {
    scale: Option<Arc<dyn Initializer>>,
    bias: Option<Arc<dyn Initializer>>,
    pub(super) epsilon: Option<f64>,
}

impl Default for NormOptions {
    fn default() -> Self {
        Self {
            scale: Some(Arc::new(init::ones())),
            bias: Some(Arc::new(init::zeros())),
            epsilon: None,
        }
    }
}

impl NormOptions {
    /// The initializer of the scale (`scale_init`).
    #[must_use]
    pub fn scale(self, initializer: impl Initializer + 'static) -> Self {
        Self { scale: Some(Arc::new(initializer)), ..self }
    }

    /// The initializer of the bias (`bias_init`). (`RmsNorm` has no bias.)
    #[must_use]
    pub fn bias(self, initializer: impl Initializer + 'static) -> Self {
        Self { bias: Some(Arc::new(initializer)), ..self }
    }

    /// Leaves the scale out (`use_scale=False`).
    #[must_use]
    pub fn without_scale(self) -> Self {
        Self { scale: None, ..self }
    }

    /// Leaves the bias out (`use_bias=False`).
    #[must_use]
    pub fn without_bias(self) -> Self {
        Self { bias: None, ..self }
    }

    /// Sets epsilon, which is added to the variance to keep the denominator away from 0.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[must_use]
    #[track_caller]
    pub fn epsilon(self, epsilon: f64) -> Self {
        Self { epsilon: Some(checked(epsilon)), ..self }
    }

    /// Initializes a scale with the next key of the stream `params`. Ones take a key as well, as in Flax.
    pub(super) fn draw_scale<S: StaticShape, E: Real>(
        &self,
        rngs: &mut Rngs,
    ) -> Option<Param<S, E>> {
        self.scale.as_ref().map(|scale| Param::drawn(&**scale, rngs))
    }

    /// Initializes a bias with the next key of the stream `params`.
    pub(super) fn draw_bias<S: StaticShape, E: Real>(
        &self,
        rngs: &mut Rngs,
    ) -> Option<Param<S, E>> {
        self.bias.as_ref().map(|bias| Param::drawn(&**bias, rngs))
    }
}

/// `epsilon`. Panics if it is negative or not finite.
#[track_caller]
pub(super) fn checked(epsilon: f64) -> f64 {
    assert!(
        epsilon.is_finite() && epsilon >= 0.0,
        "the epsilon of a normalization is added to a square: expected a finite number of at least \
         0, found {epsilon}"
    );
    epsilon
}
