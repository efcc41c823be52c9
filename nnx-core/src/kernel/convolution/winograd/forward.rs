//! The Winograd convolution: transforms kernel and input, multiplies them by 16 GEMMs, and transforms the
//! products to outputs. The gradient of the input is the same with a flipped kernel.

use std::sync::atomic::{AtomicBool, Ordering};

use super::tile_transforms::TiledImages;
use super::transform::{TransformPoints, WriteOutputs};
use super::{
    BLOCK_SCRATCH, KERNEL_SCRATCH, MIN_CHANNELS, POSITIONS, TileGrid, Weights, position_strides,
};
use crate::kernel::finish::Finish;
use crate::kernel::gemm::{MatrixMut, MatrixRef, SerialGemm, post_rows};
use crate::kernel::level::Level;
use crate::kernel::parallel;
use crate::kernel::scratch::{self, with_scratch};

/// The least number of weights per point that a task transforms: about 3 µs of work.
const WEIGHTS_PER_TASK: usize = 1024;

/// Transforms a kernel, `size` weights of each point. Tasks have some of the weights of all points.
pub(super) fn transform_points(level: Level, points: &[f32], size: usize, kernel: &mut [f32]) {
    let each = size.div_ceil(size.div_ceil(WEIGHTS_PER_TASK).min(parallel::num_threads()));
    let each = each.next_multiple_of(16).min(size);
    let (mut rest, mut tasks) = (MatrixMut::new(kernel, [POSITIONS, size], size), scratch::list());
    for first in (0..size).step_by(each) {
        let (to, after) = rest.split_columns(each.min(size - first));
        tasks.push(TransformPoints { points, size, first, to });
        rest = after;
    }
    parallel::for_chunks(&mut tasks, 1, true, &|_, tasks| {
        tasks.iter_mut().for_each(|task| level.run(task.reborrow()));
    });
}

pub(super) struct Forward<'a> {
    pub(super) level: Level,
    pub(super) tiles: TileGrid,
    pub(super) x: TiledImages<'a>,
    /// Output channels.
    pub(super) channels: usize,
    pub(super) finish: Finish<'a, f32>,
}

