//! The gradient of a convolution with respect to its input (a transposed convolution), as a gather GEMM.
//!
//! `t` is an index into the padded image along one axis, so that `t - pad_before` is the pixel. Output position `p`
//! reads the pixel with kernel point `q` if `t = p s + q d`, for a stride `s` and a dilation `d`. So the pixels fall into
//! `s` phases per axis, by the remainder `r = t % s`: all pixels of a phase use the same points: those with `q d % s =
//! r`, and point `q` takes the gradient of position
//!
//! ```text
//! p = (t - r) / s + (r - q d) / s
//! ```
//!
//! The first summand depends on the pixel alone (a row of the product), the second one on the point alone (an
//! index along k). So each phase is one gather GEMM, without multiplications by inserted zeros.
//!
//! Two cases have another way: depthwise convolutions are computed line by line, see [`lines`], and a stride that is the
//! width of the kernel makes one product of all phases along the width, see [`ConvShape::with_wide_pixels`].

mod rows;

use super::bands::{Bands, Buffers, with_axis};
use super::channels::{ChannelLayout, Part};
use super::depthwise::MIN_COLUMNS;
use super::region::Region;
use super::{ConvShape, Geometry, MIN_FMAS_PER_TASK, WinogradPass, indices, lines, planes};
use crate::kernel::gather_gemm::{GatherOperands, Init, KOffset};
use crate::kernel::scratch::{self, List};
use crate::kernel::{Float, parallel, strided};

/// With fewer input channels than this, SIMD vectors along the channels would be nearly empty.
const MIN_SIMD_CHANNELS: usize = 8;

/// Shorter kernels are transposed on one thread.
const MIN_TRANSPOSED: usize = 16 * 1024;

/// `dx`, gathered from `dy`.
pub(crate) fn input_gradient<E: Float>(shape: &ConvShape, dy: &[E], k: &[E], dx: &mut [E]) {
    if dx.is_empty() || dy.is_empty() || k.is_empty() {
        return dx.fill(E::ZERO);
    }
    let shape = &shape.with_wide_pixels();
    let inputs = shape.in_channels / shape.groups;
    // The roles of the sides are swapped: `dx` reads `dy`.
    let layout = ChannelLayout::new([shape.out_channels, shape.in_channels], shape.groups);
    if !layout.depthwise && inputs < MIN_SIMD_CHANNELS {
        return planes::input_gradient(shape, dy, k, dx);
    }
    if E::winograd(shape, WinogradPass::InputGradient { dy, k }, dx) {
        return;
    }
    let g = &shape.geometry;
    let output = g.output.iter().product::<usize>() * shape.out_channels;
    let bands = Bands::new(g.input, output, dy.len() / output);
    // The gradient of a depthwise convolution is read where it is.
    let in_place = layout.depthwise
        && !layout.expands()
        && layout.parts().all(|part| part.columns >= MIN_COLUMNS)
        && lines::takes_input_gradient(g, E::takes_rows);
    let by_rows = rows::takes::<E>(shape, &layout);
    let by_rows = |part: Part| in_place || (by_rows && part.columns >= MIN_COLUMNS);
    let flipped = layout.parts().any(by_rows).then(|| layout.transposed(shape, k, true));
    let kernel = match layout.depthwise {
        true if layout.parts().all(by_rows) => scratch::list(),
        true => layout.transposed(shape, k, false),
        false => {
            transposed(k.chunks_exact(inputs * shape.out_channels), [inputs, shape.out_channels])
        }
    };
    let in_place = flipped.as_ref().filter(|_| in_place);
    let points = g.kernel_size.iter().product::<usize>();
    let cost = points * layout.input() * shape.in_channels / g.stride.iter().product::<usize>();
    let pixels = MIN_FMAS_PER_TASK / cost.max(1);
    [dy, &*dx].into_iter().for_each(parallel::shared_if_short);
    bands.for_each(dx, shape.in_channels, pixels, &|index, dx, Buffers { packed, expanded }| {
        let (image, first, length) = bands.band(index);
        let first = with_axis([0; 3], bands.axis, first);
        let sizes = with_axis(g.input, bands.axis, length);
        if let Some(kernel) = in_place {
            let dy = &dy[image * output..][..output];
            for rows in lines::input_gradient(shape, [first, sizes]) {
                E::convolve_rows(&rows, [dy, kernel], None, dx);
            }
            return;
        }
        let origin: [usize; 3] = std::array::from_fn(|axis| first[axis] + g.pad_before[axis]);
        let region = region(g, origin, sizes);
        let dy = &dy[image * output..][..output];
        let dy = region.packed(dy, g.output, shape.out_channels, packed);
        for part in layout.parts() {
            let dy = layout.elements(dy, part, region.pixels(), expanded);
            let dx = &mut dx[part.output..];
            if let Some(kernel) = flipped.as_ref().filter(|_| by_rows(part)) {
                rows::compute(shape, &layout, &region, (part, sizes), [dy, kernel], dx);
                continue;
            }
            for r in indices(g.stride) {
                let phase = Phase::new(g, origin, sizes, r);
                phase.compute(shape, (&layout, part), &region, [dy, &kernel], dx);
            }
        }
    });
}

