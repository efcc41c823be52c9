//! The Winograd gradient of the kernel: transforms input and output gradient, multiplies them by 16 GEMMs
//! whose k dimension is the tiles, and transforms the products to the kernel's gradient.

use std::ops::Range;

use super::matrices::KernelGradTransform;
use super::tile_transforms::TiledImages;
use super::transform::{Strides, Transform};
use super::{BLOCK_SCRATCH, POSITIONS, TileGrid, position_strides};
use crate::kernel::gemm::{GemmAccumulate, MatrixMut, MatrixRef};
use crate::kernel::level::Level;
use crate::kernel::parallel;
use crate::kernel::scratch::{self, with_scratch};

/// Input channels per task.
const CHANNEL_CHUNK: usize = 64;
/// The most tasks: each has a chunk of input channels and some blocks of tiles.
const MAX_TASKS: usize = 16;
/// Points of a kernel.
const POINTS: usize = 9;

pub(super) struct KernelGradient<'a> {
    pub(super) level: Level,
    pub(super) tiles: TileGrid,
    pub(super) x: TiledImages<'a>,
    pub(super) dy: TiledImages<'a>,
}

impl KernelGradient<'_> {
    /// Writes the gradient. Returns whether all of it is finite.
    ///
    /// The blocks of tiles are split into tasks by their number alone. Each task sums its blocks in order,
    /// and the sums of the tasks are added in order.
    pub(super) fn compute(&self, dk: &mut [f32]) -> bool {
        let [input, output] = [self.x.channels, self.dy.channels];
        let (chunk, chunks) = (CHANNEL_CHUNK.min(input), input.div_ceil(CHANNEL_CHUNK));
        let blocks = self.tiles.count.div_ceil(self.tiles.block);
        let blocks_per_task = blocks.div_ceil(MAX_TASKS.div_ceil(chunks));
        let size = POINTS * chunk * output;
        let mut sums = scratch::filled(blocks.div_ceil(blocks_per_task) * chunks * size, 0.0);
        parallel::for_chunks(&mut sums, size, true, &|task, sums| {
            let first = task % chunks * chunk;
            let channels = first..input.min(first + chunk);
            let first_block = task / chunks * blocks_per_task;
            self.sum(channels, first_block..blocks.min(first_block + blocks_per_task), sums);
        });
        dk.fill(0.0);
        for (task, sums) in sums.chunks_exact(size).enumerate() {
            let first = task % chunks * chunk;
            let length = chunk.min(input - first) * output;
            for (dk, sums) in dk.chunks_exact_mut(input * output).zip(sums.chunks_exact(length)) {
                let dk = &mut dk[first * output..][..length];
                dk.iter_mut().zip(sums).for_each(|(dk, &sum)| *dk += sum);
            }
        }
        dk.iter().all(|dk| dk.is_finite())
    }

    /// The gradient for a chunk of input channels, summed over some blocks of tiles.
    fn sum(&self, channels: Range<usize>, blocks: Range<usize>, sums: &mut [f32]) {
        let (tiles, output) = (&self.tiles, self.dy.channels);
        let input = channels.len();
        let (pixel, gradient) = (tiles.position_stride(input), tiles.position_stride(output));
        let size = input * output;
        with_scratch(&BLOCK_SCRATCH, POSITIONS * (pixel + gradient + size), |scratch| {
            let (pixels, rest) = scratch.split_at_mut(POSITIONS * pixel);
            let (gradients, products) = rest.split_at_mut(POSITIONS * gradient);
            products.fill(0.0);
            let mut buffer = scratch::list();
            for block in blocks {
                let first = block * tiles.block;
                let bands = tiles.block.min(tiles.count - first);
                for band in 0..bands {
                    let to = &mut pixels[band * tiles.across * input..];
                    let channels = channels.clone();
                    self.x.transform_inputs(tiles, first + band, channels, to, pixel, &mut buffer);
                    let to = &mut gradients[band * tiles.across * output..];
                    self.dy.transform_gradients(tiles, first + band, to, gradient, &mut buffer);
                }
                let count = bands * tiles.across;
                for position in 0..POSITIONS {
                    let a = MatrixRef::row_major(&pixels[position * pixel..], input).transposed();
                    let b = MatrixRef::row_major(&gradients[position * gradient..], output);
                    let c =
                        MatrixMut::new(&mut products[position * size..], [input, output], output);
                    self.level.run(GemmAccumulate { size: [input, count, output], a, b, c });
                }
            }
            self.level.run(Transform {
                matrix: KernelGradTransform,
                items: 1,
                channels: size,
                from: products,
                from_strides: position_strides(0, size),
                to: sums,
                to_strides: Strides { item: 0, row: 3 * size, column: size },
            });
        });
    }
}
