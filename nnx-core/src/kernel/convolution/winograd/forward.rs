//! The Winograd convolution: transforms kernel and input, multiplies them by 16 GEMMs, and transforms the
//! products to outputs. The gradient of the input is the same with a flipped kernel.

use std::sync::atomic::{AtomicBool, Ordering};

use super::images::Images;
use super::matrices::Taps;
use super::transform::{Finish, Steps, Transform};
use super::{BLOCKS, KERNEL, PLACES, Tiles, places};
use crate::kernel::level::Level;
use crate::kernel::parallel;
use crate::kernel::product::{self, Layout, Output};
use crate::kernel::scratch::with_scratch;

pub(super) struct Forward<'a> {
    pub(super) level: Level,
    pub(super) tiles: Tiles,
    pub(super) x: Images<'a>,
    /// Output channels.
    pub(super) channels: usize,
    pub(super) bias: Option<&'a [f32]>,
}

impl Forward<'_> {
    /// Writes all outputs. Returns whether all of them are finite.
    pub(super) fn compute(&self, k: &[f32], y: &mut [f32]) -> bool {
        let size = self.x.channels * self.channels;
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
            let mut blocks = self.tiles.bands.blocks(y, self.channels, self.tiles.block);
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

    /// The outputs of the block of bands that starts with band `first`.
    fn block(&self, first: usize, kernel: &[f32], y: &mut [f32]) -> bool {
        let (tiles, [input, output]) = (&self.tiles, [self.x.channels, self.channels]);
        let bands = tiles.block.min(tiles.count - first);
        let (pixel, sum) = (tiles.place_step(input), tiles.place_step(output));
        with_scratch(&BLOCKS, PLACES * (pixel + sum), |scratch| {
            let (pixels, sums) = scratch.split_at_mut(PLACES * pixel);
            let mut buffer = Vec::new();
            for band in 0..bands {
                let to = &mut pixels[band * tiles.across * input..];
                self.x.transform_pixels(tiles, first + band, 0..input, to, pixel, &mut buffer);
            }
            let size = [bands * tiles.across, input, output];
            for place in 0..PLACES {
                let a = Layout::rows_of(&pixels[place * pixel..], input);
                let b = Layout::rows_of(&kernel[place * input * output..], output);
                let c = Output::new(&mut sums[place * sum..], [size[0], output], output);
                product::serial_at(self.level, size, a, b, None, c);
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
            assert!(rest.is_empty(), "a block of outputs has the lines of its bands");
            finite
        })
    }
}
