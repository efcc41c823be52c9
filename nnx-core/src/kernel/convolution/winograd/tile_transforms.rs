//! Transforms the Winograd tiles of images: of the input, and of the output's gradient.

use std::ops::Range;

use super::matrices::{InputTransform, Matrix, OutputGradTransform};
use super::transform::{Strides, Transform};
use super::{TileGrid, position_strides};
use crate::kernel::convolution::region::Region;
use crate::kernel::level::Level;
use crate::kernel::scratch::List;

/// Images whose overlapping tiles are transformed.
#[derive(Clone, Copy)]
pub(super) struct TiledImages<'a> {
    pub(super) level: Level,
    pub(super) values: &'a [f32],
    pub(super) sizes: [usize; 3],
    pub(super) channels: usize,
    /// Padding before the images along height and width.
    pub(super) pad_before: [usize; 2],
}

/// A range of the tiles of a band.
struct TileRange {
    image: usize,
    /// The first line of the tiles' input, in the padded image.
    line: usize,
    tiles: Range<usize>,
    channels: Range<usize>,
}

impl TiledImages<'_> {
    /// Transforms the input of the tiles of a band, 4 x 4 pixels for each, to positions that are `step`
    /// apart.
    pub(super) fn transform_inputs(
        &self,
        tiles: &TileGrid,
        band: usize,
        channels: Range<usize>,
        to: &mut [f32],
        step: usize,
        buffer: &mut List<f32>,
    ) {
        let (image, line, _) = tiles.bands.band(band);
        let [_, pad_before] = self.pad_before;
        // Inner tiles read no padding: they need no padded copy.
        let first = pad_before.div_ceil(2).min(tiles.across);
        let end = ((self.sizes[2] + pad_before) / 2).saturating_sub(1).clamp(first, tiles.across);
        for tiles in [0..first, first..end, end..tiles.across] {
            let to = &mut to[tiles.start * channels.len()..];
            let range = TileRange { image, line, tiles, channels: channels.clone() };
            self.transform::<_, 4>(InputTransform, &range, to, step, buffer);
        }
    }

    /// Transforms the output's gradient of a band, 2 x 2 for each tile, to positions that are `step` apart.
    pub(super) fn transform_gradients(
        &self,
        tiles: &TileGrid,
        band: usize,
        to: &mut [f32],
        step: usize,
        buffer: &mut List<f32>,
    ) {
        let (image, line, _) = tiles.bands.band(band);
        let range = TileRange { image, line, tiles: 0..tiles.across, channels: 0..self.channels };
        self.transform::<_, 2>(OutputGradTransform, &range, to, step, buffer);
    }

    /// Transforms tiles of I x I pixels, which start two pixels apart.
    fn transform<M: Matrix<I, 4>, const I: usize>(
        &self,
        matrix: M,
        range: &TileRange,
        to: &mut [f32],
        step: usize,
        buffer: &mut List<f32>,
    ) {
        let TileRange { image, line, tiles, channels } = range;
        if tiles.is_empty() {
            return;
        }
        let start = [(*line, self.pad_before[0]), (2 * tiles.start, self.pad_before[1])];
        let [line, column] =
            start.map(|(at, pad_before)| at.cast_signed() - pad_before.cast_signed());
        let region = Region { start: [0, line, column], size: [1, I, 2 * tiles.len() + I - 2] };
        let size = self.sizes.iter().product::<usize>() * self.channels;
        let image = &self.values[image * size..][..size];
        let (pixels, [_, line, pixel]) = region.view(image, self.sizes, self.channels, buffer);
        self.level.run(Transform {
            matrix,
            items: tiles.len(),
            channels: channels.len(),
            from: &pixels[channels.start..],
            from_strides: Strides { item: 2 * pixel, row: line, column: pixel },
            to,
            to_strides: position_strides(channels.len(), step),
        });
    }
}
