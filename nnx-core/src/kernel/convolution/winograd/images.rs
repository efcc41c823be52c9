//! Transforms the Winograd tiles of images: of the input, and of the output's gradient.

use std::ops::Range;

use super::matrices::{Matrix, OutputGradients, Pixels};
use super::transform::{Steps, Transform};
use super::{Tiles, places};
use crate::kernel::convolution::boxes::Region;
use crate::kernel::level::Level;

#[derive(Clone, Copy)]
pub(super) struct Images<'a> {
    pub(super) level: Level,
    pub(super) numbers: &'a [f32],
    pub(super) sizes: [usize; 3],
    pub(super) channels: usize,
    /// Padding before the images along height and width.
    pub(super) low: [usize; 2],
}

/// Some tiles of a band.
struct Part {
    image: usize,
    /// The first line of their input, in the padded image.
    line: usize,
    tiles: Range<usize>,
    channels: Range<usize>,
}

impl Images<'_> {
    /// Transforms the input of the tiles of a band, 4 x 4 pixels for each, to positions that are `step`
    /// apart.
    pub(super) fn transform_pixels(
        &self,
        tiles: &Tiles,
        band: usize,
        channels: Range<usize>,
        to: &mut [f32],
        step: usize,
        buffer: &mut Vec<f32>,
    ) {
        let (image, line, _) = tiles.bands.band(band);
        let [_, low] = self.low;
        // Tiles in the middle read pixels of the image only: they need no padded copy.
        let first = low.div_ceil(2).min(tiles.across);
        let end = ((self.sizes[2] + low) / 2).saturating_sub(1).clamp(first, tiles.across);
        for tiles in [0..first, first..end, end..tiles.across] {
            let to = &mut to[tiles.start * channels.len()..];
            let part = Part { image, line, tiles, channels: channels.clone() };
            self.transform::<_, 4>(Pixels, &part, to, step, buffer);
        }
    }

    /// Transforms the output's gradient of a band, 2 x 2 for each tile, to positions that are `step` apart.
    pub(super) fn transform_gradients(
        &self,
        tiles: &Tiles,
        band: usize,
        to: &mut [f32],
        step: usize,
        buffer: &mut Vec<f32>,
    ) {
        let (image, line, _) = tiles.bands.band(band);
        let part = Part { image, line, tiles: 0..tiles.across, channels: 0..self.channels };
        self.transform::<_, 2>(OutputGradients, &part, to, step, buffer);
    }

    /// Transforms tiles of I x I pixels, which start two pixels apart.
    fn transform<M: Matrix<I, 4>, const I: usize>(
        &self,
        matrix: M,
        part: &Part,
        to: &mut [f32],
        step: usize,
        buffer: &mut Vec<f32>,
    ) {
        let Part { image, line, tiles, channels } = part;
        if tiles.is_empty() {
            return;
        }
        let start = [(*line, self.low[0]), (2 * tiles.start, self.low[1])];
        let [line, column] = start.map(|(at, low)| at.cast_signed() - low.cast_signed());
        let seen = Region { start: [0, line, column], size: [1, I, 2 * tiles.len() + I - 2] };
        let size = self.sizes.iter().product::<usize>() * self.channels;
        let image = &self.numbers[image * size..][..size];
        let (pixels, [_, line, pixel]) = seen.view(image, self.sizes, self.channels, buffer);
        self.level.run(Transform {
            matrix,
            items: tiles.len(),
            channels: channels.len(),
            from: &pixels[channels.start..],
            from_steps: Steps { item: 2 * pixel, row: line, column: pixel },
            to,
            to_steps: places(channels.len(), step),
        });
    }
}
