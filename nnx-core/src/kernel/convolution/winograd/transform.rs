//! Applies the transforms `M x Mᵀ` to many small matrices at a time. An element of such a matrix is a run
//! of channels, so each SIMD vector transforms `LANES` channels at once.

use super::POSITIONS;
use super::matrices::{KernelTransform, Matrix, OutputTransform, two_sided};
use crate::kernel::gemm::MatrixMut;
use crate::kernel::{Kernel, MAX_LANES, Simd};

/// The strides of the matrices: between items, rows and columns. Each element is a run of channels.
#[derive(Clone, Copy)]
pub(super) struct Strides {
    pub(super) item: usize,
    pub(super) row: usize,
    pub(super) column: usize,
}

impl Strides {
    /// Panics if one of `items` matrices of N x N elements of `channels` channels extends past `length`.
    fn check<const N: usize>(&self, items: usize, channels: usize, length: usize) {
        let extents = [(items, self.item), (N, self.row), (N, self.column)];
        let end = extents.into_iter().try_fold(channels, |sum, (count, step)| {
            count.saturating_sub(1).checked_mul(step)?.checked_add(sum)
        });
        let inside = end.is_some_and(|end| end <= length);
        assert!(items == 0 || inside, "tiles extend past {length} elements");
    }
}

/// Calls `work(item, channel)` for the first channel of each SIMD vector; the last vector of an item may be
/// partial.
#[inline(always)]
fn for_each_vector(
    lanes: usize,
    items: usize,
    channels: usize,
    mut work: impl FnMut(usize, usize),
) {
    for item in 0..items {
        for channel in (0..channels).step_by(lanes) {
            work(item, channel);
        }
    }
}

/// The transforms of `items` matrices of `channels` channels.
pub(super) struct Transform<'a, M, const I: usize, const O: usize> {
    pub(super) matrix: M,
    pub(super) items: usize,
    pub(super) channels: usize,
    pub(super) from: &'a [f32],
    pub(super) from_strides: Strides,
    pub(super) to: &'a mut [f32],
    pub(super) to_strides: Strides,
}

impl<M: Matrix<I, O>, const I: usize, const O: usize> Kernel for Transform<'_, M, I, O> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { items, channels, from_strides, to_strides, .. } = self;
        from_strides.check::<I>(items, channels, self.from.len());
        to_strides.check::<O>(items, channels, self.to.len());
        let to = self.to.as_mut_ptr();
        for_each_vector(S::LANES, items, channels, |item, channel| {
            let block = VectorBlock { strides: from_strides, count: channels - channel };
            let from = self.from[item * from_strides.item + channel..].as_ptr();
            // SAFETY: `check` found all matrices, with `channels` channels each, within their slices.
            let x = unsafe { block.read(simd, from) };
            let y = two_sided(simd, self.matrix, x);
            let block = VectorBlock { strides: to_strides, ..block };
            let to = to.wrapping_add(item * to_strides.item + channel);
            for (i, row) in y.into_iter().enumerate() {
                for (j, y) in row.into_iter().enumerate() {
                    // SAFETY: `check` found all matrices, with `channels` channels each, within their slices.
                    unsafe { block.write(simd, y, to.wrapping_add(block.at(i, j))) }
                }
            }
        });
    }
}

/// Transforms a range of the weights of a kernel of 3 x 3 points, each of `size` weights: the range starts at `first` and
/// is as long as `to` has columns. The rows of `to` are the 16 positions.
pub(super) struct TransformPoints<'a> {
    pub(super) points: &'a [f32],
    pub(super) size: usize,
    pub(super) first: usize,
    pub(super) to: MatrixMut<'a, f32>,
}

impl TransformPoints<'_> {
    /// The same transform, with the output borrowed for a shorter time.
    pub(super) fn reborrow(&mut self) -> TransformPoints<'_> {
        let size = [self.to.rows(), self.to.columns()];
        TransformPoints { to: self.to.submatrix([0; 2], size), ..*self }
    }
}

impl Kernel for TransformPoints<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let (columns, step) = (self.to.columns(), self.to.stride());
        let from = Strides { item: 0, row: 3 * self.size, column: self.size };
        let points = &self.points[self.first..];
        from.check::<3>(1, columns, points.len());
        assert_eq!(self.to.rows(), POSITIONS, "a row for each position");
        let to = self.to.as_mut_ptr();
        for_each_vector(S::LANES, 1, columns, |_, weight| {
            let block = VectorBlock { strides: from, count: columns - weight };
            // SAFETY: `check` found `columns` weights of each point within `points`.
            let x = unsafe { block.read(simd, points[weight..].as_ptr()) };
            let strides = Strides { item: 0, row: 4 * step, column: step };
            let block = VectorBlock { strides, ..block };
            for (i, row) in two_sided(simd, KernelTransform, x).into_iter().enumerate() {
                for (j, y) in row.into_iter().enumerate() {
                    // SAFETY: position 4 i + j is a row of `to`, which has `columns` elements and is borrowed.
                    unsafe { block.write(simd, y, to.wrapping_add(block.at(i, j) + weight)) }
                }
            }
        });
    }
}

