//! A convolution and a pool of its output, block by block: the image between them stays in the L2 cache.
//!
//! ```text
//! for each block of images, or of positions of the pool along the outermost axis of a large image
//!     block of the image = finish(x * k), of the outputs that the positions read
//!     y = pool(block of the image)
//! ```
//!
//! Outputs that the windows of two blocks read are computed twice, so blocks are long. The bits are those of the
//! convolution of all images and the pool of its output.

#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use super::bands::with_axis;
use super::prepared::{PreparedKernel, forward_prepared, gather_packed};
use super::winograd::forward_transformed;
use super::{ConvShape, GatherIndices, gather};
use crate::kernel::finish::{Finish, PostOps};
use crate::kernel::gemm::{MatrixRef, gemm_packed};
use crate::kernel::parallel;
use crate::kernel::pooling::ImagePool;
use crate::kernel::scratch::{self, List, Scratch, with_scratch};

/// The most elements of the image between convolution and pool: 512 KB, half of a usual L2 cache.
const BLOCK_ELEMENTS: usize = 128 * 1024;
/// At most one in this many outputs is computed by two blocks.
const LEAST_NEW_OUTPUTS: usize = 8;

thread_local! {
    static SCRATCH: Scratch = const { Cell::new(Vec::new()) };
}

/// A convolution with a prepared kernel, and the pool of its output.
#[derive(Clone, Copy)]
pub(crate) struct PooledConv<'a> {
    pub(crate) shape: &'a ConvShape,
    pub(crate) prepared: &'a PreparedKernel,
    pub(crate) pool: &'a ImagePool,
}

/// Where images are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Blocks {
    /// The outermost axis whose size isn't 1.
    axis: usize,
    /// Positions of the pool along the axis in a block: all, or some of a large image.
    positions: usize,
    /// Images of a block: 1 if they are cut.
    images: usize,
}

/// Positions of a pool of some images.
#[derive(Debug, Clone)]
struct Block {
    images: Range<usize>,
    positions: Range<usize>,
}

impl PooledConv<'_> {
    /// Whether blocks of the output fit in a cache, without many outputs that two blocks compute.
    pub(crate) fn fits(&self) -> bool {
        self.pool.input() == self.shape.geometry.output
            && Blocks::new(self, 1, BLOCK_ELEMENTS).is_some()
    }

    /// `y = pool(finish(x * k))`.
    pub(crate) fn compute(&self, operands: [&[f32]; 2], finish: Finish<'_, f32>, y: &mut [f32]) {
        let blocks = Blocks::new(self, self.images(y), BLOCK_ELEMENTS);
        self.compute_blocks(blocks.expect("checked by `fits`"), operands, finish, y);
    }

    /// The number of images whose output is `y`.
    fn images(&self, y: &[f32]) -> usize {
        y.len() / (self.pool.output().iter().product::<usize>() * self.shape.out_channels)
    }

    fn compute_blocks(
        &self,
        blocks: Blocks,
        [x, k]: [&[f32]; 2],
        finish: Finish<'_, f32>,
        y: &mut [f32],
    ) {
        let (shape, pool, channels) = (self.shape, self.pool, self.shape.out_channels);
        let is_finite = AtomicBool::new(true);
        let mut tasks = blocks.tasks(pool, channels, y);
        parallel::for_chunks(&mut tasks, 1, true, &|_, tasks| {
            for (block, y) in tasks {
                if !self.block(blocks.axis, block, [x, k], finish, y) {
                    is_finite.store(false, Ordering::Relaxed);
                }
            }
        });
        drop(tasks);
        if !is_finite.into_inner() {
            // All images are computed directly, as without a pool.
            let pixels = shape.geometry.output.iter().product::<usize>();
            let mut image = scratch::filled(self.images(y) * pixels * channels, 0.0);
            forward_prepared(shape, x, k, self.prepared, finish, &mut image);
            pool.apply(channels, &image, y);
        }
    }

    /// Computes a block. Returns whether its convolution is finite, as one with a transformed kernel has to be.
    fn block(
        &self,
        axis: usize,
        block: &Block,
        [x, k]: [&[f32]; 2],
        finish: Finish<'_, f32>,
        y: &mut [f32],
    ) -> bool {
        let (g, channels) = (&self.shape.geometry, self.shape.out_channels);
        let elements = |sizes: [usize; 3], channels| sizes.iter().product::<usize>() * channels;
        let (image, source) =
            (elements(g.output, channels), elements(g.input, self.shape.in_channels));
        let (outputs, inputs) = (g.output[axis], g.input[axis]);
        let line = image / outputs;
        let is_cut = block.positions.len() < self.pool.output()[axis];
        let (read, pool) = match is_cut {
            true => self.pool.part(axis, block.positions.clone()).expect("cut where it can be"),
            false => (0..outputs, *self.pool),
        };
        let whole = match self.prepared {
            PreparedKernel::Winograd(_) => whole_tiles(&read, outputs),
            _ => read.clone(),
        };
        let (x, shape) = match is_cut {
            true => {
                let lines = g.reads(axis, whole.clone()).expect("windows in the image");
                let of_line = source / inputs.max(1);
                let first = block.images.start * source + lines.start * of_line;
                let x = &x[first..][..lines.len() * of_line];
                (x, ConvShape { geometry: g.part(axis, whole.clone(), lines), ..*self.shape })
            }
            false => (&x[block.images.start * source..block.images.end * source], *self.shape),
        };
        let post = finish
            .post
            .map(|post| Shifted { offset: block.images.start * image + whole.start * line, post });
        let post = post.as_ref().map(|post| post as &dyn PostOps<f32>);
        let finish = Finish { post, ..finish };
        let length = block.images.len() * whole.len() * line;
        with_scratch(&SCRATCH, length, |between| {
            let is_finite = self.convolve(&shape, is_cut, [x, k], finish, between);
            let read = (read.start - whole.start) * line..(read.end - whole.start) * line;
            let between = if is_cut { &between[read] } else { between };
            pool.apply(channels, between, y);
            is_finite
        })
    }

    /// The convolution of a block.
    fn convolve(
        &self,
        shape: &ConvShape,
        is_cut: bool,
        [x, k]: [&[f32]; 2],
        finish: Finish<'_, f32>,
        out: &mut [f32],
    ) -> bool {
        match self.prepared {
            PreparedKernel::Packed(packed) => {
                let rows = out.len() / shape.out_channels;
                gemm_packed(rows, MatrixRef::row_major(x, shape.in_channels), packed, finish, out);
            }
            PreparedKernel::Winograd(kernel) => {
                return forward_transformed(shape, x, kernel, finish, out);
            }
            PreparedKernel::Rows(rows) => gather_packed(shape, x, rows, finish, out),
            PreparedKernel::Gather(_) if is_cut => {
                gather(shape, &GatherIndices::new(shape, 1), x, k, finish, out);
            }
            PreparedKernel::Gather(indices) => gather(shape, indices, x, k, finish, out),
        }
        true
    }
}

