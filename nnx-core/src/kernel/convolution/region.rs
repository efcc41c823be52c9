//! A box of a padded image: the input region of some windows. Pixels outside of the image are zeros.

use super::offset;
use crate::kernel::Float;
use crate::kernel::scratch::{self, List};

/// Bytes of a cache line: a vector load of that length which straddles two lines costs twice as much.
const LINE: usize = 64;

/// A box of an image along depth, height and width, in pixels. It may extend past the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Region {
    pub(super) start: [isize; 3],
    pub(super) size: [usize; 3],
}

impl Region {
    /// The strides of a packed box along each axis, for `channels` elements per pixel.
    pub(super) fn strides(&self, channels: usize) -> [usize; 3] {
        [self.size[1] * self.size[2] * channels, self.size[2] * channels, channels]
    }

    /// The number of pixels.
    pub(super) fn pixels(&self) -> usize {
        self.size.iter().product()
    }

    /// Whether the region is the whole image without padding.
    fn is_full(&self, image: [usize; 3]) -> bool {
        self.start == [0; 3] && self.size == image
    }

    /// The region as a slice of the image, if it is contiguous there, so that no copy is needed.
    fn contiguous<'a, E>(
        &self,
        image: &'a [E],
        sizes: [usize; 3],
        channels: usize,
    ) -> Option<&'a [E]> {
        if self.is_full(sizes) {
            return Some(image);
        }
        // A range of the outermost axis whose size isn't 1 is contiguous.
        let outer = sizes.iter().position(|&size| size != 1)?;
        let inner_whole = (0..3)
            .filter(|&axis| axis != outer)
            .all(|axis| self.start[axis] == 0 && self.size[axis] == sizes[axis]);
        let start = usize::try_from(self.start[outer]).ok()?;
        if !inner_whole || start + self.size[outer] > sizes[outer] {
            return None;
        }
        let plane = sizes[outer + 1..].iter().product::<usize>() * channels;
        Some(&image[start * plane..][..self.size[outer] * plane])
    }

    /// The elements of the region from its first pixel on, and the strides between its pixels: in the image
    /// itself if the region is within it, else packed into `buffer`.
    pub(super) fn view<'a, E: Float>(
        &self,
        image: &'a [E],
        sizes: [usize; 3],
        channels: usize,
        buffer: &'a mut List<E>,
    ) -> (&'a [E], [usize; 3]) {
        let Some(start) = self.start_within(sizes) else {
            return (self.packed(image, sizes, channels, buffer), self.strides(channels));
        };
        let whole = Self { start: [0; 3], size: sizes }.strides(channels);
        (&image[offset(start, whole, [1; 3])..], whole)
    }

    /// The index of the first pixel, if the whole region is within the image.
    fn start_within(&self, sizes: [usize; 3]) -> Option<[usize; 3]> {
        let start = self.start.map(isize::unsigned_abs);
        let within =
            |axis: usize| self.start[axis] >= 0 && start[axis] + self.size[axis] <= sizes[axis];
        (0..3).all(within).then_some(start)
    }

    /// The packed region: a slice of the image if it is contiguous there, else copied to `buffer`, aligned
    /// to a cache line.
    pub(super) fn packed<'a, E: Float>(
        &self,
        image: &'a [E],
        sizes: [usize; 3],
        channels: usize,
        buffer: &'a mut List<E>,
    ) -> &'a [E] {
        if let Some(slice) = self.contiguous(image, sizes, channels) {
            return slice;
        }
        // Every size is within the padded image, whose number of elements was checked to fit in a `usize`.
        let needed = self.pixels() * channels + LINE / size_of::<E>();
        scratch::reserve(buffer, needed, "the part of a padded image that a convolution reads");
        let buffer: &mut Vec<E> = buffer;
        let aligned = buffer.as_ptr().align_offset(LINE);
        zeros(buffer, aligned);
        let [before, inside, after] = self.padding_split(2, sizes);
        for z in self.range(0) {
            for y in self.range(1) {
                let line = [(z, sizes[0]), (y, sizes[1])]
                    .map(|(at, size)| usize::try_from(at).ok().filter(|&at| at < size));
                let [Some(z), Some(y)] = line else {
                    zeros(buffer, self.size[2] * channels);
                    continue;
                };
                zeros(buffer, before * channels);
                let first = self.start[2].max(0).unsigned_abs();
                let start = ((z * sizes[1] + y) * sizes[2] + first) * channels;
                if inside > 0 {
                    buffer.extend_from_slice(&image[start..][..inside * channels]);
                }
                zeros(buffer, after * channels);
            }
        }
        &buffer[aligned..]
    }

    fn range(&self, axis: usize) -> std::ops::Range<isize> {
        self.start[axis]..self.start[axis] + self.size[axis].cast_signed()
    }

    /// How many pixels of a line are before the image, within it and after it.
    fn padding_split(&self, axis: usize, sizes: [usize; 3]) -> [usize; 3] {
        let size = self.size[axis];
        let before = self.start[axis].min(0).unsigned_abs().min(size);
        let end = (sizes[axis].cast_signed() - self.start[axis]).max(0).unsigned_abs();
        let end = end.clamp(before, size);
        [before, end - before, size - end]
    }
}

fn zeros<E: Float>(buffer: &mut Vec<E>, count: usize) {
    buffer.resize(buffer.len() + count, E::ZERO);
}

#[cfg(test)]
mod tests {
    use super::super::indices;
    use super::*;

    /// Several boxes around a small image, compared pixel by pixel.
    #[test]
    fn regions_have_the_image_and_zeros_around_it() {
        let (sizes, channels) = ([2, 3, 2], 2);
        let image: Vec<f32> = (1..=24u8).map(f32::from).collect();
        let mut buffer = List::default();
        for start in [[-1, 0, -2], [0, -1, 1], [1, 2, 0], [0, 0, 0], [-3, 1, -1], [1, 0, 0]] {
            for size in [[1, 1, 1], [2, 3, 2], [1, 3, 2], [4, 5, 5], [3, 2, 1]] {
                let region = Region { start, size };
                let found = region.packed(&image, sizes, channels, &mut buffer).to_vec();
                let mut expected = Vec::new();
                for z in region.range(0) {
                    for y in region.range(1) {
                        for x in region.range(2) {
                            let at = [z, y, x].map(|at| usize::try_from(at).unwrap_or(9));
                            let inside = (0..3).all(|axis| at[axis] < sizes[axis]);
                            for c in 0..channels {
                                let i = ((at[0] * 3 + at[1]) * 2 + at[2]) * 2 + c;
                                expected.push(if inside { image[i] } else { 0.0 });
                            }
                        }
                    }
                }
                assert_eq!(found, expected, "{region:?}");
                let (values, strides) = region.view(&image, sizes, channels, &mut buffer);
                let pixels = indices(size).map(|index| offset(index, strides, [1; 3]));
                let found: Vec<f32> =
                    pixels.flat_map(|at| values[at..][..channels].to_vec()).collect();
                assert_eq!(found, expected, "{region:?}");
            }
        }
    }
}
