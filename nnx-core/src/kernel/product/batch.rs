//! Batches of products: `C[i] = A[i] B[i]`.

use std::ops::Range;

use super::matrix::{Layout, Output};
use super::{PART, cut};
use crate::kernel::{Float, parallel};

/// Operands of a batch: each is given by its data, the start of each item, and the two strides within one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Batch<'a, E> {
    /// m, k and n of every product.
    pub(crate) size: [usize; 3],
    pub(crate) a: Layout<'a, E>,
    pub(crate) a_starts: &'a [usize],
    pub(crate) b: Layout<'a, E>,
    pub(crate) b_starts: &'a [usize],
    /// So many items of C stand beside each other, row by row, and then as many below them.
    pub(crate) beside: usize,
}

/// The products, for `c` without gaps.
pub(crate) fn batched_product<E: Float>(batch: &Batch<'_, E>, c: &mut [E]) {
    let ([m, k, n], items) = (batch.size, batch.a_starts.len());
    assert_eq!(batch.b_starts.len(), items, "items of both operands");
    if m * n * items == 0 {
        return;
    }
    let (below, beside) = (items / batch.beside, batch.beside);
    assert_eq!([below * beside, c.len()], [items, items * m * n], "items of the output");
    let parts = parallel::threads().min(items * m * k * n / PART);
    let c = Output::new(c, [below * m, beside * n], beside * n);
    batch.cut(parts, 0..below, 0..beside, c);
}

impl<E: Float> Batch<'_, E> {
    /// Halves the items, and these again, until there are `parts`; a single item is cut as a product is.
    fn cut(&self, parts: usize, below: Range<usize>, beside: Range<usize>, mut c: Output<'_, E>) {
        let [m, k, n] = self.size;
        let half = |items: &Range<usize>| items.start + items.len() / 2;
        if parts > 1 && below.len() > 1 {
            let middle = half(&below);
            let (first, second) = c.split_rows((middle - below.start) * m);
            return parallel::join(
                || self.cut(parts / 2, below.start..middle, beside.clone(), first),
                || self.cut(parts - parts / 2, middle..below.end, beside.clone(), second),
            );
        }
        if parts > 1 && beside.len() > 1 {
            let middle = half(&beside);
            let (first, second) = c.split_columns((middle - beside.start) * n);
            return parallel::join(
                || self.cut(parts / 2, below.clone(), beside.start..middle, first),
                || self.cut(parts - parts / 2, below.clone(), middle..beside.end, second),
            );
        }
        for (i, row) in below.clone().enumerate() {
            for (j, column) in beside.clone().enumerate() {
                let item = row * self.beside + column;
                let (a, b) = (from(self.a, self.a_starts[item]), from(self.b, self.b_starts[item]));
                cut(parts, k, a, b, None, c.part([i * m, j * n], [m, n]));
            }
        }
    }
}

fn from<E>(operand: Layout<'_, E>, start: usize) -> Layout<'_, E> {
    Layout { data: &operand.data[start.min(operand.data.len())..], ..operand }
}
