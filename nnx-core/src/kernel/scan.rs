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

use super::fold::Block;
use super::tiles::for_tiles;
use super::{Float, parallel, vectorize};

/// Elements that are worth a task of their own.
const ELEMENTS_PER_TASK: usize = 16 * 1024;
/// Rows that are scanned together.
const TOGETHER: usize = 4;

/// One step of a scan over elements of type `A`.
pub(crate) trait Scan<A>: Copy + Sync {
    type State: Copy;
    type Out: Send;
    fn start(self) -> Self::State;
    fn step(self, state: &mut Self::State, x: A) -> Self::Out;
}

/// `Σ x`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sums;

impl<E: Float> Scan<E> for Sums {
    type State = f64;
    type Out = E;
    #[inline(always)]
    fn start(self) -> f64 {
        0.0
    }
    #[inline(always)]
    fn step(self, sum: &mut f64, x: E) -> E {
        *sum += x.to_f64();
        E::from_f64(*sum)
    }
}

/// `Π x`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Products;

impl<E: Float> Scan<E> for Products {
    type State = f64;
    type Out = E;
    #[inline(always)]
    fn start(self) -> f64 {
        1.0
    }
    #[inline(always)]
    fn step(self, product: &mut f64, x: E) -> E {
        *product *= x.to_f64();
        E::from_f64(*product)
    }
}

/// The maximum, or the minimum; NaN from a NaN on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extremes {
    pub(crate) min: bool,
}

impl<E: Float> Scan<E> for Extremes {
    type State = E;
    type Out = E;
    #[inline(always)]
    fn start(self) -> E {
        if self.min { -E::NEG_INFINITY } else { E::NEG_INFINITY }
    }
    #[inline(always)]
    fn step(self, best: &mut E, x: E) -> E {
        let beyond = if self.min { x < *best } else { x > *best };
        *best = if beyond | x.is_nan() { x } else { *best };
        *best
    }
}

/// The index of the first maximum so far, or the first minimum; that of the first NaN, if there is one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Positions {
    pub(crate) min: bool,
}

/// The best element, its index, and the index of the next element.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Best<E> {
    value: E,
    at: i32,
    next: i32,
}

impl<E: Float> Scan<E> for Positions {
    type State = Best<E>;
    type Out = i32;
    #[inline(always)]
    fn start(self) -> Best<E> {
        Best { value: E::ZERO, at: 0, next: 0 }
    }
    #[inline(always)]
    fn step(self, best: &mut Best<E>, x: E) -> i32 {
        let beyond = if self.min { x < best.value } else { x > best.value };
        let first_nan = x.is_nan() & !best.value.is_nan();
        if beyond | first_nan | (best.next == 0) {
            (best.value, best.at) = (x, best.next);
        }
        best.next += 1;
        best.at
    }
}

/// `ln Σ e^x`: the maximum, and the sum of `e^(x - maximum)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LogSums;

impl<E: Float> Scan<E> for LogSums {
    type State = (E, f64);
    type Out = E;
    #[inline(always)]
    fn start(self) -> (E, f64) {
        (E::NEG_INFINITY, 0.0)
    }
    #[inline(always)]
    fn step(self, (max, sum): &mut (E, f64), x: E) -> E {
        if x > *max || x.is_nan() {
            // exp(-∞ - x) is 0. From NaN on, all is NaN.
            *sum = *sum * (*max - x).exp().to_f64() + 1.0;
            *max = x;
        } else if *max != E::NEG_INFINITY {
            // ∞ - ∞ is NaN, but the sum is infinite.
            *sum += if x == *max { 1.0 } else { (x - *max).exp().to_f64() };
        }
        if *max == E::NEG_INFINITY { *max } else { *max + E::from_f64(*sum).ln() }
    }
}

/// `a state + b`.
#[derive(Debug, Clone, Copy)]
struct Linear;

impl<E: Float> Scan<(E, E)> for Linear {
    type State = f64;
    type Out = E;
    #[inline(always)]
    fn start(self) -> f64 {
        0.0
    }
    #[inline(always)]
    fn step(self, state: &mut f64, (a, b): (E, E)) -> E {
        *state = *state * a.to_f64() + b.to_f64();
        E::from_f64(*state)
    }
}

