//! Sums, means and maxima of bags of rows of a table (`EmbeddingBag`), straight from the table: its rows, which are anywhere
//! in memory, are read once and are never copied. The gradient of maxima is the exception: it finds what each row of a bag
//! gets, with memory for all of them, and then adds that to the table.
//!
//! | file | holds |
//! |---|---|
//! | this one | bags and tables; the gradient of sums and means |
//! | `sums` | sums and means |
//! | `maxima` | maxima, and their gradients |

mod maxima;
mod sums;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub(crate) use maxima::{add_bags_at_max, max_bags, take_at_max};
pub(crate) use sums::{TableElement, sum_bags};

use super::Float;
use super::index::{add_rows_at, to_index};
use super::scratch::{self, List};

/// Bags of indices, which the caller has checked: bag b is `indices[starts[b]..ends[b]]`. Indices in no bag may be any.
#[derive(Clone, Copy)]
pub(crate) struct Bags<'a> {
    pub(crate) indices: &'a [i32],
    pub(crate) starts: &'a [i64],
    pub(crate) ends: &'a [i64],
}

impl<'a> Bags<'a> {
    /// Where the indices of a bag are.
    #[inline(always)]
    fn range(&self, bag: usize) -> Range<usize> {
        let at = |bound: i64| usize::try_from(bound).expect("bounds are checked to be at least 0");
        at(self.starts[bag])..at(self.ends[bag])
    }

    #[inline(always)]
    fn of(&self, bag: usize) -> &'a [i32] {
        &self.indices[self.range(bag)]
    }

    /// The indices of all bags, one bag behind the other, and the number of the bag of each.
    #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "rows are i32")]
    fn flat(&self) -> (List<i32>, List<i32>) {
        let bags = 0..self.starts.len();
        let length: usize = bags.clone().map(|bag| self.range(bag).len()).sum();
        let (mut rows, mut numbers) = (scratch::with_room(length), scratch::with_room(length));
        for bag in bags {
            let of_bag = self.of(bag);
            rows.extend_from_slice(of_bag);
            numbers.extend(std::iter::repeat_n(bag as i32, of_bag.len()));
        }
        (rows, numbers)
    }

    /// Elements that are read for each one that is written.
    fn reads(&self) -> usize {
        self.indices.len() / self.starts.len().max(1) + 1
    }
}

/// A table of rows of `width` elements, of which there is at least one.
#[derive(Clone, Copy)]
pub(crate) struct Table<'a, T> {
    pub(crate) elements: &'a [T],
    pub(crate) width: usize,
}

impl<'a, T> Table<'a, T> {
    #[inline(always)]
    fn row(&self, index: i32) -> &'a [T] {
        &self.elements[to_index(index) * self.width..][..self.width]
    }
}

/// The rows of a table of zeros to which the gradient of each bag is added, at the indices of the bag: the gradient of
/// [`sum_bags`].
pub(crate) fn add_bags<E: Float>(
    gradient: &[E],
    bags: Bags<'_>,
    mean: bool,
    width: usize,
    table: &mut [E],
) {
    if width == 0 {
        return;
    }
    let (rows, numbers) = bags.flat();
    if !mean {
        return add_rows_at(gradient, Some(&numbers), &rows, width, table);
    }
    let mut shares = scratch::filled(gradient.len(), E::ZERO);
    shares.copy_from_slice(gradient);
    for (bag, share) in shares.chunks_exact_mut(width).enumerate() {
        divide(share, bags.range(bag).len(), true);
    }
    add_rows_at(&shares, Some(&numbers), &rows, width, table);
}

#[inline(always)]
#[allow(clippy::cast_precision_loss, reason = "a bag is far below 2^53 long")]
fn divide<E: Float>(sums: &mut [E], length: usize, mean: bool) {
    if mean {
        let length = E::from_f64(length.max(1) as f64);
        sums.iter_mut().for_each(|sum| *sum = *sum / length);
    }
}
