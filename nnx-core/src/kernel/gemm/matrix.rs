//! Matrices in slices: the operands and the output of a GEMM.

use std::marker::PhantomData;
use std::slice;

/// A read-only matrix in a slice, with any strides: element (i, j) is at offset `i * row + j * column`.
#[derive(Debug)]
pub struct MatrixRef<'a, E> {
    /// The elements, from element (0, 0) on.
    pub data: &'a [E],
    /// The row stride, in elements.
    pub row: usize,
    /// The column stride, in elements.
    pub column: usize,
}

// Not derived, which would ask for elements that are `Copy`.
impl<E> Clone for MatrixRef<'_, E> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<E> Copy for MatrixRef<'_, E> {}

impl<'a, E> MatrixRef<'a, E> {
    /// A row-major matrix without gaps.
    pub(crate) fn row_major(data: &'a [E], columns: usize) -> Self {
        Self { data, row: columns, column: 1 }
    }
}

impl<E> MatrixRef<'_, E> {
    /// Panics if a `rows` × `columns` matrix with these strides extends past its slice.
    #[inline]
    pub(crate) fn check(&self, rows: usize, columns: usize) {
        if rows > 0 && columns > 0 {
            let extent = |count: usize, step: usize| (count - 1).checked_mul(step);
            let last = extent(rows, self.row)
                .and_then(|rows| rows.checked_add(extent(columns, self.column)?));
            assert!(
                last.is_some_and(|last| last < self.data.len()),
                "a {rows} x {columns} matrix with strides {} and {} extends past {} elements",
                self.row,
                self.column,
                self.data.len(),
            );
        }
    }

    /// The submatrix that starts at (row, column); empty if that is out of range.
    #[inline]
    pub(crate) fn submatrix(&self, row: usize, column: usize) -> Self {
        let start = (row * self.row + column * self.column).min(self.data.len());
        Self { data: &self.data[start..], ..*self }
    }

    /// The transpose: the same elements with the strides swapped.
    pub(crate) fn transposed(&self) -> Self {
        Self { row: self.column, column: self.row, ..*self }
    }
}

/// A mutable matrix: rows of contiguous elements, `stride` apart. It can be split into disjoint matrices,
/// which several threads may write.
#[derive(Debug)]
pub struct MatrixMut<'a, E> {
    /// The first of `rows` rows of `columns` elements, `stride` apart. This value alone borrows them,
    /// mutably and for 'a; rows don't overlap.
    first: *mut E,
    rows: usize,
    columns: usize,
    stride: usize,
    /// Where `first` is in the whole output.
    offset: usize,
    borrowed: PhantomData<&'a mut [E]>,
}

// SAFETY: this is an exclusive borrow of its elements, as a mutable slice is.
unsafe impl<E: Send> Send for MatrixMut<'_, E> {}

impl<'a, E> MatrixMut<'a, E> {
    /// The matrix at the start of `data`. Panics if it extends past `data` or if its rows overlap.
    pub(crate) fn new(data: &'a mut [E], [rows, columns]: [usize; 2], stride: usize) -> Self {
        MatrixRef { data: &*data, row: stride, column: 1 }.check(rows, columns);
        assert!(rows <= 1 || stride >= columns, "rows of {columns} that start {stride} apart");
        Self { first: data.as_mut_ptr(), rows, columns, stride, offset: 0, borrowed: PhantomData }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// The row stride, in elements.
    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    /// Where the first element of row `i` is in the matrix that was split.
    pub(crate) fn offset_of_row(&self, i: usize) -> usize {
        self.offset + i * self.stride
    }

    /// A pointer to element (0, 0).
    pub(crate) fn as_mut_ptr(&mut self) -> *mut E {
        self.first
    }

    /// Row `i`.
    #[inline(always)]
    pub(crate) fn row(&mut self, i: usize) -> &mut [E] {
        assert!(i < self.rows, "row {i} of {}", self.rows);
        // SAFETY: the row is one of those that `self` borrows exclusively, and the result borrows `self`.
        unsafe { slice::from_raw_parts_mut(self.first.wrapping_add(i * self.stride), self.columns) }
    }

    /// Row `i`, to be written, and another row.
    pub(crate) fn row_and(&mut self, i: usize, other: Option<usize>) -> (&mut [E], Option<&[E]>) {
        assert!(other != Some(i), "two different rows");
        let other: Option<*const [E]> = other.map(|other| &raw const *self.row(other));
        // SAFETY: `row` found the other row within `self`, which the result borrows, and rows don't overlap.
        (self.row(i), other.map(|row| unsafe { &*row }))
    }

    /// All elements as one slice, if there are no gaps between rows.
    pub(crate) fn contiguous(&mut self) -> Option<&mut [E]> {
        let gapless = self.rows == 1 || self.stride == self.columns;
        // SAFETY: without gaps, the rows that `self` borrows are one contiguous slice.
        gapless.then(|| unsafe { slice::from_raw_parts_mut(self.first, self.rows * self.columns) })
    }

    /// The submatrix of `rows` × `columns` elements that starts at (row, column).
    #[inline(always)]
    pub(crate) fn submatrix(
        &mut self,
        [row, column]: [usize; 2],
        [rows, columns]: [usize; 2],
    ) -> MatrixMut<'_, E> {
        let inside = row <= self.rows && rows <= self.rows - row;
        let within = column <= self.columns && columns <= self.columns - column;
        assert!(inside && within, "a submatrix extends past its matrix");
        // The result borrows some elements of `self`, and `self` with them.
        let step = row * self.stride + column;
        let (first, offset) = (self.first.wrapping_add(step), self.offset + step);
        MatrixMut { first, rows, columns, stride: self.stride, offset, borrowed: PhantomData }
    }

    /// The rows before row `at`, and the others.
    pub(crate) fn split_rows(self, at: usize) -> (Self, Self) {
        let step = at * self.stride;
        let (first, offset) = (self.first.wrapping_add(step), self.offset + step);
        let rest = self.rows.checked_sub(at).expect("a cut within the matrix");
        (Self { rows: at, ..self }, Self { first, offset, rows: rest, ..self })
    }

    /// The columns before column `at`, and the others.
    pub(crate) fn split_columns(self, at: usize) -> (Self, Self) {
        let (first, offset) = (self.first.wrapping_add(at), self.offset + at);
        let rest = self.columns.checked_sub(at).expect("a cut within the matrix");
        (Self { columns: at, ..self }, Self { first, offset, columns: rest, ..self })
    }
}