/// `out[o, l, i]` = the step of `x[o, l, i]` after those before it; with `reverse`, after those behind it.
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

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCKS: [[usize; 3]; 9] = [
        [1, 1, 1],
        [7, 300, 1],
        [3, 5, 1],
        [1, 40_000, 1],
        [1, 30, 500],
        [9, 20, 130],
        [2, 3, 7],
        [0, 3, 2],
        [2, 0, 3],
    ];

    /// One column after the other.
    fn reference<F: Scan<f64>>(
        f: F,
        x: &[f64],
        block: Block,
        reverse: bool,
    ) -> Vec<Option<F::Out>> {
        let Block { length, inner, .. } = block;
        let mut out: Vec<_> = x.iter().map(|_| None).collect();
        for at in 0..block.reduced() {
            let mut state = f.start();
            for l in 0..length {
                let l = if reverse { length - 1 - l } else { l };
                let i = (at / inner * length + l) * inner + at % inner;
                out[i] = Some(f.step(&mut state, x[i]));
            }
        }
        out
    }

    fn compare<F: Scan<f64, Out: Copy + PartialEq + std::fmt::Debug + Default>>(f: F) {
        for [outer, length, inner] in BLOCKS {
            let block = Block { outer, length, inner };
            let x: Vec<f64> =
                (0..outer * length * inner).map(|i| (i * 37 % 101) as f64 / 50.0).collect();
            for reverse in [false, true] {
                let mut out = vec![F::Out::default(); x.len()];
                scan(f, &x, block, reverse, &mut out);
                let expected = reference(f, &x, block, reverse);
                let same = out.iter().zip(expected).all(|(out, expected)| Some(*out) == expected);
                assert!(same, "{block:?}, reverse {reverse}");
            }
        }
    }

    #[test]
    fn scans_of_all_blocks_equal_the_reference() {
        compare(Sums);
        compare(Products);
        compare(Extremes { min: false });
        compare(Extremes { min: true });
        compare(Positions { min: false });
        compare(Positions { min: true });
        compare(LogSums);
    }

    #[test]
    fn a_long_sum_of_f32_keeps_its_accuracy() {
        let x = vec![0.1f32; 1_000_000];
        let mut sums = vec![f32::NAN; x.len()];
        scan(Sums, &x, Block { outer: 1, length: x.len(), inner: 1 }, false, &mut sums);
        assert_eq!(sums[999_999], (f64::from(0.1f32) * 1e6) as f32);
    }

    #[test]
    fn sums_of_exponentials_are_right_for_infinities_and_nan() {
        let (inf, nan) = (f32::INFINITY, f32::NAN);
        let x = [-inf, -inf, 1000.0, 1000.0, inf, inf, 0.0, nan, 1.0];
        let mut out = [0.0; 9];
        scan(LogSums, &x, Block { outer: 1, length: 9, inner: 1 }, false, &mut out);
        assert_eq!(out[..7], [-inf, -inf, 1000.0, 1000.0 + 2f32.ln(), inf, inf, inf]);
        assert!(out[7].is_nan() && out[8].is_nan());
    }

    #[test]
    fn a_recurrence_is_its_loop_in_both_directions() {
        for [outer, length, inner] in BLOCKS {
            let block = Block { outer, length, inner };
            let n = outer * length * inner;
            let a: Vec<f32> = (0..n).map(|i| (i * 37 % 101) as f32 / 101.0).collect();
            let b: Vec<f32> = (0..n).map(|i| (i * 29 % 97) as f32 - 48.0).collect();
            for reverse in [false, true] {
                let mut out = vec![f32::NAN; n];
                recurrence(&a, &b, block, reverse, &mut out);
                for at in 0..block.reduced() {
                    let mut state = 0.0;
                    for l in 0..length {
                        let l = if reverse { length - 1 - l } else { l };
                        let i = (at / inner * length + l) * inner + at % inner;
                        state = state * f64::from(a[i]) + f64::from(b[i]);
                        assert_eq!(out[i], state as f32, "{block:?}, reverse {reverse}");
                    }
                }
            }
        }
    }
}
