//! Parts of a product, which several threads compute. The split changes no bit, so it may depend on the number of threads.
//!
//! Parts are in the scratch lists of the calling thread: a product that runs again allocates nothing.

use super::{Finish, Gemm, MIN_GEMV_COLUMNS, MatrixMut, MatrixRef, prefers_rows};
use crate::kernel::Float;
use crate::kernel::parallel;
use crate::kernel::scratch::List;

/// A part of a product.
pub(super) trait Work: Send {
    /// Computes it.
    fn run(&mut self);
}

/// Computes all parts, on as many threads as there are. Neighbours in the list run on the same thread.
pub(super) fn run_all<W: Work>(parts: &mut List<W>) {
    parallel::for_chunks(parts, 1, true, &|_, parts| parts.iter_mut().for_each(W::run));
}

/// Some rows and columns of C: `C = finish(A B)`.
pub(super) struct Part<'a, E, B> {
    pub(super) k: usize,
    pub(super) a: MatrixRef<'a, E>,
    pub(super) b: MatrixRef<'a, B>,
    pub(super) finish: Finish<'a, E>,
    pub(super) c: MatrixMut<'a, E>,
}

impl<E: Float + Gemm<B>, B: Sync> Work for Part<'_, E, B> {
    fn run(&mut self) {
        let size @ [rows, columns] = [self.c.rows(), self.c.columns()];
        let c = self.c.submatrix([0, 0], size);
        E::gemm_serial([rows, self.k, columns], self.a, self.b, self.finish, c);
    }
}

impl<'a, E: Float, B> Part<'a, E, B> {
    /// Halves C until there are `count` parts.
    pub(super) fn split<W: From<Self>>(self, count: usize, parts: &mut List<W>) {
        let Self { k, a, b, finish, c } = self;
        let [m, n] = [c.rows(), c.columns()];
        // Both halves read the whole of the operand that isn't split: it should be the smaller one. The halves
        // are multiples of every level's tiles.
        let half = |length: usize| (length / 2).next_multiple_of(48);
        let rows = (m / 2).next_multiple_of(8);
        let columns = match (m, n) {
            (1, _) => (n / 2).next_multiple_of(64),
            (_, ..192) => (n / 2).next_multiple_of(16),
            _ => half(n),
        };
        // A half of a single row or column would be a GEMV, whose summation order differs.
        let (by_rows, by_columns) = (rows > 0 && rows + 1 < m, columns > 0 && columns + 1 < n);
        // This is a vector times a matrix that isn't contiguous along k.
        let by_rows = by_rows && (n > 1 || a.column == 1 || m >= 2 * MIN_GEMV_COLUMNS);
        let by_columns = by_columns && (m > 1 || b.row == 1 || n >= 2 * MIN_GEMV_COLUMNS);
        let by_rows = by_rows && (prefers_rows::<E>([m, k, n]) || !by_columns);
        if count < 2 || !(by_rows || by_columns) {
            return parts.push(W::from(Self { k, a, b, finish, c }));
        }
        let (at, (first, second)) = match by_rows {
            true => ([rows, 0], c.split_rows(rows)),
            false => ([0, columns], c.split_columns(columns)),
        };
        let [of_first, of_second] = [(0, first.columns()), (at[1], second.columns())]
            .map(|(from, columns)| finish.of_columns(from, columns));
        Self { k, a, b, finish: of_first, c: first }.split(count / 2, parts);
        let (a, b) = (a.submatrix(at[0], 0), b.submatrix(0, at[1]));
        Self { k, a, b, finish: of_second, c: second }.split(count - count / 2, parts);
    }
}
