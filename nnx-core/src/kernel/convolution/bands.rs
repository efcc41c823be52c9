//! Images cut into bands along their outermost axis, to be worked on one by one.

use crate::kernel::{Float, parallel};

/// Numbers that a band reads: 256 KB in `f32`.
const BAND: usize = 64 * 1024;

/// Work on a band: its index over all images, its output, and memory that the next one uses again.
type Work<'a, E> = &'a (dyn Fn(usize, &mut [E], &mut Vec<E>) + Sync);

/// The cut.
pub(super) struct Bands {
    /// The outermost axis that isn't 1.
    pub(super) axis: usize,
    /// Places along the axis: in a band (the last one may have fewer), and in all.
    pub(super) length: usize,
    pub(super) extent: usize,
    /// Pixels of a place along the axis.
    pub(super) line: usize,
    /// Bands of an image.
    pub(super) count: usize,
}

impl Bands {
    /// Of images of these sizes, for each of which `read` numbers are read.
    pub(super) fn of(sizes: [usize; 3], read: usize, images: usize) -> Self {
        let axis = sizes.iter().position(|&size| size != 1).unwrap_or(2);
        let extent = sizes[axis].max(1);
        let fits = (BAND * extent / read.max(1)).max(1);
        // Few images are cut further, so that all threads have a part.
        let shared = extent.div_ceil(8_usize.div_ceil(images.max(1)));
        let length = fits.min(shared).min(extent);
        let line = sizes[axis + 1..].iter().product();
        Self { axis, length, extent, line, count: extent.div_ceil(length) }
    }

    /// The image of a band, its first place along the axis, and how many it has.
    pub(super) fn band(&self, index: usize) -> (usize, usize, usize) {
        let first = index % self.count * self.length;
        (index / self.count, first, self.length.min(self.extent - first))
    }

    /// Cuts the output, of `channels` numbers a pixel, into blocks of so many bands: the first of each, and
    /// its output.
    pub(super) fn blocks<'a, E>(
        &self,
        out: &'a mut [E],
        channels: usize,
        per_block: usize,
    ) -> Vec<(usize, &'a mut [E])> {
        let (mut rest, mut blocks, mut index) = (out, Vec::new(), 0);
        while !rest.is_empty() {
            let lengths = (index..index + per_block).map(|index| self.band(index).2);
            let length = lengths.sum::<usize>() * self.line * channels;
            let (block, behind) = rest.split_at_mut(length.min(rest.len()));
            blocks.push((index, block));
            (rest, index) = (behind, index + per_block);
        }
        blocks
    }

    /// Cuts the output, of `channels` numbers a pixel, into bands, and does the work on each. Bands of about
    /// `pixels` pixels go to one thread in turn.
    pub(super) fn split<E: Float>(
        &self,
        out: &mut [E],
        channels: usize,
        pixels: usize,
        work: Work<'_, E>,
    ) {
        let mut bands = self.blocks(out, channels, 1);
        let per_part = (pixels / (self.length * self.line).max(1)).max(1);
        let per_part = bands.len().div_ceil(bands.len().div_ceil(per_part).max(1));
        parallel::chunks(&mut bands, per_part, true, &|_, bands| {
            let mut buffer = Vec::new();
            for (index, band) in bands {
                work(*index, band, &mut buffer);
            }
        });
    }
}

/// The sizes with another one along an axis.
pub(super) fn with(sizes: [usize; 3], axis: usize, size: usize) -> [usize; 3] {
    std::array::from_fn(|i| if i == axis { size } else { sizes[i] })
}