impl Forward<'_> {
    /// Writes all outputs. Returns whether all of them are finite.
    pub(super) fn compute(&self, k: Weights<'_, f32>, y: &mut [f32]) -> bool {
        let size = self.x.channels * self.channels;
        [self.x.values, &*y].into_iter().for_each(parallel::shared_if_short);
        let y = MatrixMut::new(y, [y.len() / self.channels, self.channels], self.channels);
        match k {
            Weights::Points(points) if self.tiles.by_channels(self.channels) => {
                self.by_channels(points, y)
            }
            Weights::Transformed(kernel) => self.blocks(kernel, y),
            Weights::Points(points) => with_scratch(&KERNEL_SCRATCH, POSITIONS * size, |kernel| {
                parallel::reclaim(kernel);
                transform_points(self.level, points, size, kernel);
                parallel::read_by_all(kernel);
                self.blocks(kernel, y)
            }),
        }
    }

    /// Writes all outputs, each thread those of some channels. Returns whether all of them are finite.
    fn by_channels(&self, points: &[f32], y: MatrixMut<'_, f32>) -> bool {
        let (inputs, all) = (self.x.channels, self.channels);
        let each = all.div_ceil(parallel::num_threads()).next_multiple_of(MIN_CHANNELS);
        let (mut rest, mut parts, mut first) = (y, scratch::list(), 0);
        while first < all {
            // A part of one channel would be a GEMV, whose summation order differs: the part before it takes the channel.
            let channels = if first + each + 1 >= all { all - first } else { each };
            let (part, after) = rest.split_columns(channels);
            parts.push((first, Some(part)));
            (rest, first) = (after, first + channels);
        }
        parallel::read_by_all(self.x.values);
        let finite = AtomicBool::new(true);
        parallel::for_chunks(&mut parts, 1, true, &|_, parts| {
            for (first, y) in parts {
                let (first, y) = (*first, y.take().expect("each part is computed once"));
                let channels = y.columns();
                let part =
                    Forward { channels, finish: self.finish.of_columns(first, channels), ..*self };
                let size = inputs * channels;
                let part_is_finite = with_scratch(&KERNEL_SCRATCH, POSITIONS * size, |kernel| {
                    let mut rest = MatrixMut::new(kernel, [POSITIONS, size], size);
                    for input in 0..inputs {
                        let (to, after) = rest.split_columns(channels);
                        let first = input * all + first;
                        self.level.run(TransformPoints { points, size: inputs * all, first, to });
                        rest = after;
                    }
                    part.blocks(kernel, y)
                });
                if !part_is_finite {
                    finite.store(false, Ordering::Relaxed);
                }
            }
        });
        finite.into_inner()
    }

    /// Writes all blocks of outputs, a row for each pixel. Returns whether all of them are finite.
    fn blocks(&self, kernel: &[f32], y: MatrixMut<'_, f32>) -> bool {
        let finite = AtomicBool::new(true);
        let this = Self { tiles: self.tiles.shared(), ..*self };
        let TileGrid { bands, block, .. } = this.tiles;
        let (mut rest, mut blocks, mut first) = (y, scratch::list(), 0);
        while rest.rows() > 0 {
            let lines: usize = (first..first + block).map(|band| bands.band(band).2).sum();
            let pixels = rest.rows().min(lines * bands.line);
            let (y, after) = rest.split_rows(pixels);
            blocks.push((first, Some(y)));
            (rest, first) = (after, first + block);
        }
        parallel::for_chunks(&mut blocks, 1, true, &|_, blocks| {
            for (first, y) in blocks {
                let y = y.take().expect("each block is computed once");
                if !this.block(*first, kernel, y) {
                    finite.store(false, Ordering::Relaxed);
                }
            }
        });
        finite.into_inner()
    }

    /// Computes the outputs of one block of bands, from band `first` on.
    fn block(&self, first: usize, kernel: &[f32], y: MatrixMut<'_, f32>) -> bool {
        let (tiles, [input, output]) = (&self.tiles, [self.x.channels, self.channels]);
        let bands = tiles.block.min(tiles.count - first);
        let (pixel, sum) = (tiles.position_stride(input), tiles.position_stride(output));
        with_scratch(&BLOCK_SCRATCH, POSITIONS * (pixel + sum), |scratch| {
            let (pixels, sums) = scratch.split_at_mut(POSITIONS * pixel);
            let mut buffer = scratch::list();
            for band in 0..bands {
                let to = &mut pixels[band * tiles.across * input..];
                self.x.transform_inputs(tiles, first + band, 0..input, to, pixel, &mut buffer);
            }
            let size = [bands * tiles.across, input, output];
            for position in 0..POSITIONS {
                let a = MatrixRef::row_major(&pixels[position * pixel..], input);
                let b = MatrixRef::row_major(&kernel[position * input * output..], output);
                let c = MatrixMut::new(&mut sums[position * sum..], [size[0], output], output);
                self.level.run(SerialGemm { size, a, b, finish: Finish::NOTHING, c });
            }
            let (mut rest, mut finite) = (y, true);
            for band in 0..bands {
                let (_, _, lines) = tiles.bands.band(first + band);
                let pixels = lines * tiles.bands.line;
                let (mut to, after) = rest.split_rows(pixels);
                finite &= self.level.run(WriteOutputs {
                    from: &sums[band * tiles.across * output..],
                    from_strides: position_strides(output, sum),
                    bias: self.finish.bias,
                    to: to.submatrix([0; 2], [pixels, output]),
                    width: tiles.bands.line,
                });
                post_rows(self.finish, &mut to);
                rest = after;
            }
            assert!(rest.rows() == 0, "a block of outputs has the lines of its bands");
            finite
        })
    }
}
