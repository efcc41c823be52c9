//! Copies the rows of one head of one example out of a tensor (batch, time, heads, size), into the order that the GEMMs
//! read.

use std::any::Any;
use std::cell::Cell;
use std::ops::Range;

use super::{KEYS, LANES};
use crate::kernel::finish::Finish;
use crate::kernel::gemm::{MatrixMut, MatrixRef};
use crate::kernel::{Float, scratch, vectorize_small};

/// The largest buffer that a thread keeps for its next tasks, in elements.
const MAX_KEPT_ELEMENTS: usize = 4 << 20;

thread_local! {
    /// The buffer of the element type that this thread used last. New memory would cost a page fault every 4 KB.
    static KEPT: Cell<Option<Box<dyn Any>>> = const { Cell::new(None) };
}

/// Calls `work` with buffers of these lengths, of unspecified values. Each starts a cache line: vectors that straddle two
/// would be read as two.
pub(super) fn with_buffers<E: Float, const N: usize>(
    lengths: [usize; N],
    work: impl FnOnce([&mut [E]; N]),
) {
    let kept = KEPT.take().and_then(|kept| kept.downcast().ok());
    let mut memory: Box<Vec<E>> = kept.unwrap_or_default();
    let whole = |length: usize| length.next_multiple_of(scratch::line_of::<E>());
    let all = lengths.iter().map(|&length| whole(length)).sum();
    if memory.len() < all + scratch::line_of::<E>() {
        memory.clear();
        memory.resize(all + scratch::line_of::<E>(), E::ZERO);
    }
    let mut rest = scratch::aligned(&mut memory, all);
    let buffers = lengths.map(|length| {
        let (buffer, after) = std::mem::take(&mut rest).split_at_mut(whole(length));
        rest = after;
        &mut buffer[..length]
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

    /// The rows from `first` on, as a matrix.
    pub(super) fn from(&self, first: usize) -> MatrixRef<'a, E> {
        MatrixRef { data: &self.data[first * self.step..], row: self.step, column: 1 }
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

    /// Writes tiles of `KEYS` rows, each transposed: (size, rows of the tile). The last tile may have fewer, which are
    /// padded to whole lanes.
    pub(super) fn transposed_tiles(&self, count: usize, out: &mut [E]) {
        for first in (0..count).step_by(KEYS) {
            let rows = KEYS.min(count - first);
            let tile = &mut out[first * self.size..][..padded(rows) * self.size];
            E::copy_rows(self.from(first).transposed(), [self.size, rows], tile);
        }
    }
}

/// A number of keys, rounded up to whole lanes.
pub(super) fn padded(keys: usize) -> usize {
    keys.next_multiple_of(LANES)
}

/// The keys of a head: copied into tiles, or where they are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Keys<'a, E> {
    /// Tiles as [`Rows::transposed_tiles`] writes them, and the number of keys in all of them.
    Tiles(&'a [E], usize),
    /// For a single query, which reads each key once.
    Rows(Rows<'a, E>),
}

impl<'a, E: Float> Keys<'a, E> {
    /// The tile of keys from `first` on, (size, keys).
    pub(super) fn tile(&self, first: usize, size: usize) -> MatrixRef<'a, E> {
        match *self {
            Self::Tiles(tiles, count) => {
                MatrixRef::row_major(&tiles[first * size..], padded(KEYS.min(count - first)))
            }
            Self::Rows(rows) => rows.from(first).transposed(),
        }
    }
}

/// `out = a b`: a of `size[0]` rows of `size[1]`, b of `size[2]` columns. The rows of `out` are `stride` apart.
pub(super) fn product<E: Float>(
    size: [usize; 3],
    a: MatrixRef<'_, E>,
    b: MatrixRef<'_, E>,
    out: &mut [E],
    stride: usize,
) {
    let out = MatrixMut::new(out, [size[0], size[2]], stride);
    E::gemm_serial(size, a, b, Finish::NOTHING, out);
}

/// `out += a b`, without gaps between the rows of `out`.
pub(super) fn add_product<E: Float>(
    size: [usize; 3],
    a: MatrixRef<'_, E>,
    b: MatrixRef<'_, E>,
    out: &mut [E],
) {
    E::gemm_add(size, a, b, MatrixMut::new(out, [size[0], size[2]], size[2]));
}
