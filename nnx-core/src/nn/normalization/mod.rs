//! Normalization layers, and their common options: epsilon, an optional scale, an optional bias.

/// Implements `ReceptiveField` for a layer around another one that changes only the weights.
macro_rules! same_receptive_field {
    ($layer:ident) => {
        #[diagnostic::do_not_recommend]
        impl<const RANK: usize, L: WithKernel + ReceptiveField<RANK>> ReceptiveField<RANK>
            for $layer<L>
        {
            const FIELD: [usize; RANK] = L::FIELD;
            const STRIDE: [usize; RANK] = L::STRIDE;
        }
    };
}
mod batch;
mod group;
mod instance;
mod layer;
mod local_response;
mod masked;
mod over_ranks;
mod rms;
mod spectral;
mod weight;

pub use batch::BatchNorm;
pub use group::GroupNorm;
pub use instance::InstanceNorm;
pub use layer::LayerNorm;
pub use local_response::LocalResponseNorm;
pub use rms::RmsNorm;
pub use spectral::SpectralNorm;
pub use weight::WeightNorm;

pub(super) mod bounds {
    pub use super::batch::BatchNormFeatures;
    pub use super::group::{BatchFirst, GroupNormFeatures, InGroups};
    pub use super::instance::{InstanceNormFeatures, WithSpace};
    pub use super::layer::LayerNormInput;
    pub use super::rms::RmsNormInput;
}

use std::fmt::Debug;
use std::sync::Arc;

use super::WithKernel;
use crate::module::{Param, Pass};
use crate::ops::Affine;
use crate::random::Rngs;
use crate::random::init::{self, Initializer};
use crate::size::{Shape, StaticShape};
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
    fn draw_scale<S: StaticShape, E: Real>(&self, rngs: &mut Rngs) -> Option<Param<S, E>> {
        self.scale.as_ref().map(|scale| Param::drawn(&**scale, rngs))
    }

    /// Initializes a bias with the next key of the stream `params`.
    fn draw_bias<S: StaticShape, E: Real>(&self, rngs: &mut Rngs) -> Option<Param<S, E>> {
        self.bias.as_ref().map(|bias| Param::drawn(&**bias, rngs))
    }
}

/// The values of a layer's scale and bias in this pass, if it has them.
fn affine<S: Shape, E: Real>(
    scale: &Option<Param<S, E>>,
    bias: &Option<Param<S, E>>,
    pass: &Pass,
) -> Affine {
    let value = |param: &Param<S, E>| param.get(pass).into_dyn();
    Affine { scale: scale.as_ref().map(value), bias: bias.as_ref().map(value) }
}

/// `epsilon`. Panics if it is negative or not finite.
#[track_caller]
fn checked(epsilon: f64) -> f64 {
    assert!(
        epsilon.is_finite() && epsilon >= 0.0,
        "the epsilon of a normalization is added to a square: expected a finite number of at least \
         0, found {epsilon}"
    );
    epsilon
}

/// The number of weights of a layer that [`WeightNorm`] or [`SpectralNorm`] changes.
const fn kernel_elements<L: WithKernel>() -> u64 {
    <L::Shape as StaticShape>::ELEMENTS as u64
}

const fn kernel_bytes<L: WithKernel>() -> u64 {
    kernel_elements::<L>() * size_of::<L::Element>() as u64
}
