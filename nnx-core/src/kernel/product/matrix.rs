//! Matrices in slices: what a product reads and writes.

use std::marker::PhantomData;
use std::slice;

/// A matrix in a slice: element (i, j) stands at `i row + j column`.
#[derive(Debug, Clone, Copy)]
pub struct Layout<'a, E> {
    /// The elements, from (0, 0) on.
    pub data: &'a [E],
    /// The step from a row to the next.
    pub row: usize,
    /// The step from a column to the next.
    pub column: usize,
}

impl<'a, E> Layout<'a, E> {
    /// Rows of so many elements, one after the other.
    pub(crate) fn rows_of(data: &'a [E], columns: usize) -> Self {
        Self { data, row: columns, column: 1 }
    }
}

impl<E> Layout<'_, E> {
    /// Panics if a matrix of this layout reaches beyond its slice.
    #[inline]
    pub(crate) fn check(&self, rows: usize, columns: usize) {
        if rows > 0 && columns > 0 {
            let along = |count: usize, step: usize| (count - 1).checked_mul(step);
            let farthest = along(rows, self.row)
                .and_then(|down| down.checked_add(along(columns, self.column)?));
            assert!(
                farthest.is_some_and(|farthest| farthest < self.data.len()),
                "a {rows} x {columns} matrix with strides {} and {} reaches beyond {} elements",
                self.row,
                self.column,
                self.data.len(),
            );
        }
    }

    /// The part of the matrix from (row, column) on; empty where that lies beyond it.
    #[inline]
    pub(crate) fn from(&self, row: usize, column: usize) -> Self {
        let start = (row * self.row + column * self.column).min(self.data.len());
        Self { data: &self.data[start..], ..*self }
    }

    /// Rows as columns.
    pub(crate) fn transposed(&self) -> Self {
        Self { row: self.column, column: self.row, ..*self }
    }
}

/// A matrix that is written: rows of contiguous elements, `stride` apart. It can be cut into parts that
/// don't overlap, for several threads to write.
#[derive(Debug)]
pub struct Output<'a, E> {
    /// The first element of `rows` rows of `columns` elements, which start `stride` apart. They are
    /// borrowed mutably for 'a, and by this value alone; rows don't overlap.
    first: *mut E,
    rows: usize,
    columns: usize,
    stride: usize,
    borrowed: PhantomData<&'a mut [E]>,
}

// SAFETY: an output is a mutable borrow of its elements, as a mutable slice is.
unsafe impl<E: Send> Send for Output<'_, E> {}

impl<'a, E> Output<'a, E> {
    /// A matrix from the start of a slice on. Panics if it reaches beyond, or if its rows overlap.
    pub(crate) fn new(data: &'a mut [E], [rows, columns]: [usize; 2], stride: usize) -> Self {
        Layout { data: &*data, row: stride, column: 1 }.check(rows, columns);
        assert!(rows <= 1 || stride >= columns, "rows of {columns} that start {stride} apart");
        Self { first: data.as_mut_ptr(), rows, columns, stride, borrowed: PhantomData }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// The step from a row to the next.
    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    /// The first element.
    pub(crate) fn as_mut_ptr(&mut self) -> *mut E {
        self.first
    }

    /// Row `i`.
    #[inline(always)]
    pub(crate) fn row(&mut self, i: usize) -> &mut [E] {
        assert!(i < self.rows, "row {i} of {}", self.rows);
        // SAFETY: the row is one of those that this value borrows, and is borrowed from it in turn.
        unsafe { slice::from_raw_parts_mut(self.first.wrapping_add(i * self.stride), self.columns) }
    }

    /// All elements, where rows follow each other without a gap.
    pub(crate) fn contiguous(&mut self) -> Option<&mut [E]> {
        let gapless = self.rows == 1 || self.stride == self.columns;
        // SAFETY: without gaps these are the rows that this value borrows, one after the other.
        gapless.then(|| unsafe { slice::from_raw_parts_mut(self.first, self.rows * self.columns) })
    }

    /// The part of `rows` × `columns` elements from (row, column) on.
    #[inline(always)]
    pub(crate) fn part(
        &mut self,
        [row, column]: [usize; 2],
        [rows, columns]: [usize; 2],
    ) -> Output<'_, E> {
        let inside = row <= self.rows && rows <= self.rows - row;
        let within = column <= self.columns && columns <= self.columns - column;
        assert!(inside && within, "a part reaches beyond its matrix");
        // What is returned borrows a part of the elements of this value, and this value with it.
        let first = self.first.wrapping_add(row * self.stride + column);
        Output { first, rows, columns, stride: self.stride, borrowed: PhantomData }
    }

    /// The rows before `at`, and those from it on.
    pub(crate) fn split_rows(self, at: usize) -> (Self, Self) {
        let below = self.first.wrapping_add(at * self.stride);
        let rest = self.rows.checked_sub(at).expect("a cut within the matrix");
        (Self { rows: at, ..self }, Self { first: below, rows: rest, ..self })
    }

    /// The columns before `at`, and those from it on.
    pub(crate) fn split_columns(self, at: usize) -> (Self, Self) {
        let right = self.first.wrapping_add(at);
        let rest = self.columns.checked_sub(at).expect("a cut within the matrix");
        (Self { columns: at, ..self }, Self { first: right, columns: rest, ..self })
    }
}
