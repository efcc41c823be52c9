//! The gradient of a convolution with respect to its input (a transposed convolution), as a gather GEMM.
//!
//! `t` is an index into the padded image along one axis, so that `t - pad_before` is the pixel. Output
//! position `p` reads the pixel with kernel tap `q` if `t = p s + q d`, for a stride `s` and a dilation
//! `d`. So the pixels fall into `s` phases per axis, by the remainder `r = t % s`: all pixels of a phase
//! use the same taps, those with `q d % s = r`, and tap `q` takes the gradient of position
//!
//! ```text
//! p = (t - r) / s + (r - q d) / s
//! ```
//!
//! The first summand depends on the pixel alone (a row of the product), the second one on the tap alone (an
//! index along k). So each phase is one gather GEMM, without multiplications by inserted zeros.

use super::bands::{Bands, with_axis};
use super::region::Region;
use super::{
    ChannelLayout, ConvShape, Geometry, MIN_FMAS_PER_TASK, WinogradPass, indices, offset, planes,
};
use crate::kernel::gather_gemm::{GatherOperands, Init, KOffset};
use crate::kernel::{Float, strided};

/// Input channels below which SIMD vectors along them would be nearly empty.
const MIN_SIMD_CHANNELS: usize = 8;

/// `dx`, gathered from `dy`.
pub(crate) fn input_gradient<E: Float>(shape: &ConvShape, dy: &[E], k: &[E], dx: &mut [E]) {
    if dx.is_empty() || dy.is_empty() || k.is_empty() {
        return dx.fill(E::ZERO);
    }
    let layout = ChannelLayout::new(shape);
    if !layout.depthwise && layout.input < MIN_SIMD_CHANNELS {
        return planes::input_gradient(shape, dy, k, dx);
    }
    if E::winograd(shape, WinogradPass::InputGradient { dy, k }, dx) {
        return;
    }
    let g = &shape.geometry;
    let output = g.output.iter().product::<usize>() * shape.out_channels;
    let bands = Bands::new(g.input, output, dy.len() / output);
    let kernel = if layout.depthwise {
        k.to_vec()
    } else {
        transposed(
            k.chunks_exact(layout.input * shape.out_channels),
            [layout.input, shape.out_channels],
        )
    };
    let taps = g.kernel_size.iter().product::<usize>();
    let cost = taps * layout.output * layout.input / g.stride.iter().product::<usize>();
    bands.for_each(dx, shape.in_channels, MIN_FMAS_PER_TASK / cost.max(1), &|index, dx, buffer| {
        let (image, first, length) = bands.band(index);
        let first = with_axis([0; 3], bands.axis, first);
        let sizes = with_axis(g.input, bands.axis, length);
        let origin: [usize; 3] = std::array::from_fn(|axis| first[axis] + g.pad_before[axis]);
        let region = region(g, origin, sizes);
        let dy =
            region.packed(&dy[image * output..][..output], g.output, shape.out_channels, buffer);
        for r in indices(g.stride) {
            let phase = Phase::new(g, origin, sizes, r);
            phase.compute(shape, &layout, &region, dy, &kernel, dx);
        }
    });
}

/// The taps of a kernel, each a matrix (input, output), transposed to (output, input).
pub(super) fn transposed<'a, E: Float>(
    taps: impl ExactSizeIterator<Item = &'a [E]>,
    [input, output]: [usize; 2],
) -> Vec<E> {
    let mut transposed = vec![E::ZERO; taps.len() * input * output];
    for (tap, out) in taps.zip(transposed.chunks_exact_mut(input * output)) {
        strided::transpose(tap, output, out);
    }
    transposed
}

/// `floor(a / b)`.
fn div_floor(a: isize, b: usize) -> isize {
    a.div_euclid(b.cast_signed())
}

/// The smallest `(t - r) / s` of any pixel from `t` on.
fn first_quotient(g: &Geometry, t: usize, axis: usize) -> isize {
    div_floor(t.cast_signed() - (g.stride[axis] - 1).cast_signed(), g.stride[axis])
}

/// The output positions whose gradients the pixels from `origin` on take.
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

/// The pixels of a band that share their remainders.
struct Phase {
    /// For each axis: the indices in the band with this remainder, and their quotients minus the first one.
    pixels: [Vec<(usize, usize)>; 3],
    /// For each axis: the taps of this remainder, and the output positions that they read for the first
    /// quotient, from the region's start on.
    taps: [Vec<(usize, usize)>; 3],
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
        let taps = std::array::from_fn(|axis| {
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
        Self { pixels, taps }
    }

    /// Computes the pixels of this phase.
    #[allow(clippy::too_many_arguments, reason = "the shape of a convolution and its operands")]
    fn compute<E: Float>(
        &self,
        shape: &ConvShape,
        layout: &ChannelLayout,
        region: &Region,
        dy: &[E],
        kernel: &[E],
        dx: &mut [E],
    ) {
        let g = &shape.geometry;
        let (strides, line) =
            (region.strides(shape.out_channels), [g.input[1] * g.input[2], g.input[2], 1]);
        let each = |lists: &[Vec<(usize, usize)>; 3]| -> Vec<[(usize, usize); 3]> {
            let sizes = std::array::from_fn(|axis| lists[axis].len());
            indices(sizes).map(|at| std::array::from_fn(|axis| lists[axis][at[axis]])).collect()
        };
        let firsts = |triple: &[(usize, usize); 3]| triple.map(|pair| pair.0);
        let seconds = |triple: &[(usize, usize); 3]| triple.map(|pair| pair.1);
        let pixels = each(&self.pixels);
        let row_offsets: Vec<usize> =
            pixels.iter().map(|pixel| offset(seconds(pixel), [1; 3], strides)).collect();
        let out_offsets: Vec<usize> = pixels
            .iter()
            .map(|pixel| offset(firsts(pixel), [shape.in_channels; 3], line))
            .collect();
        let tap_strides = [g.kernel_size[1] * g.kernel_size[2], g.kernel_size[2], 1];
        let outputs = if layout.depthwise { 1 } else { layout.output };
        for (input, output) in layout.groups() {
            let mut k_offsets = Vec::new();
            for tap in each(&self.taps) {
                let tap_index = offset(firsts(&tap), [1; 3], tap_strides);
                let a = offset(seconds(&tap), [1; 3], strides);
                for o in 0..outputs {
                    let b = if layout.depthwise {
                        tap_index * shape.out_channels
                    } else {
                        (tap_index * shape.out_channels + output + o) * layout.input
                    };
                    k_offsets.push(KOffset { a: a + o, b });
                }
            }
            let operands = GatherOperands {
                a: &dy[output..],
                b: kernel,
                row_offsets: &row_offsets,
                k_offsets: &k_offsets,
                columns: if layout.depthwise { shape.in_channels } else { layout.input },
                depthwise: layout.depthwise,
            };
            E::gather_gemm(operands, &mut dx[input..], &out_offsets, Init::Zero);
        }
    }
}
