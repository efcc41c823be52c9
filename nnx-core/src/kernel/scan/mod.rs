//! Scans along the middle axis of a block `(outer, length, inner)`: cumulative sums, products, maxima, and linear
//! recurrences. The state is an f64, so that errors of rounding don't add up in f32.
//!
//! ```text
//! for each o, i:  state = start;  for l in order:  out[o, l, i] = step(state, x[o, l, i])
//! ```
//!
//! What is changed for speed:
//! 1. Along the last axis, four rows are scanned together: each step depends on the one before, and four chains
//!    hide each other's latency.
//! 2. Along another axis, the states of a tile of columns are a vector.

mod steps;
#[cfg(test)]
mod tests;

pub(crate) use steps::*;

use super::fold::Block;
use super::tiles::for_tiles;
use super::{Float, parallel, vectorize};

/// Elements per task.
const ELEMENTS_PER_TASK: usize = 16 * 1024;
/// Rows that are scanned at the same time.
const TOGETHER: usize = 4;

/// `out[o, l, i]` = the scan of `x[o, ..=l, i]`; with `reverse`, of `x[o, l.., i]` from the last element on.
pub(crate) fn scan<A, F>(f: F, x: &[A], block: Block, reverse: bool, out: &mut [F::Out])
where
    A: Copy + Sync,
    F: Scan<A>,
{
    let Block { length, inner, .. } = block;
    assert!(x.len() == out.len() && x.len() == block.outer * length * inner, "scan: lengths");
    let index = move |l: usize| if reverse { length - 1 - l } else { l };
    if inner == 1 {
        let rows = (ELEMENTS_PER_TASK / length.max(1)).max(1).next_multiple_of(TOGETHER);
        return parallel::for_chunks(out, rows * length, true, &|task, out| {
            let x = &x[task * rows * length..][..out.len()];
            for (x, out) in x.chunks(TOGETHER * length).zip(out.chunks_mut(TOGETHER * length)) {
                if x.len() == TOGETHER * length {
                    scan_rows::<TOGETHER, A, F>(f, x, out, index);
                } else {
                    for (x, out) in x.chunks_exact(length).zip(out.chunks_exact_mut(length)) {
                        scan_rows::<1, A, F>(f, x, out, index);
                    }
                }
            }
        });
    }
    for_tiles(out, block, &|block, column, rows| {
        let width = rows[0].len();
        let mut states = vec![f.start(); width];
        vectorize(|| {
            for l in (0..length).map(index) {
                let x = &x[(block * length + l) * inner + column..][..width];
                for ((out, state), &x) in rows[l].iter_mut().zip(&mut states).zip(x) {
                    *out = f.step(state, x);
                }
            }
        });
    });
}

/// `N` rows, step by step.
#[inline(always)]
fn scan_rows<const N: usize, A: Copy, F: Scan<A>>(
    f: F,
    x: &[A],
    out: &mut [F::Out],
    index: impl Fn(usize) -> usize,
) {
    let length = x.len() / N;
    let mut states = [f.start(); N];
    for l in (0..length).map(index) {
        for (r, state) in states.iter_mut().enumerate() {
            out[r * length + l] = f.step(state, x[r * length + l]);
        }
    }
}

/// The linear recurrence `h[l] = a[l] h[l - 1] + b[l]` from 0 on; with `reverse` from the last to the first,
/// `h[l] = a[l] h[l + 1] + b[l]`.
pub(crate) fn recurrence<E: Float>(a: &[E], b: &[E], block: Block, reverse: bool, out: &mut [E]) {
    assert_eq!(a.len(), b.len(), "recurrence: lengths differ");
    let pairs: Vec<(E, E)> = a.iter().copied().zip(b.iter().copied()).collect();
    scan(Linear, &pairs, block, reverse, out);
}
