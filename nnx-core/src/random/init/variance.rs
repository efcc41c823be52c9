//! Variance scaling: initial kernels that preserve the variance of activations or of gradients.
//!
//! A sum of n products has n times the variance of one, so the weights have the variance `scale / n`. The members
//! of the family differ in `scale` (2 compensates for relu), in n and in the distribution.

use super::{Initializer, scaled};
use crate::random::capacity::element_count;
use crate::random::{Key, continuous, double};

/// The standard deviation of the standard normal distribution between −2 and 2.
const STD_WITHIN_2: f64 = 0.879_625_661_034_239_8;

/// The n of the variance `scale / n`. Flax: the argument `mode`.
///
/// The fan-in of a kernel `(.., in, out)` is the product of the leading axes times `in`, the fan-out that product
/// times `out`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The fan-in, which preserves the variance of activations in the forward pass.
    FanIn,
    /// Scales by the fan-out. This preserves the variance of gradients in the backward pass.
    FanOut,
    /// The mean of both.
    FanAvg,
    /// The geometric mean of both, `√(in·out)`.
    FanGeoAvg,
}

/// The distribution with this variance. Flax: the argument `distribution`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distribution {
    /// The normal distribution truncated to two standard deviations, corrected so that it has this variance.
    TruncatedNormal,
    /// The normal distribution.
    Normal,
    /// The uniform distribution on `(−√(3v), √(3v))` for the variance v.
    Uniform,
}

/// Samples with mean 0 and variance `scale / n`. Made by [`variance_scaling`] and the other functions of this file.
///
/// The kernel is `(.., in, out)`. If the inputs or the outputs of a kernel span several axes, pass the dimensions
/// with these axes flattened into one; the order of the values is the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VarianceScaling {
    /// The factor of the variance, greater than zero. It is an f64, since JAX divides it by n before it rounds
    /// to f32.
    pub scale: f64,
    /// The n that the variance is divided by.
    pub mode: Mode,
    /// The distribution with this variance.
    pub distribution: Distribution,
}

impl Initializer for VarianceScaling {
    /// # Panics
    /// If there are fewer than two dimensions: such a kernel has no fan-in and fan-out.
    fn sample(&self, key: Key, dims: &[usize]) -> Vec<f32> {
        let n = element_count(dims);
        let variance = (self.scale / self.fan(dims)) as f32;
        match self.distribution {
            Distribution::TruncatedNormal => scaled(
                continuous::truncated_normal(key, n, -2.0, 2.0),
                variance.sqrt() / STD_WITHIN_2 as f32,
            ),
            Distribution::Normal => scaled(continuous::normal(key, n), variance.sqrt()),
            Distribution::Uniform => {
                scaled(continuous::uniform(key, n, -1.0, 1.0), (3.0 * variance).sqrt())
            }
        }
    }

    fn sample_f64(&self, key: Key, dims: &[usize]) -> Vec<f64> {
        let n = element_count(dims);
        let variance = self.scale / self.fan(dims);
        match self.distribution {
            Distribution::TruncatedNormal => scaled(
                double::truncated_normal_f64(key, n, -2.0, 2.0),
                variance.sqrt() / STD_WITHIN_2,
            ),
            Distribution::Normal => scaled(double::normal_f64(key, n), variance.sqrt()),
            Distribution::Uniform => {
                scaled(double::uniform_f64(key, n, -1.0, 1.0), (3.0 * variance).sqrt())
            }
        }
    }
}

impl VarianceScaling {
    /// The n that the variance is divided by, at least 1, so that an empty kernel isn't 0/0.
    fn fan(&self, dims: &[usize]) -> f64 {
        let [receptive @ .., inputs, outputs] = dims else {
            panic!(
                "variance scaling needs a kernel of at least two dimensions, (.., in, out), to count \
                 its inputs and outputs, found {dims:?}: for biases and scales use zeros(), ones(), \
                 constant(value) or normal(std)"
            )
        };
        let receptive = receptive.iter().map(|&size| size as f64).product::<f64>();
        let (fan_in, fan_out) = (receptive * *inputs as f64, receptive * *outputs as f64);
        let fan = match self.mode {
            Mode::FanIn => fan_in,
            Mode::FanOut => fan_out,
            Mode::FanAvg => (fan_in + fan_out) / 2.0,
            Mode::FanGeoAvg => (fan_in * fan_out).sqrt(),
        };
        fan.max(1.0)
    }
}

/// Mean 0 and variance `scale / n`. Flax: `nnx.initializers.variance_scaling`.
///
/// # Panics
/// If `scale` is not greater than zero.
///
/// ```
/// # use nnx_core::random::init::{Distribution, Mode, lecun_normal, variance_scaling};
/// let same = variance_scaling(1.0, Mode::FanIn, Distribution::TruncatedNormal);
/// assert_eq!(same, lecun_normal());
/// ```
pub fn variance_scaling(scale: f64, mode: Mode, distribution: Distribution) -> VarianceScaling {
    assert!(
        scale > 0.0,
        "variance_scaling needs a scale greater than 0, found {scale}: for all zero use zeros()"
    );
    VarianceScaling { scale, mode, distribution }
}

