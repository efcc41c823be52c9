//! The output.

use std::ops::Range;

use super::head::{Rows, product, with_buffers};
use super::{KEYS, QUERIES, Sizes, TileMask};
use crate::kernel::gemm::MatrixMut;
use crate::kernel::scratch::{self, List};
use crate::kernel::{Float, parallel, vectorize_wide};

/// The least number of query tiles per task: each task copies the keys and values of its head, which takes time, too.
const MIN_TILES_PER_TASK: usize = 4;

/// Writes the output, (batch, time, heads, width), and two saved numbers for each query and head, (batch, heads, time,
/// 2): the largest score m, and the reciprocal r of the sum of `e^(score - m)`. The backward pass computes the weights
/// from them, `weight = e^(score - m) · r`. They are infinity and 0 where the query attends to no key. (The single
/// number `m + log sum` would lose the sum where m is large, as with a mask of -1e9.)
pub(crate) fn forward<E: Float>(
    sizes: Sizes,
    [query, key, value]: [&[E]; 3],
    mask: &TileMask<'_, E>,
    out: &mut [E],
    sums: &mut [E],
) {
    let Sizes { time, key_heads, width, heads, .. } = sizes;
    assert_eq!([out.len(), sums.len()], [sizes.rows() * width, sizes.saved()], "the outputs");
    // If there are too few heads to keep all threads busy, the queries of a head are split among several tasks. The
    // split changes no bit.
    let heads_of_keys = sizes.batch * key_heads;
    let shares = match parallel::num_threads() {
        1 => 1,
        threads => (2 * threads).div_ceil(heads_of_keys),
    };
    let tiles = time.div_ceil(QUERIES).div_ceil(shares).max(MIN_TILES_PER_TASK);
    let mut tasks = scratch::list();
    let mut rest = sums;
    for (b, out) in out.chunks_exact_mut(time * heads * width).enumerate() {
        let mut all = MatrixMut::new(out, [time, heads * width], heads * width);
        for key_head in 0..key_heads {
            let (head, after) = all.split_columns(sizes.shared() * width);
            all = after;
            let (own, after) = rest.split_at_mut(2 * sizes.shared() * time);
            rest = after;
            let mut own: List<&mut [E]> = own.chunks_exact_mut(2 * time).collect();
            let mut head = head;
            for first in (0..time).step_by(tiles * QUERIES) {
                let rows = (tiles * QUERIES).min(time - first);
                let (out, below) = head.split_rows(rows);
                head = below;
                let sums = own.iter_mut().map(|sums| {
                    let (now, later) = std::mem::take(sums).split_at_mut(2 * rows);
                    *sums = later;
                    now
                });
                let sums = sums.collect();
                tasks.push(Task { at: [b, key_head], queries: first..first + rows, out, sums });
            }
        }
    }
    parallel::for_chunks(&mut tasks, 1, true, &|_, tasks| {
        tasks.iter_mut().for_each(|task| task.run(sizes, [query, key, value], mask));
    });
}

/// A task: some queries of one example, for the heads that share one head of keys.
struct Task<'a, E> {
    /// The index of the example and of the head of keys.
    at: [usize; 2],
    queries: Range<usize>,
    /// The output, (queries, shared heads · width).
    out: MatrixMut<'a, E>,
    /// For each shared head, the two saved numbers of each query.
    sums: List<&'a mut [E]>,
}

impl<E: Float> Task<'_, E> {
    fn run(&mut self, sizes: Sizes, [query, key, value]: [&[E]; 3], mask: &TileMask<'_, E>) {
        let Sizes { keys, key_heads, size, width, .. } = sizes;
        let key = Rows::new(key, [keys, key_heads, size], self.at);
        let value = Rows::new(value, [keys, key_heads, width], self.at);
        let end = mask.end(&self.queries, keys);
        let lengths = [
            end * size,
            end * width,
            QUERIES * size,
            QUERIES * KEYS,
            QUERIES * width,
            QUERIES * width,
        ];
        with_buffers(lengths, |buffers| {
            key.transposed_tiles(end, buffers[0]);
            value.copied(0..end, E::ONE, buffers[1]);
            self.run_in(sizes, (query, end), mask, buffers);
        });
    }

    /// The forward pass of one task, on the first `end` keys and values, copied into tiles, and scratch buffers.
    fn run_in(
        &mut self,
        sizes: Sizes,
        (query, last_key): (&[E], usize),
        mask: &TileMask<'_, E>,
        [keys_in_tiles, values, queries, scores, sum, part]: [&mut [E]; 6],
    ) {
        let Sizes { time, keys, heads, size, width, .. } = sizes;
        let [batch, key_head] = self.at;
        for shared in 0..sizes.shared() {
            let head = key_head * sizes.shared() + shared;
            let rows = Rows::new(query, [time, heads, size], [batch, head]);
            for first in self.queries.clone().step_by(QUERIES) {
                let tile = first..self.queries.end.min(first + QUERIES);
                let count = tile.len();
                rows.copied(tile.clone(), E::from_f64(sizes.scale()), queries);
                let mut maxima = [E::NEG_INFINITY; QUERIES];
                let mut totals = [E::ZERO; QUERIES];
                let sum = &mut sum[..count * width];
                let end = mask.end(&tile, keys);
                let at = |first_key| ([batch, head, tile.start], first_key);
                let mut add_tiles = |sum: &mut [E],
                                     weigh: &mut dyn FnMut(
                    usize,
                    (&mut [E], usize),
                ) -> [E; QUERIES]| {
                    sum.fill(E::ZERO);
                    for first_key in (0..end).step_by(KEYS) {
                        // The tile as it was copied, which may have more keys than these queries attend to.
                        let wide = KEYS.min(last_key - first_key);
                        let scores = &mut scores[..count * wide];
                        let key_tile = &keys_in_tiles[first_key * size..][..size * wide];
                        product([count, size, wide], queries, key_tile, scores);
                        let factors = weigh(first_key, (scores, wide));
                        // Without keys of later queries: 0 times an infinite value would be NaN, on some numbers of threads.
                        let used = wide.min(end - first_key);
                        keep_columns(scores, wide, used);
                        let part = &mut part[..count * width];
                        let values = &values[first_key * width..];
                        product([count, used, width], &scores[..count * used], values, part);
                        add_scaled(sum, &factors, part, width);
                    }
                };
                add_tiles(sum, &mut |first_key, scores| {
                    weights(mask, at(first_key), scores, &mut maxima[..count], &mut totals[..count])
                });
                let by =
                    totals.map(|total| if total == E::ZERO { E::ZERO } else { E::ONE / total });
                let overflows = !sum.iter().all(|x| x.is_finite());
                if overflows {
                    // Values near the largest number: their mean is one, their sum isn't.
                    add_tiles(sum, &mut |first_key, scores| {
                        normalized_weights(mask, at(first_key), scores, [&maxima, &by]);
                        [E::ONE; QUERIES]
                    });
                }
                for (i, row) in sum.chunks_exact(width).take(count).enumerate() {
                    let at = first - self.queries.start + i;
                    let out = &mut self.out.row(at)[shared * width..][..width];
                    let factor = if overflows { E::ONE } else { by[i] };
                    out.iter_mut().zip(row).for_each(|(out, &sum)| *out = sum * factor);
                    let open = totals[i] != E::ZERO;
                    let most = if open { maxima[i] } else { -E::NEG_INFINITY };
                    self.sums[shared][2 * at..][..2].copy_from_slice(&[most, by[i]]);
                }
            }
        }
    }
}

