//! The innermost part: some columns of the product, a few rows at a time, whose sums are held in registers.

use super::Indexed;
use crate::kernel::{Kernel, Simd};

/// Terms from which on a tile takes longer than memory that is waited for.
const LONG: usize = 64;

/// Some columns of the rows from `row` on: as many as tiles of the level are wide, at most.
pub(super) struct Panel<'a> {
    pub(super) x: Indexed<'a, f32>,
    pub(super) row: usize,
    pub(super) column: usize,
    pub(super) width: usize,
    /// What the sums of these columns start from: nothing, or a number for each.
    pub(super) bias: &'a [f32],
    /// Are the sums added to what C holds?
    pub(super) add: bool,
}

impl Panel<'_> {
    /// Computes tiles of as many rows as are left, at most those of a tile of the level, until fewer are
    /// left. Gives the number of all their rows.
    #[inline(always)]
    pub(super) fn tiles<S: Simd>(self, simd: S, c: &mut [f32], to: &[usize]) -> usize {
        let vectors = self.width.div_ceil(S::LANES);
        let left = rows_of_tiles::<S>(self.x.rows.len() - self.row, vectors);
        macro_rules! by_size {
            ($($vectors:literal $lanewise:literal: $($rows:literal)*;)*) => {
                match (vectors, self.x.lanewise) {
                    $($(
                        ($vectors, $lanewise)
                            if const { fits::<S>($rows, $vectors) } && left >= $rows =>
                        {
                            let (panel, rows) = (self, left);
                            simd.run(Tiles::<$rows, $vectors, $lanewise> { panel, rows, c, to })
                        }
                    )*)*
                    _ => unreachable!("a tile of {left} rows of {vectors} vectors"),
                }
            };
        }
        by_size! {
            1 true: 8 6 4 3 1;
            1 false: 8 6 4 3 1;
            2 false: 8 6 4 3 1;
            3 false: 8 6 4 3 1;
            4 false: 6 4 3 1;
        }
    }
}

/// How many of the rows that are left the next tiles of so many vectors may take: all, but a single row in
/// the end has too few sums for the latency of an addition, so that nine are rather cut to six and three
/// than to eight and one.
fn rows_of_tiles<S: Simd>(left: usize, vectors: usize) -> usize {
    let most = (S::TILE[0] * S::TILE[1] / vectors.max(1)).min(S::TILE[0]);
    match left % most {
        1 if left > most + 1 => left - (most + 1),
        1 if left == most + 1 => most - 2,
        _ => left,
    }
}

/// The most vectors of a tile: four, if six rows of them fit in the registers as the level's own tile does.
pub(super) const fn widest<S: Simd>() -> usize {
    let [rows, vectors] = S::TILE;
    if rows >= 6 && rows * vectors >= 6 * 4 { 4 } else { vectors }
}

/// Is there such a tile at this level?
const fn fits<S: Simd>(rows: usize, vectors: usize) -> bool {
    let most = S::TILE[0] * S::TILE[1];
    rows <= S::TILE[0] && vectors <= widest::<S>() && rows * vectors <= most
}

/// Tiles of `R` rows of `V` vectors, the last of which may be partial: those that fit in `rows` rows.
struct Tiles<'a, const R: usize, const V: usize, const LANEWISE: bool> {
    panel: Panel<'a>,
    rows: usize,
    c: &'a mut [f32],
    to: &'a [usize],
}

impl<const R: usize, const V: usize, const LANEWISE: bool> Kernel for Tiles<'_, R, V, LANEWISE> {
    type Output = usize;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> usize {
        // A tile that is whole needs no mask, and no register for it.
        if const { S::LANES == 1 } || self.panel.width == V * S::LANES {
            self.compute::<S, true>(simd)
        } else {
            self.compute::<S, false>(simd)
        }
    }
}

impl<const R: usize, const V: usize, const LANEWISE: bool> Tiles<'_, R, V, LANEWISE> {
    #[inline(always)]
    fn compute<S: Simd, const WHOLE: bool>(self, simd: S) -> usize {
        let Panel { x, row, column, width, bias, add } = self.panel;
        let before_last = (V - 1) * S::LANES;
        assert!(width > before_last && width <= V * S::LANES && column + width <= x.columns);
        let mask = simd.mask(width - before_last);
        let load = |at: *const f32, v: usize| {
            let at = at.wrapping_add(v * S::LANES);
            // SAFETY: of the `width` numbers from the given place on these are the `v`th vector, the last
            // one by its mask; the callers below vouch for them.
            unsafe { if WHOLE || v + 1 < V { simd.load(at) } else { simd.load_masked(at, mask) } }
        };
        assert!(bias.is_empty() || bias.len() == width, "a bias for each column");
        let b = x.b.as_ptr().wrapping_add(column);
        let (tiles, _) = x.rows[row..][..self.rows].as_chunks::<R>();
        let (places, _) = self.to[row..].as_chunks::<R>();
        for (rows, to) in tiles.iter().zip(places) {
            // Where the sums go is fetched while they are added up, if that takes as long as memory does.
            if x.terms.len() >= LONG {
                for to in to {
                    let row = self.c.as_ptr().wrapping_add(to + column);
                    (0..V).for_each(|v| simd.prefetch(row.wrapping_add(v * S::LANES)));
                }
            }
            let mut first = [simd.splat(0.0); V];
            if !bias.is_empty() {
                let bias = bias.as_ptr();
                // The bias has `width` numbers from here on.
                first.iter_mut().enumerate().for_each(|(v, first)| *first = load(bias, v));
            }
            let mut sums = [first; R];
            let starts = rows.map(|row| x.a.as_ptr().wrapping_add(row));
            for term in x.terms {
                // `check` held the farthest row and term within A, B and the columns.
                let mut vectors = [simd.splat(0.0); V];
                for (v, vector) in vectors.iter_mut().enumerate() {
                    *vector = load(b.wrapping_add(term.b), v);
                }
                for (sums, start) in sums.iter_mut().zip(starts) {
                    let at = start.wrapping_add(term.a);
                    // SAFETY: `check` held the farthest row and the farthest term together within A.
                    let same = if LANEWISE { simd.splat(0.0) } else { simd.splat(unsafe { *at }) };
                    for (v, (sum, &vector)) in sums.iter_mut().zip(&vectors).enumerate() {
                        let factor = if LANEWISE { load(at.wrapping_add(column), v) } else { same };
                        *sum = simd.multiply_add(factor, vector, *sum);
                    }
                }
            }
            for (sums, &to) in sums.into_iter().zip(to) {
                let c = self.c.as_mut_ptr().wrapping_add(to + column);
                for (v, sum) in sums.into_iter().enumerate() {
                    // `check` held the farthest row within C, with all columns.
                    let sum = if add { simd.add(load(c, v), sum) } else { sum };
                    let c = c.wrapping_add(v * S::LANES);
                    if WHOLE || v + 1 < V {
                        // SAFETY: the row has a whole vector here.
                        unsafe { simd.store(sum, c) };
                    } else {
                        // SAFETY: what is left of the row's `width` numbers, borrowed mutably with C.
                        let c = unsafe { std::slice::from_raw_parts_mut(c, width - before_last) };
                        simd.write(sum, c);
                    }
                }
            }
        }
        tiles.len() * R
    }
}
