//! The output.

use std::ops::Range;

use super::head::{Keys, Rows, add_product, padded, product, with_buffers};
use super::weights::{Place, Running};
use super::{KEYS, QUERIES, Sizes, TileMask};
use crate::kernel::gemm::{MatrixMut, MatrixRef};
use crate::kernel::scratch::{self, List};
use crate::kernel::{Float, parallel, vectorize_small, vectorize_wide};

/// The least number of query tiles per task: each task copies the keys and values of its head, which takes time, too.
const MIN_TILES_PER_TASK: usize = 4;

/// Writes the output, (batch, time, heads, width), and two saved numbers for each query and head, (batch, heads, time,
/// 2): the largest score m, and the reciprocal r of the sum of `2^(score - m)`. The backward pass computes the weights
/// from them, `weight = 2^(score - m) · r`. They are infinity and 0 where the query attends to no key. (The single
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
        let Sizes { time, keys, key_heads, size, width, .. } = sizes;
        let key = Rows::new(key, [keys, key_heads, size], self.at);
        let value = Rows::new(value, [keys, key_heads, width], self.at);
        let end = mask.end(&self.queries, keys);
        // A single query reads each key and value once, so that packing them first would only add a copy.
        let copied = if time * sizes.shared() > 1 { end } else { 0 };
        let lengths = [
            padded(copied) * size,
            copied * width,
            QUERIES * size,
            QUERIES * KEYS,
            QUERIES * width,
        ];
        with_buffers(lengths, |[key_tiles, values, queries, scores, sum]| {
            key.transposed_tiles(copied, key_tiles);
            value.copied(0..copied, E::ONE, values);
            let of_keys = match copied {
                0 => (Keys::Rows(key), value),
                _ => (
                    Keys::Tiles(key_tiles, copied),
                    Rows { data: values, step: width, size: width },
                ),
            };
            self.run_in(sizes, (query, of_keys), mask, [queries, scores, sum]);
        });
    }

    /// The forward pass of one task, with keys and values, and scratch buffers.
    fn run_in(
        &mut self,
        sizes: Sizes,
        (query, (all_keys, values)): (&[E], (Keys<'_, E>, Rows<'_, E>)),
        mask: &TileMask<'_, E>,
        [queries, scores, sum]: [&mut [E]; 3],
    ) {
        let Sizes { time, keys, heads, size, width, .. } = sizes;
        let [batch, key_head] = self.at;
        for shared in 0..sizes.shared() {
            let head = key_head * sizes.shared() + shared;
            let rows = Rows::new(query, [time, heads, size], [batch, head]);
            for first in self.queries.clone().step_by(QUERIES) {
                let tile = first..self.queries.end.min(first + QUERIES);
                let count = tile.len();
                rows.copied(tile.clone(), E::from_f64(sizes.scale_of_scores()), queries);
                let queries = MatrixRef::row_major(queries, size);
                let sum = &mut sum[..count * width];
                let end = mask.end(&tile, keys);
                let mut add_tiles = |sum: &mut [E],
                                     weigh: &mut dyn FnMut(
                    Place,
                    &mut [E],
                )
                    -> Option<[E; QUERIES]>| {
                    sum.fill(E::ZERO);
                    for key in (0..end).step_by(KEYS) {
                        // Without keys of later queries: 0 times an infinite value would be NaN.
                        let used = KEYS.min(end - key);
                        let place = Place { batch, head, query: tile.start, key, keys: used };
                        let stride = place.stride();
                        let scores = &mut scores[..count * stride];
                        let key_tile = all_keys.tile(key, size);
                        product([count, size, used], queries, key_tile, scores, stride);
                        if let Some(factors) = weigh(place, scores)
                            && key > 0
                        {
                            scale(sum, &factors, width);
                        }
                        let weights = MatrixRef::row_major(scores, stride);
                        add_product([count, used, width], weights, values.from(key), sum);
                    }
                };
                let mut running = Running::new();
                add_tiles(sum, &mut |place, scores| Some(running.weigh(mask, place, scores)));
                let by = running.reciprocals();
                // Looks at all of them, in vectors.
                let overflows = !sum.iter().fold(true, |finite, x| finite & x.is_finite());
                if overflows {
                    // Values near the largest number: their mean is one, their sum isn't.
                    add_tiles(sum, &mut |place, scores| {
                        running.weigh_again(mask, place, scores, &by);
                        None
                    });
                }
                for (i, row) in sum.chunks_exact(width).take(count).enumerate() {
                    let at = first - self.queries.start + i;
                    let out = &mut self.out.row(at)[shared * width..][..width];
                    let factor = if overflows { E::ONE } else { by[i] };
                    vectorize_small::<E, _>(
                        #[inline(always)]
                        || out.iter_mut().zip(row).for_each(|(out, &sum)| *out = sum * factor),
                    );
                    let open = running.totals[i] != E::ZERO;
                    let most = if open { running.maxima[i] } else { -E::NEG_INFINITY };
                    self.sums[shared][2 * at..][..2].copy_from_slice(&[most, by[i]]);
                }
            }
        }
    }
}

/// `sum = sum · factor`, with a factor for each row. Most factors are 1: the maxima of the first tiles are rarely exceeded.
fn scale<E: Float>(sum: &mut [E], factors: &[E], width: usize) {
    for (sum, &factor) in sum.chunks_exact_mut(width).zip(factors) {
        if factor != E::ONE {
            vectorize_wide::<E, _>(
                #[inline(always)]
                || sum.iter_mut().for_each(|sum| *sum = *sum * factor),
            );
        }
    }
}