/// The channels of an item from one channel on, of which one SIMD vector is read or written.
#[derive(Clone, Copy)]
struct VectorBlock {
    strides: Strides,
    count: usize,
}

impl VectorBlock {
    #[inline(always)]
    fn at(&self, i: usize, j: usize) -> usize {
        i * self.strides.row + j * self.strides.column
    }

    /// Loads one vector of channels of every element of the matrix.
    ///
    /// # Safety
    /// At each element, `count` channels are readable.
    #[inline(always)]
    unsafe fn read<S: Simd, const I: usize>(
        &self,
        simd: S,
        from: *const f32,
    ) -> [[S::Vector; I]; I] {
        let mut x = [[simd.splat(0.0); I]; I];
        for (i, row) in x.iter_mut().enumerate() {
            for (j, x) in row.iter_mut().enumerate() {
                let from = from.wrapping_add(self.at(i, j));
                // SAFETY: the caller guarantees `count` channels; the vector or the mask has no more.
                *x = unsafe {
                    if self.count >= S::LANES {
                        simd.load(from)
                    } else {
                        simd.load_masked(from, simd.mask(self.count))
                    }
                };
            }
        }
        x
    }

    /// Stores one vector of channels of an element.
    ///
    /// # Safety
    /// `count` channels are writable from `to` on, and nobody else borrows them.
    #[inline(always)]
    unsafe fn write<S: Simd>(&self, simd: S, y: S::Vector, to: *mut f32) {
        // SAFETY: the caller guarantees `count` channels; the vector or the slice has no more.
        unsafe {
            if self.count >= S::LANES {
                simd.store(y, to);
            } else {
                simd.write(y, std::slice::from_raw_parts_mut(to, self.count));
            }
        }
    }
}

/// Transforms the products of a band of tiles to outputs and adds the bias. Returns whether all outputs are
/// finite.
pub(super) struct WriteOutputs<'a> {
    pub(super) from: &'a [f32],
    pub(super) from_strides: Strides,
    pub(super) bias: Option<&'a [f32]>,
    /// One or two lines of `width` pixels: a row of channels for each.
    pub(super) to: MatrixMut<'a, f32>,
    pub(super) width: usize,
}

impl Kernel for WriteOutputs<'_> {
    type Output = bool;

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> bool {
        let Self { from_strides, bias, width, .. } = self;
        let (channels, step) = (self.to.columns(), self.to.stride());
        let (tiles, lines) = (width.div_ceil(2), self.to.rows() / width);
        from_strides.check::<4>(tiles, channels, self.from.len());
        assert!(self.to.rows() == lines * width && lines <= 2, "two lines of outputs at most");
        assert!(bias.is_none_or(|bias| bias.len() == channels), "a bias for each channel");
        let to = self.to.as_mut_ptr();
        // Sums 0 · y of all outputs: the sum is NaN if one of them isn't finite.
        let (zero, mut check) = (simd.splat(0.0), simd.splat(0.0));
        for_each_vector(S::LANES, tiles, channels, |tile, channel| {
            let block = VectorBlock { strides: from_strides, count: channels - channel };
            let from = self.from[tile * from_strides.item + channel..].as_ptr();
            // SAFETY: `check` found all matrices, with `channels` channels each, within the slice.
            let x = unsafe { block.read(simd, from) };
            let bias = bias.map(|bias| &bias[channel..channels.min(channel + S::LANES)]);
            let bias = bias.map_or(zero, |bias| simd.read(bias));
            for (i, row) in two_sided(simd, OutputTransform, x).into_iter().enumerate() {
                for (j, y) in row.into_iter().enumerate() {
                    let (y, pixel) = (simd.add(y, bias), 2 * tile + j);
                    // Tiles extend past the edge of images of an odd size.
                    if i < lines && pixel < width {
                        check = simd.multiply_add(y, zero, check);
                        let to = to.wrapping_add((i * width + pixel) * step + channel);
                        // SAFETY: the pixel is below `width` and the line below `lines`, so it is a row of
                        // `to`, which has `channels` columns and is borrowed.
                        unsafe { block.write(simd, y, to) }
                    }
                }
            }
        });
        let mut lanes = [0.0; MAX_LANES];
        simd.write(check, &mut lanes[..S::LANES]);
        lanes == [0.0; MAX_LANES]
    }
}
