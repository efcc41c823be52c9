//! Continuous distributions: arrays of `n` samples from a key.
//!
//! Element `i` depends on the key and `i` only, so a longer array starts with the elements of a shorter one.

use super::Key;
use super::bounds::{expect_range, expect_truncation};
use super::capacity::vec_with_capacity;
use super::float::{erf, erf_inv, fma, ln, ln_1p};

/// `n` samples of the uniform distribution on `[lo, hi)`. JAX: `jax.random.uniform`.
///
/// `max(lo, f·(hi − lo) + lo)`, where the 23 high random bits are the binary digits of f in
/// `[0, 1)`. If the range is wide, a sample may round to `hi`.
///
/// # Panics
/// If a bound is not finite or `lo > hi`.
///
/// ```
/// use nnx_core::random::{Key, uniform};
///
/// assert_eq!(uniform(Key::new(0), 2, 0.0, 1.0), [0.947667, 0.9785799]);
/// ```
pub fn uniform(key: Key, n: usize, lo: f32, hi: f32) -> Vec<f32> {
    expect_range(lo, hi);
    draw(key, n, move |bits| uniform_in(bits, lo, hi))
}

/// `n` samples of the standard normal distribution, with mean 0 and variance 1. JAX: `jax.random.normal`.
///
/// `√2·erf⁻¹(u)` with u uniform in (−1, 1), so all samples are within ±5.42.
///
/// ```
/// use nnx_core::random::{Key, normal};
///
/// assert_eq!(normal(Key::new(0), 2), [1.6226422, 2.0252647]);
/// ```
pub fn normal(key: Key, n: usize) -> Vec<f32> {
    let lo = (-1.0f32).next_up();
    draw(key, n, move |bits| std::f32::consts::SQRT_2 * erf_inv(uniform_in(bits, lo, 1.0)))
}

/// `n` samples of the standard normal distribution truncated to `(lo, hi)`. JAX:
/// `jax.random.truncated_normal`.
///
/// `√2·erf⁻¹(u)` with u uniform from `erf(lo/√2)` to `erf(hi/√2)`, clamped to the floats just inside the
/// bounds. In f32 the error function is 1 for x ≥ 5.42, so with a bound beyond ±5.42 the tail's samples are all clamped.
///
/// # Panics
/// If a bound is not finite or not `lo < hi`.
///
/// ```
/// use nnx_core::random::{Key, truncated_normal};
///
/// let samples = truncated_normal(Key::new(0), 1000, -2.0, 2.0);
/// assert!(samples.iter().all(|x| x.abs() < 2.0));
/// ```
pub fn truncated_normal(key: Key, n: usize, lo: f32, hi: f32) -> Vec<f32> {
    use std::f32::consts::{FRAC_1_SQRT_2, SQRT_2};
    expect_truncation(lo, hi);
    let (from, to) = (erf(lo * FRAC_1_SQRT_2), erf(hi * FRAC_1_SQRT_2));
    let (first, last) = (lo.next_up(), hi.next_down());
    draw(key, n, move |bits| {
        let x = SQRT_2 * erf_inv(uniform_in(bits, from, to));
        x.max(first).min(last)
    })
}

/// `n` samples of the standard Gumbel distribution: `−ln(−ln u)` with u uniform in (0, 1). JAX:
/// `jax.random.gumbel`.
///
/// ```
/// use nnx_core::random::{Key, gumbel};
///
/// let mean = gumbel(Key::new(0), 100_000).iter().sum::<f32>() / 1e5;
/// assert!((mean - 0.5772).abs() < 0.01); // Euler's constant
/// ```
pub fn gumbel(key: Key, n: usize) -> Vec<f32> {
    draw(key, n, |bits| -ln(-ln(uniform_in(bits, f32::MIN_POSITIVE, 1.0))))
}

/// `n` samples of the exponential distribution with mean 1: `−ln(1 − u)` with u uniform in [0, 1). JAX:
/// `jax.random.exponential`.
///
/// ```
/// use nnx_core::random::{Key, exponential};
///
/// let samples = exponential(Key::new(0), 100_000);
/// assert!((samples.iter().sum::<f32>() / 1e5 - 1.0).abs() < 0.01);
/// ```
pub fn exponential(key: Key, n: usize) -> Vec<f32> {
    draw(key, n, |bits| -ln_1p(-unit_uniform(bits)))
}

