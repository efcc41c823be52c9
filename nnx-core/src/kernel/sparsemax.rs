//! Sparsemax of rows: the probability distribution nearest to a row.
//!
//! ```text
//! active = all elements above max - 1          a lower one has a probability of 0
//! repeat until none is dropped:
//!     threshold = (Σ active - 1) / count
//!     drop the active elements up to the threshold
//! p = max(x - threshold, 0)
//! ```
//!
//! (Michelot, 1986.) The threshold grows with each round, so there are at most as many rounds as elements, and a few in
//! practice. The elements aren't sorted.

use super::Float;
use super::softmax::for_each_row;

/// `out[r, ·]` = the distribution nearest to `x[r, ·]`. A row with NaN or ∞ gives NaN; one of −∞ alone gives 0.
pub(crate) fn sparsemax_rows<E: Float>(x: &[E], width: usize, out: &mut [E]) {
    for_each_row(
        x,
        width,
        out,
        #[inline(always)]
        |_, row, out| {
            let larger = |max: E, x: E| if x > max || x.is_nan() { x } else { max };
            let max = row.iter().copied().fold(E::NEG_INFINITY, larger);
            if !max.is_finite() {
                let none = max == E::NEG_INFINITY;
                return out.fill(if none { E::ZERO } else { E::from_f64(f64::NAN) });
            }
            let max = max.to_f64();
            let threshold = threshold(row, max);
            for (out, &x) in out.iter_mut().zip(row) {
                let p = x.to_f64() - max - threshold;
                *out = E::from_f64(if p > 0.0 { p } else { 0.0 });
            }
        },
    );
}

/// The threshold of a row, relative to its maximum. It is computed in f64, where a sum over a row of any length is
/// accurate enough.
#[inline(always)]
fn threshold<E: Float>(row: &[E], max: f64) -> f64 {
    let (mut threshold, mut before) = (-1.0, u32::MAX);
    loop {
        let (mut total, mut count) = (0.0, 0);
        for &x in row {
            let shifted = x.to_f64() - max;
            if shifted > threshold {
                total += shifted;
                count += 1;
            }
        }
        // Not `==`: with rounding, the threshold could alternate between two values forever.
        if count >= before {
            return threshold;
        }
        before = count;
        threshold = (total - 1.0) / f64::from(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The distribution nearest to a row by sorting (Held, Wolfe and Crowder, 1974).
    fn reference(row: &[f64]) -> Vec<f64> {
        let mut sorted = row.to_vec();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let (mut total, mut threshold) = (0.0, 0.0);
        for (i, x) in sorted.iter().enumerate() {
            total += x;
            let n = (i + 1) as f64;
            if 1.0 + n * x > total {
                threshold = (total - 1.0) / n;
            }
        }
        row.iter().map(|x| (x - threshold).max(0.0)).collect()
    }

    #[test]
    fn rows_of_every_length_equal_the_reference_and_sum_to_one() {
        for width in [1, 2, 3, 7, 16, 33, 1000] {
            for scale in [0.0, 1e-3, 0.3, 2.0, 50.0, 1e4] {
                let number = |i: usize| (((i * 7919 + width) % 1009) as f64 / 504.5 - 1.0) * scale;
                let x: Vec<f32> = (0..3 * width).map(|i| number(i) as f32).collect();
                let mut out = vec![f32::NAN; x.len()];
                sparsemax_rows(&x, width, &mut out);
                for (row, found) in x.chunks(width).zip(out.chunks(width)) {
                    let row: Vec<f64> = row.iter().copied().map(f64::from).collect();
                    for (found, expected) in found.iter().zip(reference(&row)) {
                        let found = f64::from(*found);
                        assert!((found - expected).abs() < 1e-6, "{found}, not {expected}");
                    }
                    let total: f64 = found.iter().copied().map(f64::from).sum();
                    assert!((total - 1.0).abs() < 1e-5, "{total} of {width} by {scale}");
                }
            }
        }
    }

    #[test]
    fn rows_that_are_not_finite_are_zeros_or_nan() {
        let (inf, nan) = (f64::INFINITY, f64::NAN);
        let x = [-inf, -inf, -inf, 0.5, 0.0, inf, 0.0, nan];
        let mut out = [7.0; 8];
        sparsemax_rows(&x, 2, &mut out);
        assert_eq!(out[..4], [0.0, 0.0, 0.0, 1.0]);
        assert!(out[4..].iter().all(|p| p.is_nan()), "{out:?}");
    }
}
