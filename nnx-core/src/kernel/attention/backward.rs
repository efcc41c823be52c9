//! The gradients. With the weights `P`, the gradient `dO` of the output and `d = Σ dO O` of each row:
//!
//! ```text
//! dV = Pᵀ dO    dS = P (dO Vᵀ - d)    dQ = dS K / √size    dK = dSᵀ Q / √size
//! ```

use std::f64::consts::LN_2;

use super::head::{Keys, Rows, add_product, padded, product, with_buffers};
use super::weights::{Place, combined};
use super::{KEYS, LANES, QUERIES, Sizes, TileMask};
use crate::kernel::gemm::{MatrixMut, MatrixRef};
use crate::kernel::{Float, parallel, scratch, vectorize_wide};

/// The gradients of queries, keys and values, in their shapes.
#[derive(Debug)]
pub(crate) struct Gradients<'a, E> {
    pub(crate) query: &'a mut [E],
    pub(crate) key: &'a mut [E],
    pub(crate) value: &'a mut [E],
}

/// Writes the gradients with respect to queries, keys and values, given `dy`, the gradient with respect to the output. `out`
/// and `sums` are what [`forward`](super::forward) has written.
pub(crate) fn backward<E: Float>(
    sizes: Sizes,
    inputs: [&[E]; 3],
    mask: &TileMask<'_, E>,
    [out, sums, dy]: [&[E]; 3],
    gradients: Gradients<'_, E>,
) {
    let Sizes { time, keys, heads, key_heads, size, width, .. } = sizes;
    let mut tasks = scratch::list();
    let Gradients { query, key, value } = gradients;
    let queries = query.chunks_exact_mut(time * heads * size);
    let others = key
        .chunks_exact_mut(keys * key_heads * size)
        .zip(value.chunks_exact_mut(keys * key_heads * width));
    for (batch, (query, (key, value))) in queries.zip(others).enumerate() {
        let matrix = |x, rows, columns| MatrixMut::new(x, [rows, columns], columns);
        let mut query = matrix(query, time, heads * size);
        let mut key = matrix(key, keys, key_heads * size);
        let mut value = matrix(value, keys, key_heads * width);
        for key_head in 0..key_heads {
            let own = [
                query.split_columns(sizes.shared() * size),
                key.split_columns(size),
                value.split_columns(width),
            ];
            let [(of_query, q), (of_key, k), (of_value, v)] = own;
            (query, key, value) = (q, k, v);
            tasks.push(Task {
                at: [batch, key_head],
                query: of_query,
                key: of_key,
                value: of_value,
            });
        }
    }
    parallel::for_chunks(&mut tasks, 1, true, &|_, tasks| {
        tasks.iter_mut().for_each(|task| task.run(sizes, inputs, mask, [out, sums, dy]));
    });
}

/// One head of keys of one example, with the heads of queries that share it.
struct Task<'a, E> {
    at: [usize; 2],
    query: MatrixMut<'a, E>,
    key: MatrixMut<'a, E>,
    value: MatrixMut<'a, E>,
}