/// `n` samples of the Laplace distribution with mean 0 and scale 1: `sign(u) ln(1 − |u|)` with u uniform in (−1, 1).
/// JAX: `jax.random.laplace`.
///
/// ```
/// use nnx_core::random::{Key, laplace};
///
/// let samples = laplace(Key::new(0), 100_000);
/// assert!((samples.iter().map(|x| x.abs()).sum::<f32>() / 1e5 - 1.0).abs() < 0.01);
/// ```
pub fn laplace(key: Key, n: usize) -> Vec<f32> {
    // The float after −1.
    let lo = -1.0 + f32::EPSILON / 2.0;
    draw(key, n, move |bits| {
        let u = uniform_in(bits, lo, 1.0);
        let sign = if u == 0.0 { u } else { 1f32.copysign(u) };
        sign * ln_1p(-u.abs())
    })
}

/// Maps the random bits of `n` elements to samples, in blocks that stay in the L1 cache.
pub(super) fn draw<T>(key: Key, n: usize, sample: impl Fn(u32) -> T) -> Vec<T> {
    let mut numbers = vec_with_capacity(n);
    for_blocks(key, n, |_, bits| numbers.extend(bits.iter().map(|&bits| sample(bits))));
    numbers
}

/// As [`draw`], into memory of the caller.
pub(super) fn fill<T>(key: Key, out: &mut [T], sample: impl Fn(u32) -> T) {
    for_blocks(key, out.len(), |first, bits| {
        out[first..].iter_mut().zip(bits).for_each(|(out, &bits)| *out = sample(bits));
    });
}

/// Calls `work` with the index of the first element of each block and the block's random bits.
fn for_blocks(key: Key, n: usize, mut work: impl FnMut(usize, &[u32])) {
    const BLOCK: usize = 1024;
    let mut bits = [0; BLOCK];
    for first in (0..n).step_by(BLOCK) {
        let bits = &mut bits[..BLOCK.min(n - first)];
        key.fill_bits(first as u64, bits);
        work(first, bits);
    }
}

/// The float in `[0, 1)` whose 23 binary digits are the high bits.
#[inline]
pub(super) fn unit_uniform(bits: u32) -> f32 {
    f32::from_bits(bits >> 9 | 1f32.to_bits()) - 1.0
}

/// [`unit_uniform`] mapped linearly from `[0, 1)` to `[lo, hi)`.
#[inline]
fn uniform_in(bits: u32, lo: f32, hi: f32) -> f32 {
    fma(unit_uniform(bits), hi - lo, lo).max(lo)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key::new(1);

    #[test]
    fn samples_stay_in_bounds_that_rounding_would_cross() {
        // Between two adjacent f32 only the lower bound is inside.
        assert_eq!(
            uniform(KEY, 100, 1.0, 1.0f32.next_up()).iter().filter(|&&x| x < 1.0).count(),
            0
        );
        let (lo, hi) = (-0.5f32, (-0.5f32).next_up().next_up());
        assert!(truncated_normal(KEY, 100, lo, hi).iter().all(|&x| x == lo.next_up()));
        // The error function of this bound is 1, whose inverse is infinite.
        assert!(truncated_normal(KEY, 1 << 20, 1.6, 8.0).iter().all(|&x| 1.6 < x && x < 8.0));
    }

    #[test]
    fn a_longer_array_starts_with_the_shorter_one() {
        let long = normal(KEY, 3000);
        for n in [0, 1, 1023, 1024, 1025, 2999] {
            assert_eq!(normal(KEY, n), long[..n]);
        }
    }

    /// The message that `call` panics with.
    fn refusal(call: impl Fn() + std::panic::UnwindSafe) -> String {
        *std::panic::catch_unwind(call).unwrap_err().downcast().expect("a formatted message")
    }

    #[test]
    fn refusals_say_what_was_found_and_what_to_do() {
        assert_eq!(
            refusal(|| _ = uniform(KEY, 1, 2.0, 1.0)),
            "uniform needs finite bounds with lo <= hi, found lo = 2, hi = 1: swap or correct them"
        );
        assert_eq!(
            refusal(|| _ = uniform(KEY, 1, f32::NAN, 1.0)),
            "uniform needs finite bounds with lo <= hi, found lo = NaN, hi = 1: swap or correct them"
        );
        assert_eq!(
            refusal(|| _ = truncated_normal(KEY, 1, 1.0, f32::INFINITY)),
            "truncated_normal needs finite bounds with lo < hi, found lo = 1, hi = inf: swap or \
             widen them, and write ±10 for an open side"
        );
    }
}