/// Truncated normal with variance `1 / fan_in`, the default of `Linear` and `Conv`. Flax:
/// `nnx.initializers.lecun_normal`. Source: Klambauer et al. 2017.
///
/// ```
/// # use nnx_core::random::{Rngs, init, init::Initializer};
/// let kernel = init::lecun_normal().sample(Rngs::new(0).params(), &[3, 4]);
/// assert_eq!(kernel[..4], [0.6178674, -0.55987215, -0.46445078, -0.71505547]);
/// ```
pub fn lecun_normal() -> VarianceScaling {
    variance_scaling(1.0, Mode::FanIn, Distribution::TruncatedNormal)
}

/// Uniform with variance `1 / fan_in`. Flax: `nnx.initializers.lecun_uniform`. Source: Klambauer et
/// al. 2017.
///
/// ```
/// # use nnx_core::random::{Key, init, init::Initializer};
/// let kernel = init::lecun_uniform().sample(Key::new(0), &[3, 4]);
/// assert!(kernel.iter().all(|value| value.abs() < 1.0)); // √(3/3)
/// ```
pub fn lecun_uniform() -> VarianceScaling {
    variance_scaling(1.0, Mode::FanIn, Distribution::Uniform)
}

/// Truncated normal with variance `2 / fan_in`, for relu. Flax: `nnx.initializers.he_normal`.
/// Source: He et al. 2015.
///
/// ```
/// # use nnx_core::random::{Key, init, init::Initializer};
/// let kernel = init::he_normal().sample(Key::new(0), &[2, 4]);
/// assert!(kernel.iter().all(|value| value.abs() < 2.0 / 0.8796)); // two √(2/2), corrected
/// ```
pub fn he_normal() -> VarianceScaling {
    variance_scaling(2.0, Mode::FanIn, Distribution::TruncatedNormal)
}

/// Uniform with variance `2 / fan_in`, for relu. Flax: `nnx.initializers.he_uniform`. Source: He et
/// al. 2015.
///
/// ```
/// # use nnx_core::random::{Key, init, init::Initializer};
/// let kernel = init::he_uniform().sample(Key::new(0), &[6, 4]);
/// assert!(kernel.iter().all(|value| value.abs() < 1.0)); // √(3·2/6)
/// ```
pub fn he_uniform() -> VarianceScaling {
    variance_scaling(2.0, Mode::FanIn, Distribution::Uniform)
}

/// Truncated normal with variance `2 / (fan_in + fan_out)`. Flax: `nnx.initializers.glorot_normal`.
/// Source: Glorot and Bengio 2010.
///
/// ```
/// # use nnx_core::random::{Key, init, init::Initializer};
/// let kernel = init::glorot_normal().sample(Key::new(0), &[3, 5]);
/// assert!(kernel.iter().all(|value| value.abs() < 1.0 / 0.8796)); // two √(2/8), corrected
/// ```
pub fn glorot_normal() -> VarianceScaling {
    variance_scaling(1.0, Mode::FanAvg, Distribution::TruncatedNormal)
}

/// Uniform with variance `2 / (fan_in + fan_out)`. Flax: `nnx.initializers.glorot_uniform`. Source:
/// Glorot and Bengio 2010.
///
/// ```
/// # use nnx_core::random::{Key, init, init::Initializer};
/// let kernel = init::glorot_uniform().sample(Key::new(0), &[2, 4]);
/// assert!(kernel.iter().all(|value| value.abs() < 1.0)); // √(3·2/6)
/// ```
pub fn glorot_uniform() -> VarianceScaling {
    variance_scaling(1.0, Mode::FanAvg, Distribution::Uniform)
}

pub use glorot_normal as xavier_normal;
pub use glorot_uniform as xavier_uniform;
pub use he_normal as kaiming_normal;
pub use he_uniform as kaiming_uniform;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fans_count_the_receptive_field() {
        let fan = |mode| variance_scaling(1.0, mode, Distribution::Normal).fan(&[3, 5, 4, 9]);
        assert_eq!(fan(Mode::FanIn), 60.0);
        assert_eq!(fan(Mode::FanOut), 135.0);
        assert_eq!(fan(Mode::FanAvg), 97.5);
        assert_eq!(fan(Mode::FanGeoAvg), 90.0);
    }

    #[test]
    #[should_panic(
        expected = "variance scaling needs a kernel of at least two dimensions, (.., in, \
                               out), to count its inputs and outputs, found [4]: for biases and \
                               scales use zeros(), ones(), constant(value) or normal(std)"
    )]
    fn a_bias_has_no_fans() {
        lecun_normal().sample(Key::new(0), &[4]);
    }

    #[test]
    #[should_panic(
        expected = "variance_scaling needs a scale greater than 0, found 0: for all zero \
                               use zeros()"
    )]
    fn a_scale_of_zero_is_refused() {
        variance_scaling(0.0, Mode::FanIn, Distribution::Normal);
    }

    #[test]
    fn an_empty_kernel_is_empty() {
        for dims in [[0, 3], [3, 0]] {
            assert!(glorot_uniform().sample(Key::new(0), &dims).is_empty());
        }
    }
}
