//! Products of matrices whose elements are found by lists of places.
//!
//! ```text
//! C[to[i] + j] = Σ over p of  A[rows[i] + terms[p].a] B[terms[p].b + j]
//! ```
//!
//! Windows of an image are such a matrix: a window starts where its position says, and its elements stand
//! at the same distances from there. So a convolution, and both of its gradients, multiply images as they
//! are in memory, and no matrix of windows is ever written. Where every channel has a kernel of its own,
//! the element of A moves with the column too: `A[rows[i] + terms[p].a + j]`.
//!
//! Terms are cut into pieces of equal length, at most 384. Those of a piece are added in order, starting
//! from 0, those of the first piece from the bias where there is one; then the pieces are added in order.

#[cfg(test)]
mod tests;
mod tile;

use self::tile::Panel;
use super::Float;
use super::level::{Level, Simd, vectorize};

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

/// What the sums of each row start from.
#[derive(Debug, Clone, Copy)]
pub enum Start<'a, E> {
    Zero,
    /// One number for each column.
    Bias(&'a [E]),
    /// What C holds.
    Output,
}

impl<'a, E> Start<'a, E> {
    /// The bias, where there is one.
    pub(crate) fn bias(bias: Option<&'a [E]>) -> Self {
        bias.map_or(Self::Zero, Self::Bias)
    }
}

impl<E: Float> Start<'_, E> {
    /// Writes it to a row of C.
    fn write(&self, row: &mut [E]) {
        match self {
            Self::Zero => row.fill(E::ZERO),
            Self::Bias(bias) => row.copy_from_slice(bias),
            Self::Output => {}
        }
    }
}

impl<E> Indexed<'_, E> {
    /// Panics if a factor, a bias or a result stands beyond its slice.
    fn check(&self, c: &[E], to: &[usize], start: Start<'_, E>) {
        if let Start::Bias(bias) = start {
            assert_eq!(bias.len(), self.columns, "a bias for each column");
        }
        assert_eq!(self.rows.len(), to.len(), "a place for each row");
        let along_a = if self.lanewise { self.columns } else { 1 };
        let a = self.terms.iter().map(|term| term.a).max().unwrap_or(0);
        let b = self.terms.iter().map(|term| term.b).max().unwrap_or(0);
        let row = farthest(self.rows);
        let reaches = |places: [usize; 3], length: usize| {
            places.into_iter().try_fold(0usize, usize::checked_add).is_none_or(|end| end > length)
        };
        let empty = self.terms.is_empty() || self.rows.is_empty() || self.columns == 0;
        assert!(empty || !reaches([a, row, along_a], self.a.len()), "a factor beyond A");
        assert!(empty || !reaches([b, 0, self.columns], self.b.len()), "a factor beyond B");
        let to = farthest(to);
        assert!(self.rows.is_empty() || !reaches([to, 0, self.columns], c.len()), "a row beyond C");
    }
}

/// The last place of a list, or 0.
fn farthest(places: &[usize]) -> usize {
    vectorize(|| places.iter().copied().fold(0, usize::max))
}

/// The product: the twin that says what is computed, and the way of `f64`.
pub(crate) fn plain<E: Float>(x: Indexed<'_, E>, c: &mut [E], to: &[usize], start: Start<'_, E>) {
    x.check(c, to, start);
    for (&row, &to) in x.rows.iter().zip(to) {
        let c = &mut c[to..][..x.columns];
        start.write(c);
        for &Term { a, b } in x.terms {
            let a = &x.a[row + a..];
            for (j, (c, &b)) in c.iter_mut().zip(&x.b[b..]).enumerate() {
                *c += a[if x.lanewise { j } else { 0 }] * b;
            }
        }
    }
}

/// The product of `f32`, at the level of this process.
pub(crate) fn vectors(x: Indexed<'_, f32>, c: &mut [f32], to: &[usize], start: Start<'_, f32>) {
    at(Level::chosen(), x, c, to, start);
}

/// The product of `f32` at a level.
fn at(level: Level, x: Indexed<'_, f32>, c: &mut [f32], to: &[usize], start: Start<'_, f32>) {
    x.check(c, to, start);
    if x.terms.is_empty() {
        to.iter().for_each(|&to| start.write(&mut c[to..][..x.columns]));
    }
    match level {
        Level::Scalar(level) => pieces(level, x, c, to, start),
        #[cfg(target_arch = "x86_64")]
        Level::Avx2(level) => pieces(level, x, c, to, start),
        #[cfg(target_arch = "x86_64")]
        Level::Avx512(level) => pieces(level, x, c, to, start),
        #[cfg(target_arch = "aarch64")]
        Level::Neon(level) => pieces(level, x, c, to, start),
    }
}

/// For each piece of the terms, for columns a few vectors at a time, for rows a tile at a time: what B
/// holds of both stays in the nearest caches.
fn pieces<S: Simd>(
    simd: S,
    x: Indexed<'_, f32>,
    c: &mut [f32],
    to: &[usize],
    start: Start<'_, f32>,
) {
    let count = x.terms.len().div_ceil(PIECE).max(1);
    let piece = x.terms.len().div_ceil(count).max(1);
    for (number, terms) in x.terms.chunks(piece).enumerate() {
        let (bias, add) = match start {
            _ if number > 0 => (&[][..], true),
            Start::Zero => (&[][..], false),
            Start::Bias(bias) => (bias, false),
            Start::Output => (&[][..], true),
        };
        let mut column = 0;
        while column < x.columns {
            let width = panel_width::<S>(x.columns - column, x.lanewise);
            let bias = if bias.is_empty() { bias } else { &bias[column..][..width] };
            let mut row = 0;
            while row < x.rows.len() {
                let panel = Panel { x: Indexed { terms, ..x }, row, column, width, bias, add };
                row += panel.tiles(simd, c, to);
            }
            column += width;
        }
    }
}

/// The width of the next panel where `columns` are left: three vectors, or four if these come out even, so
/// that tiles read whole rows of B, or two and two rather than three and one. Lane by lane both factors are
/// loaded, and one vector of many rows serves best.
fn panel_width<S: Simd>(columns: usize, lanewise: bool) -> usize {
    let vectors = match (columns.div_ceil(S::LANES), S::TILE[1]) {
        _ if lanewise => 1,
        (left, _) if tile::widest::<S>() == 4 && left.is_multiple_of(4) => 4,
        (4, 3) => 2,
        (_, vectors) => vectors,
    };
    columns.min(vectors * S::LANES)
}
