//! The recurrent weights in the order in which steps read them.

use std::ops::Range;

use crate::kernel::finish::Finish;
use crate::kernel::gemm::{self, MatrixMut, MatrixRef};
use crate::kernel::level::Level;
use crate::kernel::scratch::{self, List};
use crate::kernel::{Float, Kernel, MAX_LANES, Simd};

/// Units per block: the weights of all gates of a block are few enough to be streamed from L2.
const BLOCK: usize = 32;
/// The largest block that is read again for each tile of rows: half of an L2 cache.
const MOST_BYTES_IN_TILES: usize = 512 * 1024;
/// The least number of steps for which copying the weights is worth it.
const MIN_STEPS: usize = 4;

/// The rows of a tile of a GEMM.
struct TileRows;

impl Kernel for TileRows {
    type Output = usize;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> usize {
        S::GEMM_TILE[0]
    }
}

/// The blocks of a matrix of `rows` rows and of `runs` runs of `units` columns. A block has the same columns of each run;
/// its rows follow one another without gaps.
pub(crate) struct Packed<E> {
    /// After `skipped` elements: the first block starts a cache line. None, if the matrix is a single block, which is read
    /// in place.
    elements: List<E>,
    skipped: usize,
    size: [usize; 3],
    block: usize,
}

impl<E: Float> Packed<E> {
    /// Packs a matrix of `[rows, runs, units]` that `steps` steps read.
    pub(super) fn new(matrix: MatrixRef<'_, E>, size: [usize; 3], steps: usize) -> Self {
        let [rows, runs, units] = size;
        matrix.check(rows, runs * units);
        let length = rows * runs * units + scratch::line_of::<E>();
        let block = block(units, steps);
        let mut packed = Self { elements: List::default(), skipped: 0, size, block };
        if packs(units, steps) {
            packed.elements = scratch::with_room(length);
            packed.elements.reserve_exact(length);
            packed.skipped = scratch::before_line(packed.elements.as_ptr());
            packed.elements.resize(packed.skipped, E::ZERO);
            for start in (0..units).step_by(block) {
                packed.add(matrix, start..units.min(start + block));
            }
        }
        packed
    }

    /// Adds the block of some units.
    fn add(&mut self, matrix: MatrixRef<'_, E>, block: Range<usize>) {
        let MatrixRef { data, row, column } = matrix;
        let [rows, runs, units] = self.size;
        if column != 1 && runs == 1 && block.len().is_multiple_of(MAX_LANES) {
            // A transposed matrix: element by element, each would be in another cache line.
            let (start, size) = (self.elements.len(), [rows, block.len()]);
            self.elements.resize(start + rows * block.len(), E::ZERO);
            let columns = matrix.submatrix(0, block.start);
            return E::copy_rows(columns, size, &mut self.elements[start..]);
        }
        for i in 0..rows {
            for run in 0..runs {
                let start = i * row + (run * units + block.start) * column;
                let elements = data[start..].iter().step_by(column).take(block.len());
                match column {
                    1 => self.elements.extend_from_slice(&data[start..][..block.len()]),
                    _ => self.elements.extend(elements),
                }
            }
        }
    }

    /// Whether these are the blocks of a matrix of this size that `steps` steps read.
    pub(super) fn suits(&self, size: [usize; 3], steps: usize) -> bool {
        self.size == size && self.block == block(size[2], steps)
    }

    /// The bytes that it takes.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<E>() * self.elements.capacity()
    }
}

/// Whether a matrix that `steps` steps read has several blocks.
pub(super) fn packs(units: usize, steps: usize) -> bool {
    units > BLOCK && steps >= MIN_STEPS
}

/// The units of a block.
fn block(units: usize, steps: usize) -> usize {
    if packs(units, steps) { BLOCK } else { units.max(1) }
}

/// A matrix and its blocks.
pub(super) struct Blocks<'a, E> {
    /// The matrix itself; read in place if it is a single block.
    whole: MatrixRef<'a, E>,
    packed: &'a Packed<E>,
    rows: usize,
    runs: usize,
    units: usize,
    block: usize,
}