/// The lines of the Winograd tiles that these lines are of: two each, from the first one on.
fn whole_tiles(lines: &Range<usize>, all: usize) -> Range<usize> {
    lines.start / 2 * 2..lines.end.next_multiple_of(2).min(all)
}

/// Elementwise functions of an output, of which a part begins at `offset`.
#[derive(Debug)]
struct Shifted<'a> {
    offset: usize,
    post: &'a dyn PostOps<f32>,
}

impl PostOps<f32> for Shifted<'_> {
    fn run(&self, offset: usize, out: &mut [f32]) {
        self.post.run(self.offset + offset, out);
    }
}

impl Blocks {
    /// How images are cut into blocks of at most `most` elements between convolution and pool; `None` if they can't be.
    fn new(conv: &PooledConv<'_>, images: usize, most: usize) -> Option<Self> {
        let PooledConv { shape, prepared, pool } = *conv;
        let (output, positions) = (shape.geometry.output, pool.output());
        let axis = output.iter().position(|&size| size != 1).unwrap_or(2);
        let image = output.iter().product::<usize>() * shape.out_channels;
        if image == 0 || positions.contains(&0) {
            return None;
        }
        if image <= most {
            // Each thread has some blocks.
            let shared = images.div_ceil(4 * parallel::num_threads()).max(1);
            let images = if parallel::num_threads() > 1 { shared } else { images };
            let images = images.min(most / image);
            return Some(Self { axis, positions: positions[axis], images });
        }
        // Lines along an axis follow one another in memory if it is the outermost one.
        let outer = (shape.geometry.input.iter().zip(&positions)).take(axis);
        if outer.into_iter().any(|(&input, &positions)| (input, positions) != (1, 1)) {
            return None;
        }
        let lines = most / (image / output[axis]);
        let read = |count: usize| Some(pool.part(axis, 0..count)?.0.len());
        let fits = |count: &usize| read(*count).is_some_and(|read| read + 2 <= lines);
        let count = (1..positions[axis]).take_while(fits).last()?;
        // Every block but the last one can be cut, and so can its convolution.
        let starts = (0..positions[axis]).step_by(count);
        let (mut computed, mut covered, mut has_gaps) = (0, 0, false);
        for start in starts {
            let (read, _) = pool.part(axis, start..(start + count).min(positions[axis]))?;
            let whole = whole_tiles(&read, output[axis]);
            shape.geometry.reads(axis, whole.clone())?;
            computed += read.len();
            has_gaps |= whole.start > covered;
            covered = whole.end;
        }
        // With Winograd, a single output that isn't finite changes how all are computed. So all must be computed, also
        // those that no window of the pool reads.
        has_gaps |= covered < output[axis];
        if has_gaps && matches!(prepared, PreparedKernel::Winograd(_)) {
            return None;
        }
        let again = computed.saturating_sub(output[axis]);
        (again * LEAST_NEW_OUTPUTS <= output[axis]).then_some(Self {
            axis,
            positions: count,
            images: 1,
        })
    }

    /// The blocks with their outputs.
    fn tasks<'a>(
        &self,
        pool: &ImagePool,
        channels: usize,
        y: &'a mut [f32],
    ) -> List<(Block, &'a mut [f32])> {
        let output = pool.output();
        let all = output[self.axis];
        let line = with_axis(output, self.axis, 1).iter().product::<usize>() * channels;
        let (mut rest, mut tasks, mut image) = (y, scratch::list(), 0);
        while !rest.is_empty() {
            for first in (0..all).step_by(self.positions) {
                let positions = first..(first + self.positions).min(all);
                let images =
                    image..(image + self.images).min(image + rest.len() / (positions.len() * line));
                let length = images.len() * positions.len() * line;
                let (block, after) = rest.split_at_mut(length);
                tasks.push((Block { images, positions }, block));
                rest = after;
            }
            image += self.images;
        }
        tasks
    }
}
