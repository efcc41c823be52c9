//! Folds over the middle axis of a block `(outer, length, inner)`: maxima, products, counts, sums of powers.
//!
//! ```text
//! for each o:  acc[i] = start;  for each l, i:  acc[i] = add(acc[i], x[o, l, i]);  out[o, i] = acc[i]
//! ```
//!
//! What is changed for speed:
//! 1. Rows shorter than a SIMD vector (`inner` small) are joined: several of them are one wide row, whose
//!    accumulators are merged at the end. So a fold over the last axis (`inner` is 1) is vectorized too.
//! 2. A maximum looks for NaN by a sum of the elements, next to it: one addition instead of two comparisons for each. If
//!    the sum is NaN, the block is folded again, one element after the other.
//! 3. Few blocks that are long are cut into bands along `length`, which are folded in parallel and then merged in
//!    order. Long rows are cut into tiles of columns, whose accumulators stay in L1.
//!
//! The order of a fold depends on the lengths alone.

mod columns;
mod kinds;
#[cfg(test)]
mod tests;

pub(crate) use kinds::*;

use columns::{add_row, add_rows, any_doubt, fold_columns, fold_exactly, fold_pieces};

use super::{parallel, vectorize_small};
use crate::kernel::scratch;

/// The shape of a contiguous array `(outer, length, inner)` whose middle axis is reduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) outer: usize,
    pub(crate) length: usize,
    pub(crate) inner: usize,
}

impl Block {
    /// The number of elements of the reduced array.
    pub(crate) fn reduced(self) -> usize {
        self.outer * self.inner
    }
}

/// Columns of which one task folds all rows. A row with fewer columns isn't divided.
const TILE: usize = 1024;
/// The least number of rows of a band.
const BAND: usize = 64;
/// Elements per task.
const ELEMENTS_PER_TASK: usize = 32 * 1024;

/// `out[o, i]` = the fold of `x[o, ·, i]`.
pub(crate) fn fold<A, F>(f: F, x: &[A], block: Block, out: &mut [F::Value])
where
    A: Copy + Sync,
    F: Fold<A>,
{
    let Block { outer, length, inner } = block;
    assert_eq!((x.len(), out.len()), (outer * length * inner, block.reduced()), "fold: lengths");
    if x.is_empty() {
        return out.fill(f.start());
    }
    let size = length * inner;
    if inner > TILE {
        return parallel::for_chunks(out, TILE, true, &|task, out| {
            fold_columns(f, x, [length, inner], task * TILE, out);
        });
    }
    let bands = if outer < 16 { (length / BAND).clamp(1, 16) } else { 1 };
    if bands == 1 {
        let blocks = (ELEMENTS_PER_TASK / size).max(1);
        return parallel::for_chunks(out, blocks * inner, true, &|task, out| {
            fold_blocks(f, &x[task * blocks * size..], size, inner, out);
        });
    }
    let rows = length.div_ceil(bands);
    let bands = length.div_ceil(rows);
    let mut partial = scratch::filled(bands * out.len(), f.start());
    parallel::for_chunks(&mut partial, inner, x.len() > 2 * ELEMENTS_PER_TASK, &|task, out| {
        let (block, band) = (task / bands, task % bands);
        let start = block * size + band * rows * inner;
        let x = &x[start..(start + rows * inner).min((block + 1) * size)];
        fold_blocks(f, x, x.len(), inner, out);
    });
    for (out, bands) in out.chunks_exact_mut(inner).zip(partial.chunks_exact(bands * inner)) {
        merge_rows(f, bands, out);
    }
}

/// The folds of blocks that all have `size` elements.
#[inline(never)]
fn fold_blocks<A: Copy, F: Fold<A>>(
    f: F,
    x: &[A],
    size: usize,
    inner: usize,
    out: &mut [F::Value],
) {
    vectorize_small::<A, _>(
        #[inline(always)]
        || {
            for (out, x) in out.chunks_exact_mut(inner).zip(x.chunks_exact(size)) {
                fold_block(f, x, out);
            }
        },
    );
}