/// The points of a kernel, each a matrix (input, output), transposed to (output, input).
pub(super) fn transposed<'a, E: Float>(
    points: impl ExactSizeIterator<Item = &'a [E]>,
    [input, output]: [usize; 2],
) -> List<E> {
    let mut transposed = scratch::filled(points.len() * input * output, E::ZERO);
    let (points, large): (List<&[E]>, _) = (points.collect(), transposed.len() > MIN_TRANSPOSED);
    parallel::for_chunks(&mut transposed, input * output, large, &|i, out| {
        strided::transpose(points[i], output, out);
    });
    transposed
}

/// `floor(a / b)`.
fn div_floor(a: isize, b: usize) -> isize {
    a.div_euclid(b.cast_signed())
}

/// The smallest quotient `(t - r) / s` of all pixels from index `t` on.
fn first_quotient(g: &Geometry, t: usize, axis: usize) -> isize {
    div_floor(t.cast_signed() - (g.stride[axis] - 1).cast_signed(), g.stride[axis])
}

/// The output positions that the pixels from `origin` on read gradients of.
fn region(g: &Geometry, origin: [usize; 3], sizes: [usize; 3]) -> Region {
    let reach = |axis: usize| -((g.kernel_size[axis] - 1) * g.dilation[axis]).cast_signed();
    let start: [isize; 3] = std::array::from_fn(|axis| {
        first_quotient(g, origin[axis], axis) + div_floor(reach(axis), g.stride[axis])
    });
    let size = std::array::from_fn(|axis| {
        let last = ((origin[axis] + sizes[axis] - 1) / g.stride[axis]).cast_signed();
        (last - start[axis] + 1).unsigned_abs()
    });
    Region { start, size }
}

/// The offsets of all triples of one index of each axis, the last axis first, by the strides of the axes.
fn offsets(
    axes: &[List<(usize, usize)>; 3],
    index: impl Fn(&(usize, usize)) -> usize,
    strides: [usize; 3],
) -> List<usize> {
    let mut offsets = scratch::list();
    let [depth, height, width] = axes;
    for z in depth {
        for y in height {
            let start = index(z) * strides[0] + index(y) * strides[1];
            offsets.extend(width.iter().map(|x| start + index(x) * strides[2]));
        }
    }
    offsets
}

/// The pixels of a band that have the same remainders: one phase.
struct Phase {
    /// For each axis: the indices in the band with this remainder, and their quotients minus the first one.
    pixels: [List<(usize, usize)>; 3],
    /// For each axis: the points of this remainder, and for each point the output position that it reads for the first
    /// quotient, counted from the start of the region.
    points: [List<(usize, usize)>; 3],
}

impl Phase {
    fn new(g: &Geometry, origin: [usize; 3], sizes: [usize; 3], r: [usize; 3]) -> Self {
        let region = region(g, origin, sizes);
        let pixels = std::array::from_fn(|axis| {
            let (s, first) = (g.stride[axis], first_quotient(g, origin[axis], axis));
            let quotient = |t: usize| (t / s).cast_signed() - first;
            (0..sizes[axis])
                .filter(|i| (origin[axis] + i) % s == r[axis])
                .map(|i| (i, quotient(origin[axis] + i).unsigned_abs()))
                .collect()
        });
        let points = std::array::from_fn(|axis| {
            let (s, first) = (g.stride[axis], first_quotient(g, origin[axis], axis));
            (0..g.kernel_size[axis])
                .filter(|q| q * g.dilation[axis] % s == r[axis])
                .map(|q| {
                    let reach =
                        div_floor(r[axis].cast_signed() - (q * g.dilation[axis]).cast_signed(), s);
                    (q, (first + reach - region.start[axis]).unsigned_abs())
                })
                .collect()
        });
        Self { pixels, points }
    }

    /// Computes the pixels of this phase, for some of the channels.
    fn compute<E: Float>(
        &self,
        shape: &ConvShape,
        (layout, part): (&ChannelLayout, Part),
        region: &Region,
        [dy, kernel]: [&[E]; 2],
        dx: &mut [E],
    ) {
        let g = &shape.geometry;
        let ([pixel, step], columns) =
            (layout.steps(region.pixels()), shape.in_channels / shape.groups);
        let (strides, line) = (region.strides(pixel), [g.input[1] * g.input[2], g.input[2], 1]);
        let row_offsets = offsets(&self.pixels, |pixel| pixel.1, strides);
        let out_offsets =
            offsets(&self.pixels, |pixel| pixel.0, line.map(|step| step * shape.in_channels));
        let point_strides = [g.kernel_size[1] * g.kernel_size[2], g.kernel_size[2], 1];
        let points = offsets(&self.points, |point| point.0, point_strides);
        let positions = offsets(&self.points, |point| point.1, strides);
        let mut k_offsets = scratch::list();
        for (&point, &a) in points.iter().zip(positions.iter()) {
            let (b, step_b) = match layout.depthwise {
                true => {
                    (point * layout.input() * shape.in_channels + part.output, shape.in_channels)
                }
                false => ((point * shape.out_channels + part.input) * columns, columns),
            };
            let along = (0..layout.input()).map(|o| KOffset { a: a + o * step, b: b + o * step_b });
            k_offsets.extend(along);
        }
        let operands = GatherOperands {
            a: dy,
            b: kernel,
            row_offsets: &row_offsets,
            k_offsets: &k_offsets,
            columns: part.columns,
            panel: None,
            depthwise: layout.depthwise,
        };
        E::gather_gemm(operands, dx, &out_offsets, Init::Zero);
    }
}
