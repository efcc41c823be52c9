//! The Winograd gradient of the kernel: transforms input and output gradient, multiplies them by 16 GEMMs
//! whose k dimension is the tiles, and transforms the products to the kernel's gradient.

use std::ops::Range;

use super::images::Images;
use super::matrices::TapGradients;
use super::transform::{Steps, Transform};
use super::{BLOCKS, PLACES, Tiles, places};
use crate::kernel::level::Level;
use crate::kernel::parallel;
use crate::kernel::product::{Accumulate, Layout, Output};
use crate::kernel::scratch::with_scratch;

/// Input channels of a task.
const CHUNK: usize = 64;
/// Tasks at most: each has a chunk of input channels and some blocks of tiles.
const TASKS: usize = 16;
/// Taps of a kernel.
const WINDOW: usize = 9;

pub(super) struct KernelGradient<'a> {
    pub(super) level: Level,
    pub(super) tiles: Tiles,
    pub(super) x: Images<'a>,
    pub(super) dy: Images<'a>,
}

impl KernelGradient<'_> {
    /// Writes the gradient. Returns whether all of it is finite.
    ///
    /// The blocks of tiles are split into tasks by their number alone. Each task sums its blocks in order,
    /// and the sums of the tasks are added in order.
    pub(super) fn compute(&self, dk: &mut [f32]) -> bool {
        let [input, output] = [self.x.channels, self.dy.channels];
        let (chunk, chunks) = (CHUNK.min(input), input.div_ceil(CHUNK));
        let blocks = self.tiles.count.div_ceil(self.tiles.block);
        let per_part = blocks.div_ceil(TASKS.div_ceil(chunks));
        let size = WINDOW * chunk * output;
        let mut sums = vec![0.0; blocks.div_ceil(per_part) * chunks * size];
        parallel::chunks(&mut sums, size, true, &|task, sums| {
            let first = task % chunks * chunk;
            let channels = first..input.min(first + chunk);
            let part = task / chunks * per_part;
            self.sum(channels, part..blocks.min(part + per_part), sums);
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

    /// The gradient for some input channels and some blocks of tiles.
    fn sum(&self, channels: Range<usize>, blocks: Range<usize>, sums: &mut [f32]) {
        let (tiles, output) = (&self.tiles, self.dy.channels);
        let input = channels.len();
        let (pixel, gradient) = (tiles.place_step(input), tiles.place_step(output));
        let size = input * output;
        with_scratch(&BLOCKS, PLACES * (pixel + gradient + size), |scratch| {
            let (pixels, rest) = scratch.split_at_mut(PLACES * pixel);
            let (gradients, products) = rest.split_at_mut(PLACES * gradient);
            products.fill(0.0);
            let mut buffer = Vec::new();
            for block in blocks {
                let first = block * tiles.block;
                let bands = tiles.block.min(tiles.count - first);
                for band in 0..bands {
                    let to = &mut pixels[band * tiles.across * input..];
                    let channels = channels.clone();
                    self.x.transform_pixels(tiles, first + band, channels, to, pixel, &mut buffer);
                    let to = &mut gradients[band * tiles.across * output..];
                    self.dy.transform_gradients(tiles, first + band, to, gradient, &mut buffer);
                }
                let count = bands * tiles.across;
                for place in 0..PLACES {
                    let a = Layout::rows_of(&pixels[place * pixel..], input).transposed();
                    let b = Layout::rows_of(&gradients[place * gradient..], output);
                    let c = Output::new(&mut products[place * size..], [input, output], output);
                    self.level.run(Accumulate { size: [input, count, output], a, b, c });
                }
            }
            self.level.run(Transform {
                matrix: TapGradients,
                items: 1,
                channels: size,
                from: products,
                from_steps: places(0, size),
                to: sums,
                to_steps: Steps { item: 0, row: 3 * size, column: size },
            });
        });
    }
}
