//! Products of matrices whose elements are found by lists of places.
//!
//! ```text
//! C[to[i] + j] = Σ over p of  A[rows[i] + terms[p].a] B[terms[p].b + j]
//! ```
//!
//! Windows of an image are such a matrix: a window starts where its position says, and its elements stand at
//! the same distances from there. So a convolution, and both of its gradients, multiply images as they are
//! in memory, and no matrix of windows is ever written. Where every channel has a kernel of its own, the
//! element of A moves with the column too: `A[rows[i] + terms[p].a + j]`.
//!
//! Terms are cut into pieces of equal length, at most 384. Those of a piece are added in order, starting
//! from 0; then the pieces are added in order.

#[cfg(test)]
mod tests;

use super::level::{Kernel, Level, Simd};

/// Terms that are added up in registers before they are added to the rest.
const PIECE: usize = 384;

/// Where the factors of a term stand, from the start of the row in A, and of the row in B.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Term {
    pub(crate) a: usize,
    pub(crate) b: usize,
}

/// What is multiplied.
#[derive(Debug, Clone, Copy)]
pub struct Indexed<'a, E> {
    pub(crate) a: &'a [E],
    pub(crate) b: &'a [E],
    /// Where each row starts in A.
    pub(crate) rows: &'a [usize],
    pub(crate) terms: &'a [Term],
    pub(crate) columns: usize,
    /// Does the element of A move with the column?
    pub(crate) lanewise: bool,
}

impl<E> Indexed<'_, E> {
    /// Panics if a factor or a result stands beyond its slice.
    fn check(&self, c: &[E], to: &[usize]) {
        assert_eq!(self.rows.len(), to.len(), "a place for each row");
        let farthest = |places: &mut dyn Iterator<Item = usize>| places.max().unwrap_or(0);
        let along_a = if self.lanewise { self.columns } else { 1 };
        let a = farthest(&mut self.terms.iter().map(|term| term.a));
        let b = farthest(&mut self.terms.iter().map(|term| term.b));
        let row = farthest(&mut self.rows.iter().copied());
        let reaches = |places: [usize; 3], length: usize| {
            places.into_iter().try_fold(0usize, usize::checked_add).is_none_or(|end| end > length)
        };
        let empty = self.terms.is_empty() || self.rows.is_empty() || self.columns == 0;
        assert!(empty || !reaches([a, row, along_a], self.a.len()), "a factor beyond A");
        assert!(empty || !reaches([b, 0, self.columns], self.b.len()), "a factor beyond B");
        let to = farthest(&mut to.iter().copied());
        assert!(self.rows.is_empty() || !reaches([to, 0, self.columns], c.len()), "a row beyond C");
    }
}

/// The product, added to C where `add` says so: the twin that says what is computed, and the way of `f64`.
pub(crate) fn plain<E: super::Float>(x: Indexed<'_, E>, c: &mut [E], to: &[usize], add: bool) {
    x.check(c, to);
    for (&row, &to) in x.rows.iter().zip(to) {
        let c = &mut c[to..][..x.columns];
        if !add {
            c.fill(E::ZERO);
        }
        for &Term { a, b } in x.terms {
            let a = &x.a[row + a..];
            for (j, (c, &b)) in c.iter_mut().zip(&x.b[b..]).enumerate() {
                *c += a[if x.lanewise { j } else { 0 }] * b;
            }
        }
    }
}

/// The product of `f32`, at the level of this process.
pub(crate) fn vectors(x: Indexed<'_, f32>, c: &mut [f32], to: &[usize], add: bool) {
    at(Level::chosen(), x, c, to, add);
}

/// The product of `f32` at a level.
fn at(level: Level, x: Indexed<'_, f32>, c: &mut [f32], to: &[usize], add: bool) {
    x.check(c, to);
    if x.terms.is_empty() && !add {
        to.iter().for_each(|&to| c[to..][..x.columns].fill(0.0));
    }
    match level {
        Level::Scalar(level) => pieces(level, x, c, to, add),
        #[cfg(target_arch = "x86_64")]
        Level::Avx2(level) => pieces(level, x, c, to, add),
        #[cfg(target_arch = "x86_64")]
        Level::Avx512(level) => pieces(level, x, c, to, add),
        #[cfg(target_arch = "aarch64")]
        Level::Neon(level) => pieces(level, x, c, to, add),
    }
}