/// Replaces scores by `e^(score - maximum)`, and updates maxima and sums. Returns the factor by which earlier sums must
/// be multiplied.
#[inline(never)]
fn weights<E: Float>(
    mask: &TileMask<'_, E>,
    ([batch, head, query], first_key): ([usize; 3], usize),
    (scores, width): (&mut [E], usize),
    maxima: &mut [E],
    totals: &mut [E],
) -> [E; QUERIES] {
    let mut factors = [E::ONE; QUERIES];
    vectorize_wide::<E, _>(
        #[inline(always)]
        || {
            for (i, row) in scores.chunks_exact_mut(width).enumerate() {
                mask.apply([batch, head, query + i], first_key, row);
                let before = maxima[i];
                let now = maximum(row).max(before);
                // The query has attended to no key so far: `-inf - -inf` would be NaN.
                let shift = if now == E::NEG_INFINITY { E::ZERO } else { now };
                row.iter_mut().for_each(|score| *score = (*score - shift).exp_to_0());
                factors[i] = (before - shift).exp_to_0();
                totals[i] = totals[i] * factors[i] + total(row);
                maxima[i] = now;
            }
        },
    );
    factors
}

/// Replaces scores by `e^(score - maximum) · by`, where maxima and sums of all keys are known.
#[inline(never)]
fn normalized_weights<E: Float>(
    mask: &TileMask<'_, E>,
    ([batch, head, query], first_key): ([usize; 3], usize),
    (scores, width): (&mut [E], usize),
    [maxima, by]: [&[E; QUERIES]; 2],
) {
    for (i, row) in scores.chunks_exact_mut(width).enumerate() {
        mask.apply([batch, head, query + i], first_key, row);
        let shift = if maxima[i] == E::NEG_INFINITY { E::ZERO } else { maxima[i] };
        row.iter_mut().for_each(|score| *score = (*score - shift).exp_to_0() * by[i]);
    }
}

/// The first `used` of `width` columns, moved together.
fn keep_columns<E: Float>(x: &mut [E], width: usize, used: usize) {
    if used < width {
        for row in 1..x.len() / width {
            x.copy_within(row * width..row * width + used, row * used);
        }
    }
}

/// The largest element. NaN is skipped here: its weight becomes NaN anyway.
#[inline(always)]
fn maximum<E: Float>(x: &[E]) -> E {
    let (chunks, rest) = x.as_chunks::<16>();
    let mut lanes = [E::NEG_INFINITY; 16];
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane = if x > *lane { x } else { *lane };
        }
    }
    let larger = |a: E, &b: &E| if b > a { b } else { a };
    rest.iter().fold(lanes.iter().fold(E::NEG_INFINITY, larger), larger)
}

/// The sum, in 16 lanes that are added in order.
#[inline(always)]
fn total<E: Float>(x: &[E]) -> E {
    let (chunks, rest) = x.as_chunks::<16>();
    let mut lanes = [E::ZERO; 16];
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, &x)| *lane += x);
    }
    lanes.iter_mut().zip(rest).for_each(|(lane, &x)| *lane += x);
    let mut half = 16;
    while half > 1 {
        half /= 2;
        let (low, high) = lanes.split_at_mut(half);
        low.iter_mut().zip(high).for_each(|(low, high)| *low += *high);
    }
    lanes[0]
}

/// `sum = sum · factor + part`, with a factor for each row.
fn add_scaled<E: Float>(sum: &mut [E], factors: &[E], part: &[E], width: usize) {
    vectorize_wide::<E, _>(
        #[inline(always)]
        || {
            let rows = sum.chunks_exact_mut(width).zip(part.chunks_exact(width));
            for ((sum, part), &factor) in rows.zip(factors) {
                sum.iter_mut().zip(part).for_each(|(sum, &part)| *sum = *sum * factor + part);
            }
        },
    );
}
