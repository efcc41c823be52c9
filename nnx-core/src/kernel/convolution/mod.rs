//! Convolution of images in NDHWC order with kernels in DHWIO order. Two-dimensional images have a depth of
//! 1, one-dimensional ones a height of 1 as well.
//!
//! For each image `n`, output position `p` and output channel `o`:
//!
//! ```text
//! y[n, p, o] = Σ over (q, c) of  x[n, p s + q d - pad_before, c] k[q, c, o]
//! ```
//!
//! where the position `p` and the kernel point `q` are triples (depth, height, width), and `s`, `d`,
//! `pad_before` (stride, dilation, padding) have an element for each axis.
//!
//! The output and both gradients are gather GEMMs (implicit GEMM, see [`super::gather_gemm`]): the operands
//! are addressed through offset lists, so no im2col matrix is written. Only a padded band of an image is
//! copied.
//!
//! | result | rows of the GEMM | k | columns |
//! |---|---|---|---|
//! | `y` | output positions | points × input channels | output channels |
//! | `dk` | points × input channels | output positions | output channels |
//! | `dx` | pixels | points × output channels | input channels |
//!
//! In a depthwise convolution (`groups` = channels) the columns are the channels, and neither the rows nor k have
//! channels. Groups of few channels are computed in the same way, see [`channels`].
//!
//! Special cases: depthwise convolutions with short kernels, and their gradients with respect to the input, are computed
//! line by line, see [`depthwise`] and [`lines`]; 1 × 1 kernels are plain GEMMs; the gradient of an input of few channels
//! has its SIMD vectors along positions, see [`planes`]; 3 × 3 kernels of stride 1 with many channels use Winograd's
//! algorithm, see [`winograd`].

mod bands;
mod channels;
pub(super) mod depthwise;
mod input_gradient;
mod kernel_gradient;
mod lines;
mod planes;
mod pooled;
mod prepared;
mod region;
mod shape;
pub(super) mod winograd;

use self::bands::{Bands, Buffers, with_axis};
use self::channels::{ChannelLayout, Part};
pub(crate) use self::depthwise::ConvolveRows;
use self::depthwise::Rows;
pub(crate) use self::input_gradient::input_gradient;
pub(crate) use self::kernel_gradient::kernel_gradient;
pub(crate) use self::pooled::PooledConv;
pub(crate) use self::prepared::{PreparedKernel, forward_prepared};
use self::region::Region;
pub(crate) use self::shape::{ConvShape, Geometry};
use self::winograd::Weights;
pub(crate) use self::winograd::{WinogradConv, WinogradPass};
use super::Float;
use super::finish::Finish;
use super::gather_gemm::{GatherOperands, Init, KOffset, PackedRows};
use super::gemm::{self, MatrixRef};
use super::parallel;
use super::scratch::{self, List};

/// FMAs per task: about 5 µs, several times what a parallel region costs.
const MIN_FMAS_PER_TASK: usize = 1 << 18;

/// Whether this is a 1 × 1 convolution of stride 1: a plain GEMM of the image.
fn is_pointwise(shape: &ConvShape) -> bool {
    let g = &shape.geometry;
    g.kernel_size == [1; 3]
        && g.stride == [1; 3]
        && g.pad_before == [0; 3]
        && g.input == g.output
        && shape.groups == 1
}

/// All triples of indices below `sizes`, the last axis fastest.
fn indices(sizes: [usize; 3]) -> impl Iterator<Item = [usize; 3]> {
    let [depth, height, width] = sizes;
    (0..depth).flat_map(move |z| (0..height).flat_map(move |y| (0..width).map(move |x| [z, y, x])))
}

/// `Σ a[i] b[i] c[i]`.
fn offset(a: [usize; 3], b: [usize; 3], c: [usize; 3]) -> usize {
    (0..3).map(|axis| a[axis] * b[axis] * c[axis]).sum()
}

