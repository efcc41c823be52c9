//! Initializers of weights. Flax: `nnx.initializers`; PyTorch: `torch.nn.init`.
//!
//! An initializer is a value: it can be printed, compared, stored in the options of a layer, and passed as
//! `&dyn Initializer`. The functions here make initializers and have Flax's names.
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
use super::{Key, continuous, double};

pub use orthogonal::{DeltaOrthogonal, Orthogonal, delta_orthogonal, orthogonal};
pub use variance::{
    Distribution, Mode, VarianceScaling, glorot_normal, glorot_uniform, he_normal, he_uniform,
    kaiming_normal, kaiming_uniform, lecun_normal, lecun_uniform, variance_scaling, xavier_normal,
    xavier_uniform,
};

/// Computes the initial values of an array.
///
/// A custom initializer is a type that implements [`sample`](Self::sample):
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
/// let initializer: &dyn Initializer = &Coarse;
/// assert_eq!(initializer.sample(Key::new(0), &[2, 5]).len(), 10);
/// ```
pub trait Initializer: Debug + Send + Sync {
    /// The values of an array with these dimensions, in row-major order. The same key and dimensions give the
    /// same values.
    ///
    /// # Panics
    /// If the initializer isn't defined for these dimensions; each one documents when.
    fn sample(&self, key: Key, dims: &[usize]) -> Vec<f32>;

    /// As [`sample`](Self::sample), for parameters of f64. The initializers of this module draw 64 random bits for each
    /// element, as Flax with `param_dtype=jnp.float64`. By default it converts the f32 of `sample`.
    ///
    /// # Panics
    /// As [`sample`](Self::sample).
    fn sample_f64(&self, key: Key, dims: &[usize]) -> Vec<f64> {
        self.sample(key, dims).into_iter().map(f64::from).collect()
    }
}

/// Sets every element to this value. Made by [`constant`], [`zeros`], [`ones`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constant(pub f64);

/// `scale` times the uniform distribution on `[0, 1)`. Made by [`uniform`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uniform {
    /// The upper bound.
    pub scale: f64,
}

/// `std` times the standard normal distribution. Made by [`normal`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normal {
    /// The standard deviation.
    pub std: f64,
}

/// `std` times the standard normal distribution between `lower` and `upper`. Made by
/// [`truncated_normal`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TruncatedNormal {
    /// The standard deviation before truncation.
    pub std: f64,
    /// The lower bound, in units of `std`.
    pub lower: f64,
    /// The upper bound, in units of `std`.
    pub upper: f64,
}

/// All zeros. Flax: `nnx.initializers.zeros`. The default of biases.
///
/// ```
/// # use nnx_core::random::{Key, init, init::Initializer};
/// assert_eq!(init::zeros().sample(Key::new(0), &[2]), [0.0, 0.0]);
/// ```
pub fn zeros() -> Constant {
    Constant(0.0)
}

/// All ones. Flax: `nnx.initializers.ones`. The default of the scales of normalization layers.
///
/// ```
/// # use nnx_core::random::{Key, init, init::Initializer};
/// assert_eq!(init::ones().sample(Key::new(0), &[2]), [1.0, 1.0]);
/// ```
pub fn ones() -> Constant {
    Constant(1.0)
}

/// Every element is `value`. Flax: `nnx.initializers.constant(value)`.
///
/// ```
/// # use nnx_core::random::{Key, init, init::Initializer};
/// assert_eq!(init::constant(-7.0).sample(Key::new(0), &[2]), [-7.0, -7.0]);
/// ```
pub fn constant(value: f64) -> Constant {
    Constant(value)
}

/// The uniform distribution on `[0, scale)`, not on both sides of 0. Flax: `nnx.initializers.uniform(scale)`, with
/// the default 0.01.
///
/// ```
/// # use nnx_core::random::{Key, init, init::Initializer};
/// let values = init::uniform(0.01).sample(Key::new(0), &[10, 10]);
/// assert!(values.iter().all(|value| (0.0..0.01).contains(value)));
/// ```
pub fn uniform(scale: f64) -> Uniform {
    Uniform { scale }
}

/// The normal distribution with mean 0 and standard deviation `std`. Flax: `nnx.initializers.normal(stddev)`, with
/// the default 0.01. Flax initializes embeddings by `normal((1.0 / features).sqrt())`.
///
/// ```
/// # use nnx_core::random::{Key, init, init::Initializer};
/// assert_eq!(init::normal(0.5).sample(Key::new(0), &[2]), [0.8113211, 1.0126324]);
/// ```
pub fn normal(std: f64) -> Normal {
    Normal { std }
}

/// The normal distribution truncated to `±2 std`. Flax: `nnx.initializers.truncated_normal(stddev)`, with the
/// default 0.01.
///
/// `std` is the standard deviation before truncation; afterwards it is `0.8796 std`. (The variance scaling family
/// corrects this.) For other bounds construct [`TruncatedNormal`].
///
/// ```
/// # use nnx_core::random::{Key, init, init::Initializer};
/// let values = init::truncated_normal(0.01).sample(Key::new(0), &[10, 10]);
/// assert!(values.iter().all(|value| value.abs() < 0.02));
/// ```
pub fn truncated_normal(std: f64) -> TruncatedNormal {
    TruncatedNormal { std, lower: -2.0, upper: 2.0 }
}

/// A setting, rounded once as JAX rounds it to the type of the array.
#[allow(clippy::cast_possible_truncation, reason = "the rounding")]
fn rounded(setting: f64) -> f32 {
    setting as f32
}

impl Initializer for Constant {
    fn sample(&self, _: Key, dims: &[usize]) -> Vec<f32> {
        filled(dims, rounded(self.0))
    }
    fn sample_f64(&self, _: Key, dims: &[usize]) -> Vec<f64> {
        filled(dims, self.0)
    }
}

fn filled<T: Clone>(dims: &[usize], value: T) -> Vec<T> {
    let mut values = vec_with_capacity(element_count(dims));
    values.resize(element_count(dims), value);
    values
}

impl Initializer for Uniform {
    fn sample(&self, key: Key, dims: &[usize]) -> Vec<f32> {
        scaled(continuous::uniform(key, element_count(dims), 0.0, 1.0), rounded(self.scale))
    }
    fn sample_f64(&self, key: Key, dims: &[usize]) -> Vec<f64> {
        scaled(double::uniform_f64(key, element_count(dims), 0.0, 1.0), self.scale)
    }
}

impl Initializer for Normal {
    fn sample(&self, key: Key, dims: &[usize]) -> Vec<f32> {
        scaled(continuous::normal(key, element_count(dims)), rounded(self.std))
    }
    fn sample_f64(&self, key: Key, dims: &[usize]) -> Vec<f64> {
        scaled(double::normal_f64(key, element_count(dims)), self.std)
    }
}

impl Initializer for TruncatedNormal {
    fn sample(&self, key: Key, dims: &[usize]) -> Vec<f32> {
        let (lower, upper) = (rounded(self.lower), rounded(self.upper));
        let values = continuous::truncated_normal(key, element_count(dims), lower, upper);
        scaled(values, rounded(self.std))
    }
    fn sample_f64(&self, key: Key, dims: &[usize]) -> Vec<f64> {
        let count = element_count(dims);
        scaled(double::truncated_normal_f64(key, count, self.lower, self.upper), self.std)
    }
}

/// The values times `scale`, multiplied after sampling, as JAX rounds in between.
fn scaled<T: Copy + std::ops::MulAssign>(mut values: Vec<T>, scale: T) -> Vec<T> {
    values.iter_mut().for_each(|value| *value *= scale);
    values
}