impl<E: Float> Task<'_, E> {
    fn run(
        &mut self,
        sizes: Sizes,
        [query, key, value]: [&[E]; 3],
        mask: &TileMask<'_, E>,
        [out, sums, dy]: [&[E]; 3],
    ) {
        let Sizes { keys, key_heads, size, width, .. } = sizes;
        let key = Rows::new(key, [keys, key_heads, size], self.at);
        let value = Rows::new(value, [keys, key_heads, width], self.at);
        let lengths = [
            padded(keys) * size,
            padded(keys) * width,
            keys * size,
            keys * size,
            keys * width,
            QUERIES * size,
            QUERIES * size,
            QUERIES * width,
            QUERIES * KEYS,
            QUERIES * KEYS,
        ];
        with_buffers(lengths, |buffers| {
            let [key_tiles, value_tiles, key_rows, dkeys, dvalues, rest @ ..] = buffers;
            key.transposed_tiles(keys, key_tiles);
            value.transposed_tiles(keys, value_tiles);
            key.copied(0..keys, E::ONE, key_rows);
            dkeys.fill(E::ZERO);
            dvalues.fill(E::ZERO);
            let of_keys = [&*key_tiles, &*value_tiles, &*key_rows];
            self.run_in(
                sizes,
                (query, of_keys),
                mask,
                [out, sums, dy],
                ([&mut *dkeys, &mut *dvalues], rest),
            );
            let unit = E::from_f64(LN_2);
            for (row, (dkey, dvalue)) in
                dkeys.chunks_exact(size).zip(dvalues.chunks_exact(width)).enumerate()
            {
                // The queries that they were multiplied by have a scale in units of `log2 e`.
                let to = self.key.row(row).iter_mut();
                to.zip(dkey).for_each(|(to, &x)| *to = x * unit);
                self.value.row(row).copy_from_slice(dvalue);
            }
        });
    }

    /// The backward pass of one task, on keys and values copied into tiles, keys also in rows, and scratch buffers.
    /// Adds to the gradients of keys, which are still to be scaled, and of values.
    fn run_in(
        &mut self,
        sizes: Sizes,
        (query, [key_tiles, value_tiles, key_rows]): (&[E], [&[E]; 3]),
        mask: &TileMask<'_, E>,
        [out, sums, dy]: [&[E]; 3],
        ([dkeys, dvalues], buffers): ([&mut [E]; 2], [&mut [E]; 5]),
    ) {
        let Sizes { time, keys, heads, size, width, .. } = sizes;
        let [batch, key_head] = self.at;
        let scale = E::from_f64(sizes.scale());
        let [queries, dqueries, dys, weights, slopes] = buffers;
        let key_tiles = Keys::Tiles(key_tiles, keys);
        let value_tiles = Keys::Tiles(value_tiles, keys);
        for head in key_head * sizes.shared()..(key_head + 1) * sizes.shared() {
            let of_head = [batch, head];
            let rows = Rows::new(query, [time, heads, size], of_head);
            let [out, dy] = [out, dy].map(|x| Rows::new(x, [time, heads, width], of_head));
            let sums = &sums[2 * (batch * heads + head) * time..][..2 * time];
            for first in (0..time).step_by(QUERIES) {
                let tile = first..time.min(first + QUERIES);
                let count = tile.len();
                rows.copied(tile.clone(), E::from_f64(sizes.scale_of_scores()), queries);
                dy.copied(tile.clone(), E::ONE, dys);
                let queries = MatrixRef::row_major(queries, size);
                let dys = MatrixRef::row_major(dys, width);
                let mut means = [E::ZERO; QUERIES];
                for (mean, row) in means.iter_mut().zip(tile.clone()) {
                    *mean = dot(out.row(row), dy.row(row));
                }
                let dqueries = &mut dqueries[..count * size];
                dqueries.fill(E::ZERO);
                let end = mask.end(&tile, keys);
                for key in (0..end).step_by(KEYS) {
                    let used = KEYS.min(end - key);
                    let place = Place { batch, head, query: tile.start, key, keys: used };
                    let stride = place.stride();
                    let [weights, slopes] =
                        [&mut *weights, &mut *slopes].map(|x| &mut x[..count * stride]);
                    let key_tile = key_tiles.tile(key, size);
                    product([count, size, used], queries, key_tile, weights, stride);
                    product(
                        [count, width, used],
                        dys,
                        value_tiles.tile(key, width),
                        slopes,
                        stride,
                    );
                    gradients_of_scores(
                        (mask, place),
                        [weights, slopes],
                        [&sums[2 * tile.start..2 * tile.end], &means[..count]],
                    );
                    let [weights, slopes] =
                        [weights, slopes].map(|x| MatrixRef::row_major(x, stride));
                    let key_rows = MatrixRef::row_major(&key_rows[key * size..], size);
                    add_product([count, used, size], slopes, key_rows, dqueries);
                    let to = &mut dvalues[key * width..][..used * width];
                    add_product([used, count, width], weights.transposed(), dys, to);
                    let to = &mut dkeys[key * size..][..used * size];
                    add_product([used, count, size], slopes.transposed(), queries, to);
                }
                let column = (head - key_head * sizes.shared()) * size;
                for (row, dquery) in tile.zip(dqueries.chunks_exact(size)) {
                    let to = &mut self.query.row(row)[column..][..size];
                    to.iter_mut().zip(dquery).for_each(|(to, &x)| *to = x * scale);
                }
            }
        }
    }
}

/// Replaces scores by the weights, and the gradients of the weights by those of the scores.
#[inline(never)]
fn gradients_of_scores<E: Float>(
    (mask, place): (&TileMask<'_, E>, Place),
    [weights, slopes]: [&mut [E]; 2],
    [sums, means]: [&[E]; 2],
) {
    let stride = place.stride();
    vectorize_wide::<E, _>(
        #[inline(always)]
        || {
            let rows = weights.chunks_exact_mut(stride).zip(slopes.chunks_exact_mut(stride));
            for (i, (weights, slopes)) in rows.enumerate() {
                place.mask(mask, i, weights);
                let (most, by, mean) = (sums[2 * i], sums[2 * i + 1], means[i]);
                for (weight, slope) in weights.iter_mut().zip(slopes) {
                    let x = (*weight - most).exp2_to_0() * by;
                    *slope = x * (*slope - mean);
                    *weight = x;
                }
            }
        },
    );
}

/// The sum of the products, in lanes that are added by halves.
fn dot<E: Float>(a: &[E], b: &[E]) -> E {
    let mut lanes = [E::ZERO; LANES];
    vectorize_wide::<E, _>(
        #[inline(always)]
        || {
            for (a, b) in a.chunks(LANES).zip(b.chunks(LANES)) {
                let products = a.iter().zip(b).map(|(&a, &b)| a * b);
                lanes.iter_mut().zip(products).for_each(|(lane, x)| *lane += x);
            }
        },
    );
    combined(lanes, |a, b| a + b)
}
