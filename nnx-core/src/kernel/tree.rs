//! The sum of a long slice as a tree of blocks, on several threads.
//!
//! ```text
//! tree(x):  if x is a block: its sum
//!           else             tree(first half, whole blocks) + tree(second half)
//! ```
//!
//! Threads sum subtrees of one depth, so the bits are those of the recursion on one thread.

use std::ops::Range;

use super::reduce::BLOCK_ELEMENTS;
use super::{Float, parallel, scratch};

/// The two halves of a slice of several blocks. The first half has whole blocks only, one more than the second if their
/// number is odd.
pub(super) fn halves<E>(x: &[E]) -> (&[E], &[E]) {
    x.split_at(first_half(x.len()))
}

/// The length of the first half.
fn first_half(length: usize) -> usize {
    length.div_ceil(BLOCK_ELEMENTS).div_ceil(2) * BLOCK_ELEMENTS
}

/// The most elements of a part of a sum whose elements are computed part by part.
pub(super) const PART: usize = 8 * BLOCK_ELEMENTS;

/// The sum of `length` elements that aren't in memory, on several threads: `part` returns the sum of a range of up to
/// [`PART`] of them, by the tree of [`halves`]. It has the bits of that tree.
pub(super) fn sum_of_parts<T: Float>(
    length: usize,
    part: &(dyn Fn(Range<usize>) -> T + Sync),
) -> T {
    let depth = (length / ELEMENTS_PER_TASK).checked_ilog2().unwrap_or(0);
    let mut sums = scratch::filled(1 << depth, T::ZERO);
    parallel::for_chunks(&mut sums, 1, true, &|subtree, out| {
        let range = (0..depth).rev().fold(0..length, |range, level| {
            let middle = range.start + first_half(range.len());
            if subtree >> level & 1 == 0 { range.start..middle } else { middle..range.end }
        });
        out[0] = sum_of_range(range, part);
    });
    sum_of_subtrees(&mut sums)
}

fn sum_of_range<T: Float>(range: Range<usize>, part: &(dyn Fn(Range<usize>) -> T + Sync)) -> T {
    if range.len() <= PART {
        return part(range);
    }
    let middle = range.start + first_half(range.len());
    sum_of_range(range.start..middle, part) + sum_of_range(middle..range.end, part)
}

/// The sum of subtrees of one depth.
fn sum_of_subtrees<T: Float>(sums: &mut [T]) -> T {
    let mut count = sums.len();
    while count > 1 {
        count /= 2;
        for i in 0..count {
            sums[i] = sums[2 * i] + sums[2 * i + 1];
        }
    }
    sums[0]
}

/// The least number of elements in a task: some microseconds.
const ELEMENTS_PER_TASK: usize = 32 * 1024;

/// `sum(x)` on several threads, for a `sum` that is the tree of [`halves`].
pub(super) fn sum_on_threads<E: Float, T: Float>(x: &[E], sum: fn(&[E]) -> T) -> T {
    let depth = (x.len() / ELEMENTS_PER_TASK).checked_ilog2().unwrap_or(0);
    if depth < 2 {
        return sum(x);
    }
    let mut sums = scratch::filled(1 << depth, T::ZERO);
    parallel::for_chunks(&mut sums, 1, true, &|subtree, out| {
        let part = (0..depth).rev().fold(x, |x, level| {
            let (first, second) = halves(x);
            if subtree >> level & 1 == 0 { first } else { second }
        });
        out[0] = sum(part);
    });
    sum_of_subtrees(&mut sums)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::parallel::threads::with_threads;
    use crate::kernel::{means, reduce};

    #[test]
    fn a_long_row_has_the_bits_of_its_sum_on_one_thread() {
        for length in [65_537, 131_071, 131_072, 131_073, 300_001, 1_000_003] {
            let x: Vec<f32> = (0..length).map(|i| 1.0 / (i * 37 % 1009 + 1) as f32).collect();
            let on = |threads: usize| {
                let (mut sum, mut mean) = ([f32::NAN], [f32::NAN]);
                with_threads(threads, || {
                    reduce::sum_rows(&x, length, &mut sum);
                    means::mean_rows(&x, length, &mut mean);
                });
                [sum[0], mean[0]]
            };
            let [sum, mean] = on(1);
            assert_eq!(sum.to_bits(), reduce::sum(&x).to_bits(), "the sum of {length}");
            let bits = |values: [f32; 2]| values.map(f32::to_bits);
            assert!([2, 3, 4].iter().all(|&n| bits(on(n)) == bits([sum, mean])), "{length}");
            // The mean of the same blocks, each summed in f32, and their sums in f64.
            let blocks = x.chunks(BLOCK_ELEMENTS).map(|block| f64::from(reduce::sum(block)));
            let expected = (blocks.sum::<f64>() / length as f64) as f32;
            assert!((mean - expected).abs() <= f32::EPSILON * expected, "the mean of {length}");
        }
    }

    #[test]
    fn a_sum_of_parts_has_the_bits_of_the_sum_of_all() {
        for length in [1, 512, 513, 4096, 4097, 10_000, 65_537, 131_073, 300_001] {
            let x: Vec<f32> = (0..length).map(|i| 1.0 / (i * 37 % 1009 + 1) as f32).collect();
            let part = |range: Range<usize>| reduce::sum(&x[range]);
            for threads in [1, 3] {
                let found = with_threads(threads, || sum_of_parts(length, &part));
                assert_eq!(found.to_bits(), reduce::sum(&x).to_bits(), "{length}");
            }
        }
    }

    #[test]
    fn a_long_sum_that_overflows_in_between_is_finite() {
        let x: Vec<f32> = (0..1 << 18).map(|i| if i % 2 == 0 { 3e38 } else { -3e38 }).collect();
        let mut sum = [f32::NAN];
        reduce::sum_rows(&x, x.len(), &mut sum);
        assert_eq!(sum, [0.0]);
    }
}