impl<'a, E: Float> Blocks<'a, E> {
    /// A matrix, and what [`Packed::new`] made of it.
    pub(super) fn new(whole: MatrixRef<'a, E>, packed: &'a Packed<E>) -> Self {
        let Packed { size: [rows, runs, units], block, .. } = *packed;
        whole.check(rows, runs * units);
        Self { whole, packed, rows, runs, units, block }
    }

    pub(super) fn count(&self) -> usize {
        self.units.div_ceil(self.block)
    }

    /// The range of units of a block.
    pub(super) fn units(&self, index: usize) -> Range<usize> {
        let start = index * self.block;
        start..self.units.min(start + self.block)
    }

    /// The rows of each product with a block: a tile of the GEMM, so that the operands of the gates that follow are still
    /// in the L1 cache, and those of the next tile are fetched during a product. All rows, if products share the threads,
    /// or if a block doesn't stay in L2 from tile to tile. No product has a single row, unless there is only one: it would
    /// be a GEMV, whose order of summation may be another one.
    pub(super) fn tiles(&self, rows: usize) -> impl Iterator<Item = Range<usize>> {
        let tile = Level::active().run(TileRows).max(2);
        let bytes = self.rows * self.width() * size_of::<E>();
        let whole = self.packed.elements.is_empty() || bytes > MOST_BYTES_IN_TILES;
        let tiles = if whole { 1 } else { (rows / tile).max(1) };
        let end = move |i: usize| if i + 1 == tiles { rows } else { (i + 1) * tile };
        (0..tiles).map(move |i| i * tile..end(i))
    }

    /// The number of columns of the widest block.
    pub(super) fn width(&self) -> usize {
        self.runs * self.block
    }

    /// `out = a B + bias`, where B is a block, and a has `count` rows. The bias has an element for each column of all
    /// blocks.
    pub(super) fn product(
        &self,
        index: usize,
        a: &[E],
        count: usize,
        bias: Option<&[E]>,
        out: &mut [E],
    ) {
        let units = self.units(index);
        let size = [count, self.rows, self.runs * units.len()];
        let a = MatrixRef::row_major(a, self.rows);
        let own_bias: Option<List<E>> = bias.map(|bias| {
            let runs = bias.chunks_exact(self.units);
            runs.flat_map(|run| &run[units.clone()]).copied().collect()
        });
        let bias = own_bias.as_ref().map(|bias| &bias[..]);
        if self.packed.elements.is_empty() {
            // On all threads, if it is large enough for them.
            return gemm::gemm(size, a, self.whole, Finish::bias(bias), out);
        }
        let Packed { elements, skipped, .. } = self.packed;
        let block = &elements[skipped + self.rows * self.runs * units.start..];
        let block = MatrixRef::row_major(block, size[2]);
        let out = MatrixMut::new(out, [size[0], size[2]], size[2]);
        E::gemm_serial(size, a, block, Finish::bias(bias), out);
    }

    /// The units at which up to `tasks` tasks begin and end, always between two blocks. The list starts with 0 and ends
    /// with the number of units.
    pub(super) fn cuts(&self, tasks: usize) -> List<usize> {
        let each = self.count().div_ceil(tasks.max(1)).max(1) * self.block;
        (0..self.units).step_by(each).chain([self.units]).collect()
    }

    /// The blocks of units that begin and end where a cut may be, in the order of a step: odd steps go back from the last
    /// block to the first. So a step begins with the weights that the step before read last, which are still in a cache
    /// where all of them don't fit.
    pub(super) fn between(&self, units: &Range<usize>, step: usize) -> impl Iterator<Item = usize> {
        let (first, end) = (units.start / self.block, units.end.div_ceil(self.block));
        (first..end)
            .map(move |block| if step.is_multiple_of(2) { block } else { first + end - 1 - block })
    }
}
