//! The convolution, and that which the gradient of its input is.

use std::sync::atomic::{AtomicBool, Ordering};

use super::transform::{Finish, Pixels, Steps, Taps, Transform};
use super::{BLOCKS, Channels, Geometry, KERNEL, PLACES, Tiles, places, with_scratch};
use crate::kernel::level::Level;
use crate::kernel::parallel;
use crate::kernel::product::{self, Epilogue, Layout, Output};

pub(super) struct Forward<'a> {
    pub(super) level: Level,
    pub(super) tiles: Tiles,
    pub(super) g: Geometry,
    pub(super) c: Channels,
    pub(super) x: &'a [f32],
    pub(super) bias: Option<&'a [f32]>,
}

impl Forward<'_> {
    /// Writes all outputs. Gives whether all of them are finite.
    pub(super) fn compute(&self, k: &[f32], y: &mut [f32]) -> bool {
        let size = self.c.input * self.c.output;
        let finite = AtomicBool::new(true);
        with_scratch(&KERNEL, PLACES * size, |kernel| {
            self.level.run(Transform {
                matrix: Taps,
                items: 1,
                channels: size,
                from: k,
                from_steps: Steps { item: 0, row: 3 * size, column: size },
                to: kernel,
                to_steps: places(0, size),
            });
            let kernel = &*kernel;
            let mut blocks = self.tiles.bands.blocks(y, self.c.output, self.tiles.block);
            parallel::chunks(&mut blocks, 1, true, &|_, blocks| {
                for (first, y) in blocks {
                    if !self.block(*first, kernel, y) {
                        finite.store(false, Ordering::Relaxed);
                    }
                }
            });
        });
        finite.into_inner()
    }

    /// The outputs of the bands from `first` on.
    fn block(&self, first: usize, kernel: &[f32], y: &mut [f32]) -> bool {
        let (tiles, [input, output]) = (&self.tiles, [self.c.input, self.c.output]);
        let bands = tiles.block.min(tiles.count - first);
        let (pixel, sum) = (tiles.place_step(input), tiles.place_step(output));
        with_scratch(&BLOCKS, PLACES * (pixel + sum), |scratch| {
            let (pixels, sums) = scratch.split_at_mut(PLACES * pixel);
            let mut buffer = Vec::new();
            for band in 0..bands {
                let to = &mut pixels[band * tiles.across * input..];
                self.transform_pixels(first + band, to, pixel, &mut buffer);
            }
            let size = [bands * tiles.across, input, output];
            for place in 0..PLACES {
                let a = Layout::rows_of(&pixels[place * pixel..], input);
                let b = Layout::rows_of(&kernel[place * input * output..], output);
                let c = Output::new(&mut sums[place * sum..], [size[0], output], output);
                product::serial_at(self.level, size, a, b, c, false, &Epilogue::NONE);
            }
            let (mut rest, mut finite) = (y, true);
            for band in 0..bands {
                let (_, _, lines) = tiles.bands.band(first + band);
                let (to, behind) = rest.split_at_mut(lines * tiles.bands.line * output);
                finite &= self.level.run(Finish {
                    from: &sums[band * tiles.across * output..],
                    from_steps: places(output, sum),
                    bias: self.bias,
                    channels: output,
                    to,
                    width: tiles.bands.line,
                });
                rest = behind;
            }
            finite
        })
    }

    /// The transformed tiles of a band, whose places are `step` apart.
    fn transform_pixels(&self, band: usize, to: &mut [f32], step: usize, buffer: &mut Vec<f32>) {
        let (image, seen, _) = self.tiles.seen(&self.g, band);
        let channels = self.c.input;
        let size = self.g.input.iter().product::<usize>() * channels;
        let [_, line, pixel] = seen.steps(channels);
        self.level.run(Transform {
            matrix: Pixels,
            items: self.tiles.across,
            channels,
            from: seen.of(&self.x[image * size..][..size], self.g.input, channels, buffer),
            from_steps: Steps { item: 2 * pixel, row: line, column: pixel },
            to,
            to_steps: places(channels, step),
        });
    }
}
