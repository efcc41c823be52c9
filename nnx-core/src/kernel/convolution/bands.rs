//! Splits images into bands. A band is a run of indices along the outermost axis whose size isn't 1: lines
//! of a two-dimensional image, planes of a three-dimensional one. A band fits in L2, and bands are computed
//! in parallel.

use std::any::Any;
use std::cell::Cell;

use crate::kernel::scratch::{self, List};
use crate::kernel::{Float, parallel};

/// The most elements that a band reads: 256 KB in `f32`.
const BAND_ELEMENTS: usize = 64 * 1024;

/// Scratch buffers.
pub(super) struct Buffers<E> {
    pub(super) packed: List<E>,
    /// The packed region with copies of its channels, see [`super::channels`].
    pub(super) expanded: List<E>,
}

/// The largest buffers that a thread keeps for its next bands, in elements. Threads share larger ones.
const MAX_KEPT_ELEMENTS: usize = 1 << 20;

thread_local! {
    /// The buffers of the element type that this thread used last. New memory would cost a page fault every 4 KB.
    static KEPT: Cell<Option<Box<dyn Any>>> = const { Cell::new(None) };
}

impl<E: 'static> Buffers<E> {
    /// Calls `work` with buffers of this thread.
    pub(super) fn with(work: impl FnOnce(&mut Self)) {
        let kept = KEPT.take().and_then(|kept| kept.downcast().ok());
        let empty = || Box::new(Self { packed: List::default(), expanded: List::default() });
        let mut buffers: Box<Self> = kept.unwrap_or_else(empty);
        work(&mut buffers);
        if buffers.packed.capacity().max(buffers.expanded.capacity()) <= MAX_KEPT_ELEMENTS {
            KEPT.set(Some(buffers));
        }
    }
}

/// The work on a band: takes its index over all images, its output, and scratch buffers.
type BandFn<'a, E> = &'a (dyn Fn(usize, &mut [E], &mut Buffers<E>) + Sync);

/// How images are split.
#[derive(Clone, Copy)]
pub(super) struct Bands {
    /// The axis that is split: the outermost one whose size isn't 1.
    pub(super) axis: usize,
    /// The number of indices along the axis in a band (the last band of an image may have fewer), and in the whole
    /// image.
    pub(super) length: usize,
    pub(super) extent: usize,
    /// Pixels per index along the axis.
    pub(super) line: usize,
    /// Bands per image.
    pub(super) count: usize,
}

impl Bands {
    /// Splits images of these sizes; `read` is how many elements of each image a convolution reads.
    pub(super) fn new(sizes: [usize; 3], read: usize, images: usize) -> Self {
        let axis = sizes.iter().position(|&size| size != 1).unwrap_or(2);
        let extent = sizes[axis].max(1);
        let fits = (BAND_ELEMENTS * extent / read.max(1)).max(1);
        // A few images are split further, so that every thread has work: if possible, into an even number of bands of
        // equal length.
        let shared = extent.div_ceil(8_usize.div_ceil(images.max(1)));
        let length = fits.min(shared).min(extent);
        let equal = (length..=fits.min(2 * shared).min(extent / 2)).find(|&length| {
            extent.is_multiple_of(length) && (images * (extent / length)).is_multiple_of(2)
        });
        let length = equal.unwrap_or(length);
        let line = sizes[axis + 1..].iter().product();
        Self { axis, length, extent, line, count: extent.div_ceil(length) }
    }

    /// The image of a band, its first index along the axis, and its length.
    pub(super) fn band(&self, index: usize) -> (usize, usize, usize) {
        let first = index % self.count * self.length;
        (index / self.count, first, self.length.min(self.extent - first))
    }

    /// Splits the output, of `channels` elements per pixel, into blocks of `per_block` bands. Returns the
    /// first band of each block and its output.
    pub(super) fn blocks<'a, E>(
        &self,
        out: &'a mut [E],
        channels: usize,
        per_block: usize,
    ) -> List<(usize, &'a mut [E])> {
        let (mut rest, mut blocks, mut index) = (out, scratch::list(), 0);
        while !rest.is_empty() {
            let lengths = (index..index + per_block).map(|index| self.band(index).2);
            let length = lengths.sum::<usize>() * self.line * channels;
            let (block, after) = rest.split_at_mut(length.min(rest.len()));
            blocks.push((index, block));
            (rest, index) = (after, index + per_block);
        }
        blocks
    }

    /// Calls `work` for each band of the output, of `channels` elements per pixel. Bands of about `pixels`
    /// pixels together are one unit of parallel work.
    pub(super) fn for_each<E: Float>(
        &self,
        out: &mut [E],
        channels: usize,
        pixels: usize,
        work: BandFn<'_, E>,
    ) {
        let mut bands = self.blocks(out, channels, 1);
        let per_chunk = (pixels / (self.length * self.line).max(1)).max(1);
        let chunks = parallel::equal_chunks(bands.len().div_ceil(per_chunk));
        let per_chunk = bands.len().div_ceil(chunks).max(1);
        parallel::for_chunks(&mut bands, per_chunk, true, &|_, bands| {
            Buffers::with(|buffers| {
                for (index, band) in bands {
                    work(*index, band, buffers);
                }
            });
        });
    }
}

/// `sizes` with the size of one axis replaced.
pub(super) fn with_axis(sizes: [usize; 3], axis: usize, size: usize) -> [usize; 3] {
    std::array::from_fn(|i| if i == axis { size } else { sizes[i] })
}