/// The offset lists of a band of output positions, into their input region.
pub(crate) struct GatherIndices {
    layout: ChannelLayout,
    bands: Bands,
    /// Pixels of the input region of a band.
    plane: usize,
    /// The offset of the first element of the window of each position.
    positions: List<usize>,
    /// For each element of a window: its offset from the first one, and the offset of its row of the kernel.
    elements: List<KOffset>,
    /// The elements between two rows of the kernel, if it is packed.
    panel: Option<usize>,
}

impl GatherIndices {
    fn new(shape: &ConvShape, images: usize) -> Self {
        Self::of_kernel(shape, images, None)
    }

    /// Those for a kernel whose rows are packed.
    fn of_packed(shape: &ConvShape, images: usize, kernel: &PackedRows) -> Self {
        Self::of_kernel(shape, images, Some(kernel.row()))
    }

    fn of_kernel(shape: &ConvShape, images: usize, panel: Option<usize>) -> Self {
        let g = &shape.geometry;
        let layout = ChannelLayout::new([shape.in_channels, shape.out_channels], shape.groups);
        let read = g.input.iter().product::<usize>() * shape.in_channels;
        let bands = Bands::new(g.output, read, images);
        let band = with_axis(g.output, bands.axis, bands.length);
        let region = input_region(g, [0; 3], band);
        let plane = region.pixels();
        let [pixel, step] = layout.steps(plane);
        let strides = region.strides(pixel);
        let mut positions = scratch::with_room(band.iter().product());
        positions.extend(indices(band).map(|index| offset(index, g.stride, strides)));
        let points = g.kernel_size.iter().product::<usize>();
        let mut elements = scratch::with_room(points * layout.input());
        let row = panel.unwrap_or(shape.out_channels);
        for (point_index, point) in indices(g.kernel_size).enumerate() {
            for channel in 0..layout.input() {
                let a = offset(point, g.dilation, strides) + channel * step;
                elements.push(KOffset { a, b: (point_index * layout.input() + channel) * row });
            }
        }
        Self { layout, bands, plane, positions, elements, panel }
    }

    /// Whether [`depthwise`] computes the outputs of a part line by line.
    fn by_lines<E: Float>(&self, shape: &ConvShape, part: Part) -> bool {
        let g = &shape.geometry;
        self.layout.depthwise
            && part.columns >= depthwise::MIN_COLUMNS
            && g.dilation[2] == 1
            && E::takes_rows(g.kernel_size[2], g.stride[2])
    }

    /// The lines of `positions` outputs of a packed region, for a part of which copies of the channels are packed.
    fn lines(&self, shape: &ConvShape, part: Part, positions: usize) -> Rows {
        let g = &shape.geometry;
        // A band of a one-dimensional image is a part of a line.
        let width = if self.bands.axis == 2 { positions } else { g.output[2] };
        let (points, inputs) = (g.kernel_size[2], self.layout.input());
        let starts = self.positions[..positions].iter().step_by(width).copied();
        let rows = self.elements.chunks(points * inputs).flat_map(|row| &row[..inputs]).copied();
        let sizes = [width, points, g.stride[2]];
        lines::packed(starts, &rows.collect::<List<_>>(), sizes, &self.layout, part, self.plane)
    }

    /// The input region of band `index`, packed.
    fn input_region<'a, E: Float>(
        &self,
        shape: &ConvShape,
        x: &'a [E],
        index: usize,
        buffer: &'a mut List<E>,
    ) -> &'a [E] {
        let g = &shape.geometry;
        let (image, first, length) = self.bands.band(index);
        let axis = self.bands.axis;
        let region = |length: usize| {
            input_region(g, with_axis([0; 3], axis, first), with_axis(g.output, axis, length))
        };
        // The strides of a region follow from its sizes along all axes but the outermost, and the offset lists use
        // those of a full band. A shorter last band would change the strides if the region has more than one index
        // along an axis before the split one. Then it gets the region of a full band.
        let region = match region(length) {
            region if region.size[..axis].iter().all(|&size| size == 1) => region,
            _ => region(self.bands.length),
        };
        let size = g.input.iter().product::<usize>() * shape.in_channels;
        region.packed(&x[image * size..][..size], g.input, shape.in_channels, buffer)
    }
}

