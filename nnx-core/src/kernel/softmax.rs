//! Softmax and its relatives over rows: the maximum is taken off first, so nothing overflows.
//!
//! A row of −∞ only (every choice masked out) gives probability 0 everywhere, not NaN.

use super::reduce::sum;
use super::{Float, parallel, vectorize_small};

/// `out[r, c] = exp(x[r, c] - max) / Σ exp(x[r, ·] - max)`.
pub(crate) fn softmax_rows<E: Float>(x: &[E], width: usize, out: &mut [E]) {
    each_row(
        x,
        width,
        out,
        #[inline(always)]
        |row, out| {
            let max = maximum(row);
            for (out, &x) in out.iter_mut().zip(row) {
                *out = (x - max).exp();
            }
            let total = sum(out);
            if total > E::ZERO || total.is_nan() {
                let scale = E::ONE / total;
                for out in out {
                    *out = *out * scale;
                }
            }
        },
    );
}

/// `out[r, c] = x[r, c] - logsumexp(x[r, ·])`; −∞ stays −∞, also in a row that holds nothing else.
pub(crate) fn log_softmax_rows<E: Float>(x: &[E], width: usize, out: &mut [E]) {
    each_row(
        x,
        width,
        out,
        #[inline(always)]
        |row, out| {
            let max = maximum(row);
            for (out, &x) in out.iter_mut().zip(row) {
                *out = (x - max).exp();
            }
            let total = sum(out).ln();
            for (out, &x) in out.iter_mut().zip(row) {
                *out = if x == E::NEG_INFINITY { x } else { (x - max) - total };
            }
        },
    );
}

/// `out[r] = ln Σ exp(x[r, ·])`; −∞ for a row of −∞.
pub(crate) fn logsumexp_rows<E: Float>(x: &[E], width: usize, out: &mut [E]) {
    let rows_per_part = (4096 / width.max(1)).max(1);
    parallel::chunks(out, rows_per_part, true, &|part, out| {
        let mut terms = vec![E::ZERO; width];
        for (i, out) in out.iter_mut().enumerate() {
            let row = &x[(part * rows_per_part + i) * width..][..width];
            let max = maximum(row);
            for (term, &x) in terms.iter_mut().zip(row) {
                *term = (x - max).exp();
            }
            // +∞ and NaN are their own result: infinities can't be subtracted.
            *out = if max.is_finite() { max + sum(&terms).ln() } else { max };
        }
    });
}

/// What a row is shifted by: its largest element, a NaN before all, and 0 for a row of −∞.
#[inline(always)]
fn maximum<E: Float>(row: &[E]) -> E {
    // Eight at a time, side by side: which of the largest is found first makes no difference.
    let larger = |max: E, x: E| if x > max || x.is_nan() { x } else { max };
    let (eights, rest) = row.as_chunks::<8>();
    let lanes = eights.iter().fold([E::NEG_INFINITY; 8], |lanes, eight| {
        std::array::from_fn(|i| larger(lanes[i], eight[i]))
    });
    let max = lanes.iter().chain(rest).copied().fold(E::NEG_INFINITY, larger);
    if max == E::NEG_INFINITY { E::ZERO } else { max }
}

fn each_row<E: Float>(
    x: &[E],
    width: usize,
    out: &mut [E],
    row: impl Fn(&[E], &mut [E]) + Sync + Send,
) {
    assert_eq!(x.len(), out.len(), "softmax: lengths differ");
    if out.is_empty() {
        return;
    }
    let rows_per_part = (4096 / width).max(1);
    parallel::chunks(out, rows_per_part * width, true, &|part, out| {
        let x = &x[part * rows_per_part * width..][..out.len()];
        vectorize_small::<E, _>(|| {
            for (x, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
                row(x, out);
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_logits_and_masked_rows_stay_finite() {
        let x = [1e30f32, 1e30, 0.0, f32::NEG_INFINITY, f32::NEG_INFINITY, f32::NEG_INFINITY];
        let mut out = [f32::NAN; 6];
        softmax_rows(&x, 3, &mut out);
        assert_eq!(out, [0.5, 0.5, 0.0, 0.0, 0.0, 0.0]);
        log_softmax_rows(&x, 3, &mut out);
        assert_eq!(out[3..], [f32::NEG_INFINITY; 3]);
        let mut total = [f32::NAN; 2];
        logsumexp_rows(&x, 3, &mut total);
        assert_eq!(total, [1e30, f32::NEG_INFINITY]);
        logsumexp_rows(&[f32::INFINITY, 0.0, f32::NAN, 0.0], 2, &mut total);
        assert!(total[0] == f32::INFINITY && total[1].is_nan());
    }

    #[test]
    fn log_softmax_is_the_logarithm_of_softmax() {
        let x: Vec<f64> = (0..70).map(|i| f64::from(i * 7 % 11) - 5.0).collect();
        let (mut plain, mut log) = (vec![0.0; 70], vec![0.0; 70]);
        softmax_rows(&x, 7, &mut plain);
        log_softmax_rows(&x, 7, &mut log);
        for (p, l) in plain.iter().zip(log) {
            assert!((p.ln() - l).abs() < 1e-14);
        }
    }
}
