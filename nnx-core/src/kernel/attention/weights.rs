//! The loops over the scores of a tile: their maxima, and the weights. Rows are `stride` apart, a multiple of the lanes, so
//! that no loop has a remainder: the elements after the last key have a score of -∞.

use super::head::padded;
use super::mask::TileMask;
use super::{LANES, QUERIES};
use crate::kernel::{Float, vectorize_wide};

/// The place of a tile of scores: the first query, of a head of an example, and the first key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) batch: usize,
    pub(super) head: usize,
    pub(super) query: usize,
    pub(super) key: usize,
    /// The number of keys.
    pub(super) keys: usize,
}

impl Place {
    /// The stride between the rows of scores.
    pub(super) fn stride(&self) -> usize {
        padded(self.keys)
    }

    /// Applies the masks to row `i` of the scores, and pads it.
    #[inline(always)]
    pub(super) fn mask<E: Float>(&self, mask: &TileMask<'_, E>, i: usize, row: &mut [E]) {
        let (scores, padding) = row.split_at_mut(self.keys);
        mask.apply([self.batch, self.head, self.query + i], self.key, scores);
        padding.fill(E::NEG_INFINITY);
    }
}

/// For each query, the largest score so far, and the sum of the weights so far.
#[derive(Debug)]
pub(super) struct Running<E> {
    pub(super) maxima: [E; QUERIES],
    pub(super) totals: [E; QUERIES],
}

impl<E: Float> Running<E> {
    pub(super) fn new() -> Self {
        Self { maxima: [E::NEG_INFINITY; QUERIES], totals: [E::ZERO; QUERIES] }
    }

    /// Replaces scores by `2^(score - maximum)`. Returns the factors by which earlier sums must be multiplied.
    #[inline(never)]
    pub(super) fn weigh(
        &mut self,
        mask: &TileMask<'_, E>,
        place: Place,
        scores: &mut [E],
    ) -> [E; QUERIES] {
        let mut factors = [E::ONE; QUERIES];
        let rows = scores.len() / place.stride();
        let Self { maxima, totals } = self;
        vectorize_wide::<E, _>(
            #[inline(always)]
            || {
                // The lanes of each row are combined in loops of their own: at the end of a row, the compiler would
                // cut its vectors to the length of the last step.
                let mut lanes = [[E::NEG_INFINITY; LANES]; QUERIES];
                for (i, row) in scores.chunks_exact_mut(place.stride()).enumerate() {
                    place.mask(mask, i, row);
                    lanes[i] = in_lanes(row, E::NEG_INFINITY, larger);
                }
                let mut shifts = [E::ZERO; QUERIES];
                for (shift, lanes) in shifts[..rows].iter_mut().zip(lanes) {
                    *shift = combined(lanes, larger);
                }
                // Of all queries at once: alone, each exponential would wait for the one before.
                for ((shift, most), factor) in
                    shifts[..rows].iter_mut().zip(maxima).zip(&mut factors)
                {
                    let now = larger(*most, *shift);
                    // The query has attended to no key so far: `-inf - -inf` would be NaN.
                    *shift = if now == E::NEG_INFINITY { E::ZERO } else { now };
                    *factor = (*most - *shift).exp2_to_0();
                    *most = now;
                }
                for (i, row) in scores.chunks_exact_mut(place.stride()).enumerate() {
                    let shift = shifts[i];
                    row.iter_mut().for_each(|score| *score = (*score - shift).exp2_to_0());
                    lanes[i] = in_lanes(row, E::ZERO, |sum, x| sum + x);
                }
                for ((total, lanes), factor) in totals[..rows].iter_mut().zip(lanes).zip(factors) {
                    *total = *total * factor + combined(lanes, |a, b| a + b);
                }
            },
        );
        factors
    }

    /// `1 / total`, and 0 for a query that attends to no key.
    pub(super) fn reciprocals(&self) -> [E; QUERIES] {
        self.totals.map(|total| if total == E::ZERO { E::ZERO } else { E::ONE / total })
    }

    /// Replaces scores by `2^(score - maximum) · by`, where maxima and sums of all keys are known.
    #[inline(never)]
    pub(super) fn weigh_again(
        &self,
        mask: &TileMask<'_, E>,
        place: Place,
        scores: &mut [E],
        by: &[E; QUERIES],
    ) {
        for (i, row) in scores.chunks_exact_mut(place.stride()).enumerate() {
            place.mask(mask, i, row);
            let most = self.maxima[i];
            let shift = if most == E::NEG_INFINITY { E::ZERO } else { most };
            row.iter_mut().for_each(|score| *score = (*score - shift).exp2_to_0() * by[i]);
        }
    }
}

#[inline(always)]
fn larger<E: Float>(a: E, b: E) -> E {
    if b > a { b } else { a }
}

/// The elements of each lane of a row of whole lanes, combined in order. NaN is no maximum: its weight becomes NaN anyway.
#[inline(always)]
fn in_lanes<E: Float>(row: &[E], start: E, f: impl Fn(E, E) -> E) -> [E; LANES] {
    let mut lanes = [start; LANES];
    for chunk in row.as_chunks::<LANES>().0 {
        lanes.iter_mut().zip(chunk).for_each(|(lane, &x)| *lane = f(*lane, x));
    }
    lanes
}

/// Combines lanes by halves.
#[inline(always)]
pub(super) fn combined<E: Float>(mut lanes: [E; LANES], f: impl Fn(E, E) -> E) -> E {
    let mut half = LANES;
    while half > 1 {
        half /= 2;
        let (low, high) = lanes.split_at_mut(half);
        low.iter_mut().zip(high).for_each(|(low, high)| *low = f(*low, *high));
    }
    lanes[0]
}
