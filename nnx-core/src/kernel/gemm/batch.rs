//! Batched GEMM: `C[i] = A[i] B[i]` for every item `i` of a batch. Items are split among the threads; if
//! there are fewer items than tasks, single products are split as well.

use std::ops::Range;

use super::matrix::{MatrixMut, MatrixRef};
use super::split::{Part, Work, run_all};
use super::task_count;
use crate::kernel::Float;
use crate::kernel::finish::Finish;
use crate::kernel::parallel;
use crate::kernel::scratch::{self, List};

/// The operands of a batch: the data, the offset of each item in it, and the strides within an item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Batch<'a, E> {
    /// m, k and n of every product.
    pub(crate) size: [usize; 3],
    pub(crate) a: MatrixRef<'a, E>,
    pub(crate) a_starts: &'a [usize],
    pub(crate) b: MatrixRef<'a, E>,
    pub(crate) b_starts: &'a [usize],
    /// C is a grid of items: this many in each row of the grid.
    pub(crate) grid_columns: usize,
}

/// Computes the products of all matrices of the batch into `c`, a contiguous row-major matrix of blocks, one for each
/// product.
pub(crate) fn batched_gemm<E: Float>(batch: Batch<'_, E>, c: &mut [E]) {
    let ([m, k, n], items) = (batch.size, batch.a_starts.len());
    assert_eq!(batch.b_starts.len(), items, "items of both operands");
    if m * n * items == 0 {
        return;
    }
    let (grid_rows, grid_columns) = (items / batch.grid_columns, batch.grid_columns);
    assert_eq!([grid_rows * grid_columns, c.len()], [items, items * m * n], "items of the output");
    let count = task_count(items * m * k * n);
    if count > 1 {
        [&*c, batch.a.data, batch.b.data].into_iter().for_each(parallel::shared_if_short);
    }
    let mut c = MatrixMut::new(c, [grid_rows * m, grid_columns * n], grid_columns * n);
    match count {
        0 | 1 => batch.multiply(0..grid_rows, 0..grid_columns, &mut c),
        count => {
            let mut parts = scratch::with_room(count);
            batch.split(count, 0..grid_rows, 0..grid_columns, c, &mut parts);
            run_all(&mut parts);
        }
    }
}

/// What one thread computes of a batch.
pub(super) enum PartOfBatch<'a, E> {
    /// A rectangle of the grid.
    Items {
        batch: Batch<'a, E>,
        grid_rows: Range<usize>,
        grid_columns: Range<usize>,
        c: MatrixMut<'a, E>,
    },
    /// A part of one item.
    OfItem(Part<'a, E, E>),
}

impl<'a, E> From<Part<'a, E, E>> for PartOfBatch<'a, E> {
    fn from(part: Part<'a, E, E>) -> Self {
        Self::OfItem(part)
    }
}

impl<E: Float> Work for PartOfBatch<'_, E> {
    fn run(&mut self) {
        match self {
            Self::Items { batch, grid_rows, grid_columns, c } => {
                batch.multiply(grid_rows.clone(), grid_columns.clone(), c);
            }
            Self::OfItem(part) => part.run(),
        }
    }
}

impl<'a, E: Float> Batch<'a, E> {
    /// Halves the grid until there are `count` parts. A single item is split like a single product.
    pub(super) fn split(
        self,
        count: usize,
        grid_rows: Range<usize>,
        grid_columns: Range<usize>,
        c: MatrixMut<'a, E>,
        parts: &mut List<PartOfBatch<'a, E>>,
    ) {
        let [m, k, n] = self.size;
        let half = |items: &Range<usize>| items.start + items.len() / 2;
        if count < 2 {
            parts.push(PartOfBatch::Items { batch: self, grid_rows, grid_columns, c });
        } else if grid_rows.len() > 1 {
            let middle = half(&grid_rows);
            let (first, second) = c.split_rows((middle - grid_rows.start) * m);
            self.split(count / 2, grid_rows.start..middle, grid_columns.clone(), first, parts);
            self.split(count - count / 2, middle..grid_rows.end, grid_columns, second, parts);
        } else if grid_columns.len() > 1 {
            let middle = half(&grid_columns);
            let (first, second) = c.split_columns((middle - grid_columns.start) * n);
            self.split(count / 2, grid_rows.clone(), grid_columns.start..middle, first, parts);
            self.split(count - count / 2, grid_rows, middle..grid_columns.end, second, parts);
        } else {
            let [a, b] = self.item(grid_rows.start, grid_columns.start);
            Part { k, a, b, finish: Finish::NOTHING, c }.split(count, parts);
        }
    }

    /// Computes the products of a rectangle of the grid.
    fn multiply(
        &self,
        grid_rows: Range<usize>,
        grid_columns: Range<usize>,
        c: &mut MatrixMut<'_, E>,
    ) {
        let [m, k, n] = self.size;
        for (i, row) in grid_rows.enumerate() {
            for (j, column) in grid_columns.clone().enumerate() {
                let [a, b] = self.item(row, column);
                E::gemm_serial(
                    [m, k, n],
                    a,
                    b,
                    Finish::NOTHING,
                    c.submatrix([i * m, j * n], [m, n]),
                );
            }
        }
    }

    /// The operands of one item.
    fn item(&self, row: usize, column: usize) -> [MatrixRef<'a, E>; 2] {
        let item = row * self.grid_columns + column;
        [starting_at(self.a, self.a_starts[item]), starting_at(self.b, self.b_starts[item])]
    }
}

fn starting_at<E>(operand: MatrixRef<'_, E>, start: usize) -> MatrixRef<'_, E> {
    MatrixRef { data: &operand.data[start.min(operand.data.len())..], ..operand }
}
