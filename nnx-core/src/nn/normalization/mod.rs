//! Normalizations, and what they share: statistics, an optional scale, an optional bias.

mod batch;
mod group;
mod instance;
mod layer;
mod rms;
mod spectral;
mod weight;

pub use batch::BatchNorm;
pub use group::GroupNorm;
pub use instance::InstanceNorm;
pub use layer::LayerNorm;
pub use rms::RmsNorm;
pub use spectral::SpectralNorm;
pub use weight::WeightNorm;

use std::fmt::Debug;
use std::sync::Arc;

use crate::module::{Param, Pass};
use crate::ops::Affine;
use crate::random::Rngs;
use crate::random::init::{self, Initializer};
use crate::size::{Shape, StaticShape};
use crate::tensor::Real;

/// How a normalization's scale and bias start, whether it has them, and its epsilon.
///
/// The default is Flax's: a scale of ones, a bias of zeros, and each layer's own epsilon. Every
/// normalization takes the variance as the mean square of `x - mean`: Flax's default, E\[x²\] − E\[x\]²
/// (`use_fast_variance=True`), loses all digits far from zero.
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
    epsilon: Option<f64>,
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
    /// The scale starts with this (`scale_init`).
    #[must_use]
    pub fn scale(self, initializer: impl Initializer + 'static) -> Self {
        Self { scale: Some(Arc::new(initializer)), ..self }
    }

    /// The bias starts with this (`bias_init`). (`RmsNorm` has no bias.)
    #[must_use]
    pub fn bias(self, initializer: impl Initializer + 'static) -> Self {
        Self { bias: Some(Arc::new(initializer)), ..self }
    }

    /// There is no scale (`use_scale=False`).
    #[must_use]
    pub fn without_scale(self) -> Self {
        Self { scale: None, ..self }
    }

    /// There is no bias (`use_bias=False`).
    #[must_use]
    pub fn without_bias(self) -> Self {
        Self { bias: None, ..self }
    }

    /// What is added to the variance, so that nothing is divided by 0.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[must_use]
    #[track_caller]
    pub fn epsilon(self, epsilon: f64) -> Self {
        Self { epsilon: Some(checked(epsilon)), ..self }
    }

    /// A scale, from the next key of `params`. It draws even where it starts with ones, as in Flax.
    fn draw_scale<S: StaticShape, E: Real>(&self, rngs: &mut Rngs) -> Option<Param<S, E>> {
        self.scale.as_ref().map(|scale| Param::drawn(&**scale, rngs))
    }

    /// A bias, from the next key of `params`.
    fn draw_bias<S: StaticShape, E: Real>(&self, rngs: &mut Rngs) -> Option<Param<S, E>> {
        self.bias.as_ref().map(|bias| Param::drawn(&**bias, rngs))
    }
}

/// The scale and the bias of a layer, as far as it has them.
fn affine<S: Shape, E: Real>(
    scale: &Option<Param<S, E>>,
    bias: &Option<Param<S, E>>,
    pass: &Pass,
) -> Affine {
    let value = |param: &Param<S, E>| param.get(pass).into_dyn();
    Affine { scale: scale.as_ref().map(value), bias: bias.as_ref().map(value) }
}

/// An epsilon that makes sense.
#[track_caller]
fn checked(epsilon: f64) -> f64 {
    assert!(
        epsilon.is_finite() && epsilon >= 0.0,
        "the epsilon of a normalization is added to a square: expected a finite number of at least \
         0, found {epsilon}"
    );
    epsilon
}
