//! The Winograd convolution: transforms kernel and input, multiplies them by 16 GEMMs, and transforms the
//! products to outputs. The gradient of the input is the same with a flipped kernel.

use std::sync::atomic::{AtomicBool, Ordering};

use super::tile_transforms::TiledImages;
use super::transform::{TransformTaps, WriteOutputs};
use super::{
    BLOCK_SCRATCH, KERNEL_SCRATCH, MIN_CHANNELS, POSITIONS, TileGrid, Weights, position_strides,
};
use crate::kernel::finish::Finish;
use crate::kernel::gemm::{MatrixMut, MatrixRef, SerialGemm};
use crate::kernel::level::Level;
use crate::kernel::parallel;
use crate::kernel::scratch::{self, with_scratch};

/// The least number of weights per tap that a task transforms: about 3 µs of work.
const WEIGHTS_PER_TASK: usize = 1024;

/// Transforms a kernel, `size` weights of each tap. Tasks have some of the weights of all taps.
pub(super) fn transform_taps(level: Level, taps: &[f32], size: usize, kernel: &mut [f32]) {
    let each = size.div_ceil(size.div_ceil(WEIGHTS_PER_TASK).min(parallel::num_threads()));
    let each = each.next_multiple_of(16).min(size);
    let (mut rest, mut tasks) = (MatrixMut::new(kernel, [POSITIONS, size], size), scratch::list());
    for first in (0..size).step_by(each) {
        let (to, after) = rest.split_columns(each.min(size - first));
        tasks.push(TransformTaps { taps, size, first, to });
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
        match k {
            Weights::Taps(taps) if self.tiles.by_channels(self.channels) => {
                self.by_channels(taps, y)
            }
            Weights::Transformed(kernel) => self.blocks(kernel, y),
            Weights::Taps(taps) => with_scratch(&KERNEL_SCRATCH, POSITIONS * size, |kernel| {
                transform_taps(self.level, taps, size, kernel);
                self.blocks(kernel, y)
            }),
        }
    }

    /// Writes all outputs, each thread those of some channels. Returns whether all of them are finite.
    fn by_channels(&self, taps: &[f32], y: &mut [f32]) -> bool {
        let (inputs, all) = (self.x.channels, self.channels);
        let each = all.div_ceil(parallel::num_threads()).next_multiple_of(MIN_CHANNELS);
        let pixels = y.len() / all;
        // A part of one channel would be a GEMV, whose summation order differs: the part before it takes the channel.
        let count = all.div_ceil(each) - usize::from(all > each && all % each == 1);
        let mut parts = vec![(Vec::new(), true); count];
        parallel::for_chunks(&mut parts, 1, true, &|i, parts| {
            let first = i * each;
            let channels = if i + 1 == count { all - first } else { each };
            let finish = Finish::bias(self.finish.of_columns(first, channels).bias);
            let part = Forward { channels, finish, ..*self };
            for (y, finite) in parts {
                y.resize(pixels * channels, 0.0);
                let size = inputs * channels;
                *finite = with_scratch(&KERNEL_SCRATCH, POSITIONS * size, |kernel| {
                    let mut rest = MatrixMut::new(kernel, [POSITIONS, size], size);
                    for input in 0..inputs {
                        let (to, after) = rest.split_columns(channels);
                        let first = input * all + first;
                        self.level.run(TransformTaps { taps, size: inputs * all, first, to });
                        rest = after;
                    }
                    part.blocks(kernel, y)
                });
            }
        });
        let mut from = 0;
        for (part, _) in &parts {
            let channels = part.len() / pixels;
            for (y, part) in y.chunks_exact_mut(all).zip(part.chunks_exact(channels)) {
                y[from..from + channels].copy_from_slice(part);
            }
            from += channels;
        }
        self.finish.post(0, y);
        parts.iter().all(|(_, finite)| *finite)
    }

    /// Writes all blocks of outputs. Returns whether all of them are finite.
    fn blocks(&self, kernel: &[f32], y: &mut [f32]) -> bool {
        let finite = AtomicBool::new(true);
        let this = Self { tiles: self.tiles.shared(), ..*self };
        let mut blocks = this.tiles.bands.blocks(y, self.channels, this.tiles.block);
        parallel::for_chunks(&mut blocks, 1, true, &|_, blocks| {
            for (first, y) in blocks {
                if !this.block(*first, kernel, y) {
                    finite.store(false, Ordering::Relaxed);
                }
            }
        });
        finite.into_inner()
    }

    /// Computes the outputs of one block of bands, from band `first` on.
    fn block(&self, first: usize, kernel: &[f32], y: &mut [f32]) -> bool {
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
                let (image, line, lines) = tiles.bands.band(first + band);
                let (to, after) = rest.split_at_mut(lines * tiles.bands.line * output);
                finite &= self.level.run(WriteOutputs {
                    from: &sums[band * tiles.across * output..],
                    from_strides: position_strides(output, sum),
                    bias: self.finish.bias,
                    channels: output,
                    to: &mut *to,
                    width: tiles.bands.line,
                });
                let line = image * tiles.bands.extent + line;
                self.finish.post(line * tiles.bands.line * output, to);
                rest = after;
            }
            assert!(rest.is_empty(), "a block of outputs has the lines of its bands");
            finite
        })
    }
}