/// The region of the input that the windows of some output positions read.
fn input_region(g: &Geometry, first: [usize; 3], positions: [usize; 3]) -> Region {
    let start = |axis: usize| {
        (first[axis] * g.stride[axis]).cast_signed() - g.pad_before[axis].cast_signed()
    };
    let size = |axis: usize| {
        (positions[axis] - 1) * g.stride[axis] + (g.kernel_size[axis] - 1) * g.dilation[axis] + 1
    };
    Region { start: std::array::from_fn(start), size: std::array::from_fn(size) }
}

/// `y = finish(x * k)`; a bias has an element for each output channel.
pub(crate) fn forward<E: Float>(
    shape: &ConvShape,
    x: &[E],
    k: &[E],
    finish: Finish<'_, E>,
    y: &mut [E],
) {
    if y.is_empty() {
        return;
    }
    if k.is_empty() || x.is_empty() {
        match finish.bias {
            None => y.fill(E::ZERO),
            Some(bias) => {
                y.chunks_exact_mut(shape.out_channels).for_each(|y| y.copy_from_slice(bias));
            }
        }
        return finish.post(0, y);
    }
    if is_pointwise(shape) {
        let size = [y.len() / shape.out_channels, shape.in_channels, shape.out_channels];
        let (a, b) = (
            MatrixRef::row_major(x, shape.in_channels),
            MatrixRef::row_major(k, shape.out_channels),
        );
        return gemm::gemm(size, a, b, finish, y);
    }
    if E::winograd(shape, WinogradPass::Forward { x, k: Weights::Points(k), finish }, y) {
        return;
    }
    let w = GatherIndices::new(shape, shape.images(y.len()));
    gather(shape, &w, x, k, finish, y);
}

/// [`forward`] by a gather GEMM.
fn gather<E: Float>(
    shape: &ConvShape,
    w: &GatherIndices,
    x: &[E],
    k: &[E],
    finish: Finish<'_, E>,
    y: &mut [E],
) {
    let g = &shape.geometry;
    let out_offsets: List<usize> = (0..w.positions.len()).map(|i| i * shape.out_channels).collect();
    let cost = w.elements.len() * shape.out_channels;
    let pixels = MIN_FMAS_PER_TASK / cost.max(1);
    // The image of a depthwise convolution is read where it is.
    let in_place = !w.layout.expands() && w.layout.parts().all(|part| w.by_lines::<E>(shape, part));
    let image_size = g.input.iter().product::<usize>() * shape.in_channels;
    parallel::read_by_all(k);
    [x, &*y].into_iter().for_each(parallel::shared_if_short);
    w.bands.for_each(y, shape.out_channels, pixels, &|index, y, Buffers { packed, expanded }| {
        let positions = y.len() / shape.out_channels;
        let (image, first, length) = w.bands.band(index);
        let line = image * w.bands.extent + first;
        if in_place {
            let axis = w.bands.axis;
            let first = with_axis([0; 3], axis, first);
            let rows = lines::forward(shape, [first, with_axis(g.output, axis, length)]);
            let x = &x[image * image_size..][..image_size];
            E::convolve_rows(&rows, [x, k], finish.bias, y);
            return finish.post(line * w.bands.line * shape.out_channels, y);
        }
        let region = w.input_region(shape, x, index, packed);
        for part @ Part { output, columns, .. } in w.layout.parts() {
            let bias = finish.of_columns(output, columns).bias;
            let a = w.layout.elements(region, part, w.plane, expanded);
            let (b, y) = (&k[output..], &mut y[output..]);
            if w.by_lines::<E>(shape, part) {
                E::convolve_rows(&w.lines(shape, part, positions), [a, b], bias, y);
                continue;
            }
            let operands = GatherOperands {
                a,
                b,
                row_offsets: &w.positions[..positions],
                k_offsets: &w.elements,
                columns,
                panel: w.panel,
                depthwise: w.layout.depthwise,
            };
            E::gather_gemm(operands, y, &out_offsets[..positions], Init::bias(bias));
        }
        finish.post(line * w.bands.line * shape.out_channels, y);
    });
}
