//! Operands at any offset in memory, between elements that must be neither read nor written.

use super::super::*;

/// Values in (-1, 1) whose pattern doesn't repeat with the tile sizes.
pub(super) fn values(count: usize, seed: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 7919 + seed * 104_729 + 17) % 2003) as f32 / 1001.5 - 1.0).collect()
}

/// A matrix in a buffer of NaN.
pub(super) struct Operand {
    buffer: Vec<f32>,
    start: usize,
    pub(super) row: usize,
    pub(super) column: usize,
}

/// How many kinds of strides there are: row-major or column-major, with gaps or without, and both above 1.
pub(super) const KINDS: usize = 5;

impl Operand {
    pub(super) fn new(rows: usize, columns: usize, kind: usize, start: usize, seed: usize) -> Self {
        let (row, column) = match kind % KINDS {
            0 => (columns, 1),
            1 => (columns + 3, 1),
            2 => (1, rows),
            3 => (1, rows + 5),
            _ => (2 * columns + 1, 2),
        };
        let length = match rows * columns {
            0 => 0,
            _ => (rows - 1) * row + (columns - 1) * column + 1,
        };
        // The buffer ends with the last element: a read past it is out of bounds.
        let mut buffer = vec![f32::NAN; start + length];
        for (i, x) in values(rows * columns, seed).into_iter().enumerate() {
            buffer[start + i / columns * row + i % columns * column] = x;
        }
        Self { buffer, start, row, column }
    }

    pub(super) fn layout(&self) -> MatrixRef<'_, f32> {
        MatrixRef { data: &self.buffer[self.start..], row: self.row, column: self.column }
    }

    pub(super) fn at(&self, i: usize, j: usize) -> f32 {
        self.buffer[self.start + i * self.row + j * self.column]
    }

    pub(super) fn at_mut(&mut self, i: usize, j: usize) -> &mut f32 {
        &mut self.buffer[self.start + i * self.row + j * self.column]
    }
}

/// An output in a buffer of sentinels, which must stay as they are around its rows.
pub(super) struct Guarded {
    buffer: Vec<f32>,
    size: [usize; 2],
    stride: usize,
}

const SENTINEL: f32 = 1e30;
const START: usize = 3;

impl Guarded {
    /// `gap`: sentinels between rows. Elements start as NaN.
    pub(super) fn new([rows, columns]: [usize; 2], gap: usize) -> Self {
        let stride = columns + gap;
        let mut buffer = vec![SENTINEL; START + rows * stride + 16];
        for i in 0..rows {
            buffer[START + i * stride..][..columns].fill(f32::NAN);
        }
        Self { buffer, size: [rows, columns], stride }
    }

    pub(super) fn output(&mut self) -> MatrixMut<'_, f32> {
        MatrixMut::new(&mut self.buffer[START..], self.size, self.stride)
    }

    pub(super) fn at(&self, i: usize, j: usize) -> f32 {
        self.buffer[START + i * self.stride + j]
    }

    /// Panics if a sentinel was overwritten.
    pub(super) fn check_sentinels(&self, what: &str) {
        let [rows, columns] = self.size;
        for (at, &x) in self.buffer.iter().enumerate() {
            let inside = at >= START
                && (at - START) / self.stride.max(1) < rows
                && (at - START) % self.stride.max(1) < columns;
            assert!(inside || x == SENTINEL, "{what}: wrote outside of its rows, at {at}");
        }
    }
}
