//! Continuous distributions in f64, from 64 random bits for each element, as JAX draws them for `float64`.
//!
//! They don't use the logarithm of the platform, so that all machines draw the same numbers. JAX's are within 1e-15 of
//! them, `exponential` and `laplace` within 3e-14: XLA evaluates its logarithms in a different way.

use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

use super::Key;
use super::bounds::{expect_range, expect_truncation};
use super::capacity::vec_with_capacity;
use super::functions::{erf, erf_inv, ln, ln_1p};

/// As [`uniform`](super::uniform), in f64 from 52 random bits. JAX: `jax.random.uniform(.., dtype=jnp.float64)`.
///
/// # Panics
/// If a bound is not finite or `lo > hi`.
///
/// ```
/// use nnx_core::random::{Key, uniform_f64};
///
/// assert_eq!(uniform_f64(Key::new(0), 1, 0.0, 1.0), [0.418_457_111_716_386_44]);
/// ```
pub fn uniform_f64(key: Key, n: usize, lo: f64, hi: f64) -> Vec<f64> {
    expect_range(lo, hi);
    draw(key, n, |bits| uniform_in(bits, lo, hi))
}

/// As [`normal`](super::normal), in f64. JAX: `jax.random.normal(.., dtype=jnp.float64)`.
///
/// ```
/// use nnx_core::random::{Key, normal_f64};
///
/// let samples = normal_f64(Key::new(0), 10_000);
/// assert!((samples.iter().sum::<f64>() / 1e4).abs() < 0.03);
/// ```
pub fn normal_f64(key: Key, n: usize) -> Vec<f64> {
    let lo = (-1.0f64).next_up();
    draw(key, n, |bits| SQRT_2 * erf_inv(uniform_in(bits, lo, 1.0)))
}

/// As [`truncated_normal`](super::truncated_normal), in f64. JAX: `jax.random.truncated_normal(..,
/// dtype=jnp.float64)`.
///
/// # Panics
/// If a bound is not finite or not `lo < hi`.
///
/// ```
/// use nnx_core::random::{Key, truncated_normal_f64};
///
/// let samples = truncated_normal_f64(Key::new(0), 1000, -2.0, 2.0);
/// assert!(samples.iter().all(|x| x.abs() < 2.0));
/// ```
pub fn truncated_normal_f64(key: Key, n: usize, lo: f64, hi: f64) -> Vec<f64> {
    expect_truncation(lo, hi);
    let (from, to) = (erf(lo * FRAC_1_SQRT_2), erf(hi * FRAC_1_SQRT_2));
    let (first, last) = (lo.next_up(), hi.next_down());
    draw(key, n, |bits| (SQRT_2 * erf_inv(uniform_in(bits, from, to))).max(first).min(last))
}

/// As [`gumbel`](super::gumbel), in f64. JAX: `jax.random.gumbel(.., dtype=jnp.float64)`.
///
/// ```
/// use nnx_core::random::{Key, gumbel_f64};
///
/// let samples = gumbel_f64(Key::new(0), 10_000);
/// assert!((samples.iter().sum::<f64>() / 1e4 - 0.577).abs() < 0.04); // Euler's constant
/// ```
pub fn gumbel_f64(key: Key, n: usize) -> Vec<f64> {
    draw(key, n, |bits| -ln(-ln(uniform_in(bits, f64::MIN_POSITIVE, 1.0))))
}

/// As [`exponential`](super::exponential), in f64. JAX: `jax.random.exponential(.., dtype=jnp.float64)`.
///
/// ```
/// use nnx_core::random::{Key, exponential_f64};
///
/// let samples = exponential_f64(Key::new(0), 10_000);
/// assert!((samples.iter().sum::<f64>() / 1e4 - 1.0).abs() < 0.04);
/// ```
pub fn exponential_f64(key: Key, n: usize) -> Vec<f64> {
    draw(key, n, |bits| -ln_1p(-uniform_in(bits, 0.0, 1.0)))
}

/// As [`laplace`](super::laplace), in f64. JAX: `jax.random.laplace(.., dtype=jnp.float64)`.
///
/// ```
/// use nnx_core::random::{Key, laplace_f64};
///
/// let samples = laplace_f64(Key::new(0), 10_000);
/// assert!((samples.iter().sum::<f64>() / 1e4).abs() < 0.05);
/// ```
pub fn laplace_f64(key: Key, n: usize) -> Vec<f64> {
    let lo = -1.0 + f64::EPSILON / 2.0;
    draw(key, n, |bits| {
        let u = uniform_in(bits, lo, 1.0);
        let sign = if u == 0.0 { u } else { 1f64.copysign(u) };
        sign * ln_1p(-u.abs())
    })
}

fn draw(key: Key, n: usize, sample: impl Fn(u64) -> f64) -> Vec<f64> {
    let mut numbers = vec_with_capacity(n);
    numbers.extend((0..n as u64).map(|i| {
        let [hi, lo] = key.block(i);
        sample(u64::from(hi) << 32 | u64::from(lo))
    }));
    numbers
}

/// The number in `[0, 1)` whose 52 binary digits are the high bits, mapped linearly to `[lo, hi)`.
#[inline]
fn uniform_in(bits: u64, lo: f64, hi: f64) -> f64 {
    let unit = f64::from_bits(bits >> 12 | 1f64.to_bits()) - 1.0;
    unit.mul_add(hi - lo, lo).max(lo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_stay_in_bounds_that_rounding_would_cross() {
        let key = Key::new(1);
        let (lo, hi) = (1.0, 1.0f64.next_up());
        assert!(uniform_f64(key, 100, lo, hi).iter().all(|&x| x >= lo));
        assert!(truncated_normal_f64(key, 1 << 12, 1.6, 8.0).iter().all(|&x| 1.6 < x && x < 8.0));
        assert_eq!(normal_f64(key, 9)[..4], normal_f64(key, 4));
    }

    #[test]
    #[should_panic(expected = "uniform needs finite bounds with lo <= hi, found lo = 2, hi = 1")]
    fn bounds_in_disorder_are_refused() {
        let _ = uniform_f64(Key::new(0), 1, 2.0, 1.0);
    }
}
