//! Folds over the middle axis of a block `(outer, length, inner)`: maxima, products, counts, sums of powers.
//!
//! ```text
//! for each o:  acc[i] = start;  for each l, i:  acc[i] = add(acc[i], x[o, l, i]);  out[o, i] = acc[i]
//! ```
//!
//! What is changed for speed:
//! 1. Rows shorter than a SIMD vector (`inner` small) are joined: several of them are one wide row, whose
//!    accumulators are merged at the end. So a fold over the last axis (`inner` is 1) is vectorized too.
//! 2. Few blocks that are long are cut into bands along `length`, which are folded in parallel and then merged in
//!    order. Long rows are cut into tiles of columns, whose accumulators stay in L1.
//!
//! The order of a fold depends on the lengths alone.

mod kinds;
#[cfg(test)]
mod tests;

pub(crate) use kinds::*;

use super::{parallel, vectorize};

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

/// Columns per tile.
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
    let mut partial = vec![f.start(); bands * out.len()];
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
    vectorize(
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

/// Elements `first..` of the result, where rows are longer than a tile. They may belong to two blocks.
fn fold_columns<A: Copy, F: Fold<A>>(
    f: F,
    x: &[A],
    [length, inner]: [usize; 2],
    mut first: usize,
    mut out: &mut [F::Value],
) {
    while !out.is_empty() {
        let (block, column) = (first / inner, first % inner);
        let (part, rest) = out.split_at_mut(out.len().min(inner - column));
        vectorize(
            #[inline(always)]
            || {
                part.fill(f.start());
                for row in 0..length {
                    let x = &x[(block * length + row) * inner + column..];
                    for (value, &x) in part.iter_mut().zip(x) {
                        *value = f.add_to_column(*value, x);
                    }
                }
            },
        );
        first += part.len();
        out = rest;
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
            // Short rows are joined to a wide one.
            let joined = (64 / inner).max(1).min(x.len() / inner);
            if joined <= 1 {
                out.fill(f.start());
                return add_rows(f, x, out);
            }
            let mut wide = [f.start(); 64];
            let wide = &mut wide[..joined * inner];
            add_rows(f, x, wide);
            merge_rows(f, wide, out);
        }
    }
}

/// Adds rows of the length of `values`; the last one may be shorter.
#[inline(always)]
fn add_rows<A: Copy, F: Fold<A>>(f: F, x: &[A], values: &mut [F::Value]) {
    for row in x.chunks(values.len()) {
        for (value, &x) in values.iter_mut().zip(row) {
            *value = f.add_to_column(*value, x);
        }
    }
}

/// The number of accumulators of [`fold_lanes`]. Long folds have twice as many, because each addition waits for the
/// previous one.
const LANES: usize = 16;

/// The fold of each column for up to [`LANES`] columns, whose number is a power of two.
#[inline(always)]
fn fold_lanes<const N: usize, A: Copy, F: Fold<A>>(f: F, x: &[A], out: &mut [F::Value]) {
    let mut values = [f.start(); N];
    let (chunks, rest) = x.as_chunks::<N>();
    for chunk in chunks {
        for (value, &x) in values.iter_mut().zip(chunk) {
            *value = f.add(*value, x);
        }
    }
    for (value, &x) in values.iter_mut().zip(rest) {
        *value = f.add(*value, x);
    }
    merge_lanes(f, &mut values, out);
}

/// Merges the accumulators as a tree. It isn't inlined: otherwise the compiler would split the accumulators into the
/// pairs that are merged last, already in the hot loop.
#[inline(never)]
fn merge_lanes<const N: usize, A, F: Fold<A>>(
    f: F,
    values: &mut [F::Value; N],
    out: &mut [F::Value],
) {
    let mut width = N;
    while width > out.len() {
        width /= 2;
        let (left, right) = values.split_at_mut(width);
        for (left, &right) in left.iter_mut().zip(&*right) {
            *left = f.merge(*left, right);
        }
    }
    out.copy_from_slice(&values[..out.len()]);
}
