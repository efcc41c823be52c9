//! Copies the rows of one head of one example out of a tensor (batch, time, heads, size), into the order that the GEMMs
//! read.

use std::any::Any;
use std::cell::Cell;
use std::ops::Range;

use super::KEYS;
use crate::kernel::finish::Finish;
use crate::kernel::gemm::{MatrixMut, MatrixRef};
use crate::kernel::{Float, vectorize_small};

/// The largest buffer that a thread keeps for its next tasks, in elements.
const MAX_KEPT_ELEMENTS: usize = 4 << 20;

thread_local! {
    /// The buffer of the element type that this thread used last. New memory would cost a page fault every 4 KB.
    static KEPT: Cell<Option<Box<dyn Any>>> = const { Cell::new(None) };
}

/// Calls `work` with buffers of these lengths, of unspecified values.
pub(super) fn with_buffers<E: Float, const N: usize>(
    lengths: [usize; N],
    work: impl FnOnce([&mut [E]; N]),
) {
    let kept = KEPT.take().and_then(|kept| kept.downcast().ok());
    let mut memory: Box<Vec<E>> = kept.unwrap_or_default();
    let all: usize = lengths.iter().sum();
    if memory.len() < all {
        memory.clear();
        memory.resize(all, E::ZERO);
    }
    let mut rest = &mut memory[..];
    let buffers = lengths.map(|length| {
        let (buffer, after) = std::mem::take(&mut rest).split_at_mut(length);
        rest = after;
        buffer
    });
    work(buffers);
    if memory.len() <= MAX_KEPT_ELEMENTS {
        KEPT.set(Some(memory));
    }
}

/// The rows of one head: (time, heads, size) at an offset.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a, E> {
    pub(super) data: &'a [E],
    /// The stride between two rows, in elements.
    pub(super) step: usize,
    pub(super) size: usize,
}

impl<'a, E: Float> Rows<'a, E> {
    /// Head `head` of example `batch` of a tensor (batch, time, heads, size).
    pub(super) fn new(
        x: &'a [E],
        [time, heads, size]: [usize; 3],
        [batch, head]: [usize; 2],
    ) -> Self {
        let data = &x[batch * time * heads * size + head * size..];
        Self { data, step: heads * size, size }
    }

    pub(super) fn row(&self, i: usize) -> &'a [E] {
        &self.data[i * self.step..][..self.size]
    }

    /// Copies rows without gaps, each element multiplied by `scale`.
    pub(super) fn copied(&self, rows: Range<usize>, scale: E, out: &mut [E]) {
        vectorize_small::<E, _>(
            #[inline(always)]
            || {
                for (row, out) in rows.zip(out.chunks_exact_mut(self.size)) {
                    out.iter_mut().zip(self.row(row)).for_each(|(out, &x)| *out = x * scale);
                }
            },
        );
    }

    /// Writes tiles of `KEYS` rows, each transposed: (size, rows of the tile). The last tile may have fewer.
    pub(super) fn transposed_tiles(&self, count: usize, out: &mut [E]) {
        for first in (0..count).step_by(KEYS) {
            let rows = KEYS.min(count - first);
            let tile = &mut out[first * self.size..][..rows * self.size];
            // 16 rows at a time: their elements of one column are a cache line of the tile.
            for start in (0..rows).step_by(16) {
                let some = 16.min(rows - start);
                for column in 0..self.size {
                    let to = &mut tile[column * rows + start..][..some];
                    for (i, to) in to.iter_mut().enumerate() {
                        *to = self.data[(first + start + i) * self.step + column];
                    }
                }
            }
        }
    }
}

/// `out = a b`: a of `size[0]` rows of `size[1]`, b of `size[2]` columns, all without gaps.
pub(super) fn product<E: Float>(size: [usize; 3], a: &[E], b: &[E], out: &mut [E]) {
    let [m, k, n] = size;
    let (a, b) = (MatrixRef::row_major(a, k), MatrixRef::row_major(b, n));
    E::gemm_serial(size, a, b, Finish::NOTHING, MatrixMut::new(out, [m, n], n));
}

/// `out = aᵀ b`: a of `size[1]` rows of `size[0]`.
pub(super) fn transposed_product<E: Float>(size: [usize; 3], a: &[E], b: &[E], out: &mut [E]) {
    let [m, _, n] = size;
    let (a, b) = (MatrixRef::row_major(a, m).transposed(), MatrixRef::row_major(b, n));
    E::gemm_serial(size, a, b, Finish::NOTHING, MatrixMut::new(out, [m, n], n));
}