/// Merges accumulators of the same column: `out[i] = merge(.., rows[r, i], ..)`.
#[inline(always)]
fn merge_rows<A, F: Fold<A>>(f: F, rows: &[F::Value], out: &mut [F::Value]) {
    let (first, others) = rows.split_at(out.len());
    out.copy_from_slice(first);
    for row in others.chunks_exact(out.len()) {
        for (out, &value) in out.iter_mut().zip(row) {
            *out = f.merge(*out, value);
        }
    }
}

/// `out[i]` = the fold of column i of `x`.
#[inline(always)]
fn fold_block<A: Copy, F: Fold<A>>(f: F, x: &[A], out: &mut [F::Value]) {
    match out.len() {
        1 if x.len() < 16 => out[0] = x.iter().fold(f.start(), |value, &x| f.add(value, x)),
        1 | 2 | 4 | 8 | 16 if x.len() >= 128 => fold_lanes::<{ 2 * LANES }, A, F>(f, x, out),
        1 | 2 | 4 | 8 | 16 => fold_lanes::<LANES, A, F>(f, x, out),
        inner => {
            // Rows joined to a wide one, as long as that is short.
            let joined = (64 / inner).min(x.len() / inner);
            if joined <= 1 {
                return fold_pieces(f, x, [x.len() / inner, inner], out);
            }
            let (mut wide, mut flags) = ([f.start(); 64], [f.flag_start(); 64]);
            let (wide, flags) = (&mut wide[..joined * inner], &mut flags[..joined * inner]);
            add_rows(f, x, wide, flags);
            if any_doubt(f, flags) {
                return fold_exactly(f, x.chunks_exact(inner), out);
            }
            merge_rows(f, wide, out);
        }
    }
}

/// The accumulators of [`fold_lanes`]. Long folds have twice as many, since each step waits for the one before it.
const LANES: usize = 16;

/// The fold of each column for up to [`LANES`] columns, whose number is a power of two.
#[inline(always)]
fn fold_lanes<const N: usize, A: Copy, F: Fold<A>>(f: F, x: &[A], out: &mut [F::Value]) {
    let (mut values, mut flags) = ([f.start(); N], [f.flag_start(); N]);
    let (chunks, rest) = x.as_chunks::<N>();
    for chunk in chunks {
        add_row(f, chunk, &mut values, &mut flags);
    }
    add_row(f, rest, &mut values, &mut flags);
    // Copies are merged, since accumulators whose address is taken would be stored in each step.
    let (mut merged, doubts) = (values, flags);
    if !merge_lanes(f, &mut merged, &doubts, out) {
        fold_exactly(f, x.chunks_exact(out.len()), out);
    }
}

/// Merges the accumulators as a tree, unless there is a doubt. It isn't inlined: otherwise the compiler would split the accumulators into the
/// pairs that are merged last, already in the hot loop.
#[inline(never)]
fn merge_lanes<const N: usize, A, F: Fold<A>>(
    f: F,
    values: &mut [F::Value; N],
    flags: &[F::Value; N],
    out: &mut [F::Value],
) -> bool {
    if any_doubt(f, flags) {
        return false;
    }
    // To a constant width in the common case, so that these loops are unrolled.
    match out {
        [out] => *out = merge_to::<N, A, F>(f, values, 1)[0],
        _ => out.copy_from_slice(merge_to::<N, A, F>(f, values, out.len())),
    }
    true
}

#[inline(always)]
fn merge_to<const N: usize, A, F: Fold<A>>(
    f: F,
    values: &mut [F::Value; N],
    columns: usize,
) -> &[F::Value] {
    let mut width = N;
    while width > columns {
        width /= 2;
        for i in 0..width {
            values[i] = f.merge(values[i], values[i + width]);
        }
    }
    &values[..columns]
}
