//! Initializers: what weights are before training. Flax: `nnx.initializers`.
//!
//! An initializer is a plain value: print it, compare it, keep it in a layer's settings, hand it
//! around as `&dyn Initializer`. The functions here have Flax's names and make them.
//!
//! ```
//! use nnx_core::random::{Key, init, init::Initializer};
//!
//! let he = init::he_normal();
//! let kernel = he.sample(Key::new(0), &[3, 3, 16, 32]);
//! assert_eq!(kernel.len(), 3 * 3 * 16 * 32);
//! ```

mod orthogonal;
mod variance;

use std::fmt::Debug;

use super::capacity::{element_count, vec_with_capacity};
use super::{Key, continuous};

pub use orthogonal::{DeltaOrthogonal, Orthogonal, delta_orthogonal, orthogonal};
pub use variance::{
    Distribution, Mode, VarianceScaling, glorot_normal, glorot_uniform, he_normal, he_uniform,
    kaiming_normal, kaiming_uniform, lecun_normal, lecun_uniform, variance_scaling, xavier_normal,
    xavier_uniform,
};

/// A rule for the first values of an array.
///
/// Own rules implement [`sample`](Self::sample) for a type of their own:
///
/// ```
/// use nnx_core::random::{Key, init::Initializer, uniform};
///
/// #[derive(Debug)]
/// struct Coarse;
///
/// impl Initializer for Coarse {
///     fn sample(&self, key: Key, dims: &[usize]) -> Vec<f32> {
///         uniform(key, dims.iter().product(), -2.0, 2.0).into_iter().map(f32::round).collect()
///     }
/// }
///
/// let rule: &dyn Initializer = &Coarse;
/// assert_eq!(rule.sample(Key::new(0), &[2, 5]).len(), 10);
/// ```
pub trait Initializer: Debug + Send + Sync {
    /// The values of an array with these dimensions, in row-major order, as many as their product.
    /// The same key and dimensions give the same values.
    ///
    /// # Panics
    /// If the rule makes no sense for these dimensions; each initializer says when.
    fn sample(&self, key: Key, dims: &[usize]) -> Vec<f32>;
}

/// Every element is this number. Made by [`constant`], [`zeros`], [`ones`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constant(pub f32);

/// `scale` times the uniform distribution on `[0, 1)`. Made by [`uniform`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uniform {
    /// The upper bound.
    pub scale: f32,
}

/// `std` times the standard normal distribution. Made by [`normal`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normal {
    /// The standard deviation.
    pub std: f32,
}

/// `std` times the standard normal distribution between `lower` and `upper`. Made by
/// [`truncated_normal`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TruncatedNormal {
    /// The standard deviation before truncation.
    pub std: f32,
    /// The lower bound, in units of `std`.
    pub lower: f32,
    /// The upper bound, in units of `std`.
    pub upper: f32,
}

/// All zero. Flax: `nnx.initializers.zeros`; the usual start of biases.
///
/// ```
/// # use nnx_core::random::{Key, init, init::Initializer};
/// assert_eq!(init::zeros().sample(Key::new(0), &[2]), [0.0, 0.0]);
/// ```
pub fn zeros() -> Constant {
    Constant(0.0)
}

/// All one. Flax: `nnx.initializers.ones`; the usual start of scales.
///
/// ```
/// # use nnx_core::random::{Key, init, init::Initializer};
/// assert_eq!(init::ones().sample(Key::new(0), &[2]), [1.0, 1.0]);
/// ```
pub fn ones() -> Constant {
    Constant(1.0)
}

/// All `value`. Flax: `nnx.initializers.constant(value)`.
///
/// ```
/// # use nnx_core::random::{Key, init, init::Initializer};
/// assert_eq!(init::constant(-7.0).sample(Key::new(0), &[2]), [-7.0, -7.0]);
/// ```
pub fn constant(value: f32) -> Constant {
    Constant(value)
}

/// Uniform in `[0, scale)`: one-sided. Flax: `nnx.initializers.uniform(scale)`, where `scale` is
/// 0.01 unless given.
///
/// ```
/// # use nnx_core::random::{Key, init, init::Initializer};
/// let values = init::uniform(0.01).sample(Key::new(0), &[10, 10]);
/// assert!(values.iter().all(|value| (0.0..0.01).contains(value)));
/// ```
pub fn uniform(scale: f32) -> Uniform {
    Uniform { scale }
}

/// Normal with mean 0 and standard deviation `std`. Flax: `nnx.initializers.normal(stddev)`, where
/// `stddev` is 0.01 unless given. Flax's embeddings start from `normal((1.0 / features).sqrt())`.
///
/// ```
/// # use nnx_core::random::{Key, init, init::Initializer};
/// assert_eq!(init::normal(0.5).sample(Key::new(0), &[2]), [0.8113211, 1.0126324]);
/// ```
pub fn normal(std: f32) -> Normal {
    Normal { std }
}

/// Normal within ±2 standard deviations `std`. Flax: `nnx.initializers.truncated_normal(stddev)`,
/// where `stddev` is 0.01 unless given.
///
/// `std` is that before truncation; afterwards it is 0.8796 of it. (The variance scaling family
/// corrects this.) For other bounds write the [`TruncatedNormal`] itself.
///
/// ```
/// # use nnx_core::random::{Key, init, init::Initializer};
/// let values = init::truncated_normal(0.01).sample(Key::new(0), &[10, 10]);
/// assert!(values.iter().all(|value| value.abs() < 0.02));
/// ```
pub fn truncated_normal(std: f32) -> TruncatedNormal {
    TruncatedNormal { std, lower: -2.0, upper: 2.0 }
}

impl Initializer for Constant {
    fn sample(&self, _: Key, dims: &[usize]) -> Vec<f32> {
        let mut values = vec_with_capacity(element_count(dims));
        values.resize(element_count(dims), self.0);
        values
    }
}

impl Initializer for Uniform {
    fn sample(&self, key: Key, dims: &[usize]) -> Vec<f32> {
        scaled(continuous::uniform(key, element_count(dims), 0.0, 1.0), self.scale)
    }
}

impl Initializer for Normal {
    fn sample(&self, key: Key, dims: &[usize]) -> Vec<f32> {
        scaled(continuous::normal(key, element_count(dims)), self.std)
    }
}

impl Initializer for TruncatedNormal {
    fn sample(&self, key: Key, dims: &[usize]) -> Vec<f32> {
        let values = continuous::truncated_normal(key, element_count(dims), self.lower, self.upper);
        scaled(values, self.std)
    }
}

/// The values times `scale`; a step of its own, since JAX rounds here.
fn scaled(mut values: Vec<f32>, scale: f32) -> Vec<f32> {
    values.iter_mut().for_each(|value| *value *= scale);
    values
}
