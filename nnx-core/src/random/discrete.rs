//! Discrete distributions: booleans, integers, classes and permutations.

use super::Key;
use super::continuous::{draw, fill, gumbel, unit_uniform};
use super::double::gumbel_f64;

/// `n` samples of the Bernoulli distribution, true with probability `p`: `u < p` with u uniform in `[0, 1)`. JAX:
/// `jax.random.bernoulli`.
///
/// The probability is exact to 2⁻²³; with `p = 0` no sample is true, with `p = 1` every sample is.
///
/// # Panics
/// If `p` is not in `[0, 1]`.
///
/// ```
/// use nnx_core::random::{Key, bernoulli};
///
/// let heads = bernoulli(Key::new(0), 10_000, 0.3).into_iter().filter(|&head| head).count();
/// assert!((2_900..3_100).contains(&heads));
/// ```
pub fn bernoulli(key: Key, n: usize, p: f32) -> Vec<bool> {
    assert!(
        (0.0..=1.0).contains(&p),
        "bernoulli needs a probability in [0, 1], found p = {p}: divide percentages by 100"
    );
    draw(key, n, move |bits| unit_uniform(bits) < p)
}

/// As [`bernoulli`] with a probability within 0 to 1, into memory of the caller.
pub(crate) fn fill_bernoulli(key: Key, out: &mut [bool], p: f32) {
    fill(key, out, move |bits| unit_uniform(bits) < p);
}

/// An integer type of random numbers: `i32`, `i64`, `u32` or `u8`.
pub trait RandomInteger: Copy + PartialOrd + std::fmt::Display {
    /// [`randint`], for a range that isn't empty.
    #[doc(hidden)]
    fn within(key: Key, n: usize, lo: Self, hi: Self) -> Vec<Self>;
}

macro_rules! random_integer {
    ($($integer:ident $unsigned:ident $offsets:ident;)*) => { $(
        impl RandomInteger for $integer {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_possible_wrap,
                clippy::cast_sign_loss,
                clippy::cast_lossless,
                reason = "modulo the size of the type, as the sum is"
            )]
            fn within(key: Key, n: usize, lo: Self, hi: Self) -> Vec<Self> {
                let span = hi.wrapping_sub(lo) as $unsigned;
                let all = $offsets(key, n, span.into());
                all.into_iter().map(|offset| lo.wrapping_add(offset as Self)).collect()
            }
        }
    )* };
}
random_integer! { i32 u32 offsets; u32 u32 offsets; i64 u64 wide_offsets; u8 u8 offsets; }

/// Random numbers in `0..span`, of two random words each. All products and sums wrap as in JAX.
fn offsets(key: Key, n: usize, span: u32) -> Vec<u32> {
    // 2³² modulo the span, the weight of the high words.
    let carry = (1u32 << 16) % span;
    let carry = carry.wrapping_mul(carry) % span;
    let (high, low) = (key.fold_in(0).bits(n), key.fold_in(1).bits(n));
    let offset =
        |(high, low): (u32, u32)| (high % span).wrapping_mul(carry).wrapping_add(low % span) % span;
    high.into_iter().zip(low).map(offset).collect()
}

/// The same of words of 64 bits.
fn wide_offsets(key: Key, n: usize, span: u64) -> Vec<u64> {
    let carry = (1u64 << 32) % span;
    let carry = carry.wrapping_mul(carry) % span;
    let [high, low] = [0, 1].map(|half| {
        let key = key.fold_in(half);
        move |i: usize| {
            let [high, low] = key.block(i as u64);
            u64::from(high) << 32 | u64::from(low)
        }
    });
    let offset = |i| (high(i) % span).wrapping_mul(carry).wrapping_add(low(i) % span) % span;
    (0..n).map(offset).collect()
}

/// `n` integers uniform in `lo..hi`, of type `i32`, `i64`, `u32` or `u8`. JAX: `jax.random.randint` with this `dtype`.
///
/// Each is two random words modulo the size of the range, of 64 bits for `i64` and of 32 for the others. The bias is below
/// 2⁻³². For all 256 values of a `u8` draw `i32` in `0..256`, and cast.
///
/// # Panics
/// If the range is empty.
///
/// ```
/// use nnx_core::random::{Key, randint};
///
/// assert!(randint(Key::new(0), 100, -3, 3).iter().all(|i| (-3..3).contains(i)));
/// ```
pub fn randint<T: RandomInteger>(key: Key, n: usize, lo: T, hi: T) -> Vec<T> {
    assert!(lo < hi, "randint needs a range with lo < hi, found {lo}..{hi}: swap or widen it");
    T::within(key, n, lo, hi)
}

/// Samples one index in `0..classes` per row of `logits`, with the probabilities `softmax(row)`.
/// JAX: `jax.random.categorical(key, logits)` over the last axis.
///
/// The result is the index of the largest `logit + gumbel`, the first of ties. A logit of −∞ is never sampled
/// unless its whole row is −∞. NaN counts as the largest value, as in `argmax`: the first NaN is sampled.
///
/// # Panics
/// If `classes` is 0 or the number of logits is not a multiple of it.
///
/// ```
/// use nnx_core::random::{Key, categorical};
///
/// let logits = [0.0, f32::NEG_INFINITY, f32::NEG_INFINITY, 0.0];
/// assert_eq!(categorical(Key::new(0), &logits, 2), [0, 1]);
/// ```
pub fn categorical(key: Key, logits: &[f32], classes: usize) -> Vec<usize> {
    classes_of(logits, classes, |n| gumbel(key, n), f32::NEG_INFINITY)
}