/// For each piece of the terms, for columns a few vectors at a time, for rows a tile at a time: what B holds
/// of both stays in the nearest caches.
fn pieces<S: Simd>(simd: S, x: Indexed<'_, f32>, c: &mut [f32], to: &[usize], add: bool) {
    let count = x.terms.len().div_ceil(PIECE).max(1);
    let piece = x.terms.len().div_ceil(count).max(1);
    for (number, terms) in x.terms.chunks(piece).enumerate() {
        let add = add || number > 0;
        let mut column = 0;
        while column < x.columns {
            let width = panel_width::<S>(x.columns - column, x.lanewise);
            let mut row = 0;
            while row < x.rows.len() {
                let part = Part { x: Indexed { terms, ..x }, row, column, width, add };
                row += part.tile(simd, c, to);
            }
            column += width;
        }
    }
}

/// The width of the next panel where `columns` are left: three vectors, but rather two and two than three
/// and one. Lane by lane both factors are loaded, and one vector of many rows serves best.
fn panel_width<S: Simd>(columns: usize, lanewise: bool) -> usize {
    match (columns.div_ceil(S::LANES), S::TILE[1]) {
        _ if lanewise => columns.min(S::LANES),
        (4, 3) => 2 * S::LANES,
        (_, vectors) => columns.min(vectors * S::LANES),
    }
}

/// Some columns of the rows from `row` on.
struct Part<'a> {
    x: Indexed<'a, f32>,
    row: usize,
    column: usize,
    width: usize,
    add: bool,
}

impl Part<'_> {
    /// Computes a tile of as many rows as are left, at most a tile of the level. Gives their number.
    #[inline(always)]
    fn tile<S: Simd>(self, simd: S, c: &mut [f32], to: &[usize]) -> usize {
        let left = self.x.rows.len() - self.row;
        let vectors = self.width.div_ceil(S::LANES);
        macro_rules! by_size {
            ($($rows:literal)*) => { match (vectors, self.x.lanewise) {
                $(
                    (1, true) if $rows <= S::TILE[0] && left >= $rows => {
                        simd.run(Tile::<$rows, 1, true> { part: self, c, to });
                        $rows
                    }
                    (1, _) if $rows <= S::TILE[0] && left >= $rows => {
                        simd.run(Tile::<$rows, 1, false> { part: self, c, to });
                        $rows
                    }
                    (2, _) if $rows <= S::TILE[0] && left >= $rows => {
                        simd.run(Tile::<$rows, 2, false> { part: self, c, to });
                        $rows
                    }
                    (3, _) if $rows <= S::TILE[0] && S::TILE[1] >= 3 && left >= $rows => {
                        simd.run(Tile::<$rows, 3, false> { part: self, c, to });
                        $rows
                    }
                )*
                _ => unreachable!("a tile of {left} rows of {vectors} vectors"),
            } };
        }
        by_size!(8 6 4 1)
    }
}

/// `R` rows of `V` vectors, the last of which may be partial.
struct Tile<'a, const R: usize, const V: usize, const LANEWISE: bool> {
    part: Part<'a>,
    c: &'a mut [f32],
    to: &'a [usize],
}

impl<const R: usize, const V: usize, const LANEWISE: bool> Kernel for Tile<'_, R, V, LANEWISE> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        // A tile that is whole needs no mask, and no register for it.
        if self.part.width == V * S::LANES {
            self.compute::<S, true>(simd);
        } else {
            self.compute::<S, false>(simd);
        }
    }
}

impl<const R: usize, const V: usize, const LANEWISE: bool> Tile<'_, R, V, LANEWISE> {
    #[inline(always)]
    fn compute<S: Simd, const WHOLE: bool>(self, simd: S) {
        let Part { x, row, column, width, add } = self.part;
        let before_last = (V - 1) * S::LANES;
        assert!(width > before_last && width <= V * S::LANES && column + width <= x.columns);
        let mask = simd.mask(width - before_last);
        let load = |at: *const f32, v: usize| {
            let at = at.wrapping_add(v * S::LANES);
            // SAFETY: of the `width` numbers from the given place on these are the `v`th vector, the last
            // one by its mask; the callers below vouch for them.
            unsafe { if WHOLE || v + 1 < V { simd.load(at) } else { simd.load_masked(at, mask) } }
        };
        let rows: &[usize; R] = x.rows[row..].first_chunk().expect("as many rows");
        let starts = rows.map(|row| x.a.as_ptr().wrapping_add(row));
        let b = x.b.as_ptr().wrapping_add(column);
        let mut sums = [[simd.splat(0.0); V]; R];
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
        for (i, sums) in sums.into_iter().enumerate() {
            let c = &mut self.c[self.to[row + i] + column..][..width];
            for (c, sum) in c.chunks_mut(S::LANES).zip(sums) {
                let sum = if add { simd.add(simd.read(c), sum) } else { sum };
                simd.write(sum, c);
            }
        }
    }
}
