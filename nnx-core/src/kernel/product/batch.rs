//! Batched GEMM: `C[i] = A[i] B[i]` for every item `i` of a batch. Items are split among the threads; if
//! there are fewer items than tasks, single products are split as well.

use std::ops::Range;

use super::matrix::{Layout, Output};
use super::{cut, parts};
use crate::kernel::Float;
use crate::kernel::parallel::{self, Task};

/// The operands of a batch: the data, the offset of each item in it, and the strides within an item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Batch<'a, E> {
    /// m, k and n of every product.
    pub(crate) size: [usize; 3],
    pub(crate) a: Layout<'a, E>,
    pub(crate) a_starts: &'a [usize],
    pub(crate) b: Layout<'a, E>,
    pub(crate) b_starts: &'a [usize],
    /// C is a grid of items: this many in each row of the grid.
    pub(crate) beside: usize,
}

/// Computes the products; `c` holds the grid as one matrix without gaps.
pub(crate) fn batched_product<E: Float>(batch: Batch<'_, E>, c: &mut [E]) {
    let ([m, k, n], items) = (batch.size, batch.a_starts.len());
    assert_eq!(batch.b_starts.len(), items, "items of both operands");
    if m * n * items == 0 {
        return;
    }
    let (below, beside) = (items / batch.beside, batch.beside);
    assert_eq!([below * beside, c.len()], [items, items * m * n], "items of the output");
    let c = Output::new(c, [below * m, beside * n], beside * n);
    match parts(items * m * k * n) {
        0 | 1 => batch.multiply(0..below, 0..beside, c),
        parts => {
            let mut tasks = Vec::new();
            batch.cut(parts, 0..below, 0..beside, c, &mut tasks);
            parallel::all(tasks);
        }
    }
}

impl<'a, E: Float> Batch<'a, E> {
    /// Halves the grid until there are `parts` tasks. A single item is split like a single product.
    pub(super) fn cut(
        self,
        parts: usize,
        below: Range<usize>,
        beside: Range<usize>,
        c: Output<'a, E>,
        tasks: &mut Vec<Task<'a>>,
    ) {
        let [m, k, n] = self.size;
        let half = |items: &Range<usize>| items.start + items.len() / 2;
        if parts < 2 {
            tasks.push(Box::new(move || self.multiply(below, beside, c)));
        } else if below.len() > 1 {
            let middle = half(&below);
            let (first, second) = c.split_rows((middle - below.start) * m);
            self.cut(parts / 2, below.start..middle, beside.clone(), first, tasks);
            self.cut(parts - parts / 2, middle..below.end, beside, second, tasks);
        } else if beside.len() > 1 {
            let middle = half(&beside);
            let (first, second) = c.split_columns((middle - beside.start) * n);
            self.cut(parts / 2, below.clone(), beside.start..middle, first, tasks);
            self.cut(parts - parts / 2, below, middle..beside.end, second, tasks);
        } else {
            let [a, b] = self.item(below.start, beside.start);
            cut(parts, k, a, b, None, c, tasks);
        }
    }

    /// Computes the products of a rectangle of the grid.
    fn multiply(&self, below: Range<usize>, beside: Range<usize>, mut c: Output<'_, E>) {
        let [m, k, n] = self.size;
        for (i, row) in below.enumerate() {
            for (j, column) in beside.clone().enumerate() {
                let [a, b] = self.item(row, column);
                E::product([m, k, n], a, b, None, c.part([i * m, j * n], [m, n]));
            }
        }
    }

    /// The operands of one item.
    fn item(&self, row: usize, column: usize) -> [Layout<'a, E>; 2] {
        let item = row * self.beside + column;
        [from(self.a, self.a_starts[item]), from(self.b, self.b_starts[item])]
    }
}

fn from<E>(operand: Layout<'_, E>, start: usize) -> Layout<'_, E> {
    Layout { data: &operand.data[start.min(operand.data.len())..], ..operand }
}