/// As [`categorical`], of logits of f64.
///
/// # Panics
/// As there.
///
/// ```
/// use nnx_core::random::{Key, categorical_f64};
///
/// let logits = [0.0, f64::NEG_INFINITY, f64::NEG_INFINITY, 0.0];
/// assert_eq!(categorical_f64(Key::new(0), &logits, 2), [0, 1]);
/// ```
pub fn categorical_f64(key: Key, logits: &[f64], classes: usize) -> Vec<usize> {
    classes_of(logits, classes, |n| gumbel_f64(key, n), f64::NEG_INFINITY)
}

fn classes_of<E: Copy + PartialOrd + std::ops::Add<Output = E>>(
    logits: &[E],
    classes: usize,
    noise: impl Fn(usize) -> Vec<E>,
    least: E,
) -> Vec<usize> {
    assert!(
        classes > 0 && logits.len().is_multiple_of(classes),
        "categorical needs rows of {classes} logits, found {} logits: pass (rows, classes) in \
         row-major order with at least one class",
        logits.len()
    );
    let is_nan = |x: E| x.partial_cmp(&x).is_none();
    let noise = noise(logits.len());
    logits
        .chunks_exact(classes)
        .zip(noise.chunks_exact(classes))
        .map(|(logits, noise)| {
            let scores = logits.iter().zip(noise).map(|(&logit, &noise)| logit + noise);
            let (best, _) = scores.enumerate().fold((0, least), |best, (i, score)| {
                let larger = score > best.1 || (is_nan(score) && !is_nan(best.1));
                if larger { (i, score) } else { best }
            });
            best
        })
        .collect()
}

/// The integers `0..n` in random order. JAX: `jax.random.permutation(key, n)`.
///
/// Sorts them by random 32-bit words. As equal words would bias the order, it repeats the sort for large n: once
/// up to n = 1625, twice up to 2.6 million.
///
/// ```
/// use nnx_core::random::{Key, permutation};
///
/// assert_eq!(permutation(Key::new(0), 5), [0, 1, 4, 3, 2]);
/// ```
pub fn permutation(key: Key, n: usize) -> Vec<usize> {
    let rounds = (3.0 * (n.max(1) as f64).ln() / f64::from(u32::MAX).ln()).ceil() as usize;
    let mut order: Vec<usize> = (0..n).collect();
    let mut key = key;
    for _ in 0..rounds {
        let words = key.fold_in(1).bits(n);
        key = key.fold_in(0);
        let mut tagged: Vec<(u32, usize)> = words.into_iter().zip(order).collect();
        tagged.sort_by_key(|&(word, _)| word); // stable, as in JAX
        order = tagged.into_iter().map(|(_, element)| element).collect();
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key::new(1);

    #[test]
    fn randint_covers_the_widest_range() {
        let integers = randint(KEY, 1000, i32::MIN, i32::MAX);
        assert!(integers.iter().any(|&i| i < -2_000_000_000));
        assert!(integers.iter().any(|&i| i > 2_000_000_000));
    }

    #[test]
    fn categorical_samples_with_the_probabilities_of_softmax() {
        let logits = [1f32, 2.0, 5.0].map(f32::ln).repeat(80_000);
        let mut counts = [0usize; 3];
        categorical(KEY, &logits, 3).into_iter().for_each(|class| counts[class] += 1);
        assert!(
            counts.iter().zip([10_000, 20_000, 50_000]).all(|(n, e)| n.abs_diff(e) < 500),
            "{counts:?}"
        );
    }

    #[test]
    fn a_permutation_has_every_integer_once() {
        for n in [0, 1, 2, 1000, 2000] {
            let mut order = permutation(KEY, n);
            order.sort();
            assert!(order.into_iter().eq(0..n), "{n}");
        }
    }

    /// The message that `call` panics with.
    fn refusal(call: impl Fn() + std::panic::UnwindSafe) -> String {
        *std::panic::catch_unwind(call).unwrap_err().downcast().expect("a formatted message")
    }

    #[test]
    fn refusals_say_what_was_found_and_what_to_do() {
        assert_eq!(
            refusal(|| _ = bernoulli(KEY, 1, 50.0)),
            "bernoulli needs a probability in [0, 1], found p = 50: divide percentages by 100"
        );
        assert_eq!(
            refusal(|| _ = randint(KEY, 1, 3, 3)),
            "randint needs a range with lo < hi, found 3..3: swap or widen it"
        );
        assert_eq!(
            refusal(|| _ = categorical(KEY, &[0.0; 5], 2)),
            "categorical needs rows of 2 logits, found 5 logits: pass (rows, classes) in row-major \
             order with at least one class"
        );
    }
}
