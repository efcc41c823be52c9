//! Softmax, log-softmax and logsumexp over rows. The maximum of a row is subtracted first,
//! so nothing overflows.
//!
//! A row of −∞ only (everything masked out) has probability 0 everywhere, not NaN.

use super::reduce::sum;
use super::{Float, parallel, vectorize_wide};
use crate::kernel::scratch;

/// Elements per task. It is less than for cheap elementwise loops, because exponentials are slow.
const ELEMENTS_PER_TASK: usize = 4096;
/// Maxima over every 32nd element, which are independent and so vectorized.
const RUNNING_MAXIMA: usize = 32;

/// `out[r, c] = exp(x[r, c] - max) / Σ exp(x[r, ·] - max)`.
pub(crate) fn softmax_rows<E: Float>(x: &[E], width: usize, out: &mut [E]) {
    for_each_row(
        x,
        width,
        out,
        #[inline(always)]
        |_, row, out| {
            exp_shifted(row, out);
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

/// `out[r, c] = x[r, c] - logsumexp(x[r, ·])`; −∞ stays −∞, even in a row of −∞ only. A row with +∞ or NaN is NaN.
pub(crate) fn log_softmax_rows<E: Float>(x: &[E], width: usize, out: &mut [E]) {
    for_each_row(
        x,
        width,
        out,
        #[inline(always)]
        |_, row, out| {
            let max = exp_shifted(row, out);
            let total = sum(out).ln();
            // A NaN or +∞ in the row makes all of it NaN.
            let none = if total.is_nan() { total } else { E::NEG_INFINITY };
            for (out, &x) in out.iter_mut().zip(row) {
                *out = if x == E::NEG_INFINITY { none } else { (x - max) - total };
            }
        },
    );
}

/// `out[r] = ln Σ exp(x[r, ·])`; −∞ for a row of −∞.
pub(crate) fn logsumexp_rows<E: Float>(x: &[E], width: usize, out: &mut [E]) {
    map_rows(
        x,
        width,
        out,
        #[inline(always)]
        |_, row, terms| {
            let max = exp_shifted(row, terms);
            let total = sum(terms);
            // inf - inf is NaN, so +∞ is returned as it is, unless the row has a NaN.
            let infinite = !max.is_finite() && !row.iter().any(|x| x.is_nan());
            if infinite { max } else { max + total.ln() }
        },
    );
}

/// `out[r, c] = p[r, c] (dy[r, c] - Σ p[r, ·] dy[r, ·])`.
pub(crate) fn softmax_gradient_rows<E: Float>(p: &[E], dy: &[E], width: usize, out: &mut [E]) {
    for_each_row(
        p,
        width,
        out,
        #[inline(always)]
        |r, p, out| {
            for ((out, &p), &dy) in out.iter_mut().zip(p).zip(&dy[r * width..][..width]) {
                *out = p * dy;
            }
            let total = sum(out);
            for (out, &p) in out.iter_mut().zip(p) {
                *out = *out - p * total;
            }
        },
    );
}

/// `out[c] = exp(x[c] - max)`. Returns `max`, the shift of [`maximum`].
#[inline(always)]
pub(super) fn exp_shifted<E: Float>(x: &[E], out: &mut [E]) -> E {
    let max = maximum(x);
    for (out, &x) in out.iter_mut().zip(x) {
        *out = (x - max).exp_to_0();
    }
    max
}

/// The shift of a row: its maximum, or 0 if that is −∞. NaN is ignored here: its exponential makes the sum
/// NaN.
#[inline(always)]
fn maximum<E: Float>(row: &[E]) -> E {
    // Several independent maxima, so that the loop is vectorized. The order makes no difference.
    let mut lanes = [E::NEG_INFINITY; RUNNING_MAXIMA];
    let (chunks, rest) = row.as_chunks::<RUNNING_MAXIMA>();
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane = larger(*lane, x);
        }
    }
    let max = lanes.iter().chain(rest).copied().fold(E::NEG_INFINITY, larger);
    if max == E::NEG_INFINITY { E::ZERO } else { max }
}

#[inline(always)]
fn larger<E: Float>(max: E, x: E) -> E {
    if x > max { x } else { max }
}

/// Calls `row(r, x[r, ·], out[r, ·])` for each row.
pub(super) fn for_each_row<E: Float>(
    x: &[E],
    width: usize,
    out: &mut [E],
    row: impl Fn(usize, &[E], &mut [E]) + Sync + Send,
) {
    assert_eq!(x.len(), out.len(), "softmax: lengths differ");
    if out.is_empty() {
        return;
    }
    let rows_per_task = (ELEMENTS_PER_TASK / width).max(1);
    parallel::for_chunks(out, rows_per_task * width, true, &|task, out| {
        let first = task * rows_per_task;
        let x = &x[first * width..][..out.len()];
        vectorize_wide::<E, _>(
            #[inline(always)]
            || {
                let rows = x.chunks_exact(width).zip(out.chunks_exact_mut(width));
                for (i, (x, out)) in rows.enumerate() {
                    row(first + i, x, out);
                }
            },
        );
    });
}

/// `out[r] = value(r, x[r, ·], terms)`, where `terms` is a scratch buffer as long as a row.
pub(super) fn map_rows<E: Float, T: Send>(
    x: &[E],
    width: usize,
    out: &mut [T],
    value: impl Fn(usize, &[E], &mut [E]) -> T + Sync + Send,
) {
    let rows_per_task = (ELEMENTS_PER_TASK / width.max(1)).max(1);
    parallel::for_chunks(out, rows_per_task, true, &|task, out| {
        let mut terms = scratch::filled(width, E::ZERO);
        vectorize_wide::<E, _>(
            #[inline(always)]
            || {
                for (r, out) in (task * rows_per_task..).zip(out) {
                    *out = value(r, &x[r * width..][..width], &mut terms);
                }
            },
        );
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
