//! The gradient with respect to an input of few channels. SIMD vectors along so few channels would be
//! nearly empty, so vectors run along output positions instead. One GEMM computes what each kernel point adds to the
//! image,
//!
//! ```text
//! P[(q, c), p] = Σ over o of  k[q, c, o] dy[p, o]
//! ```
//!
//! and its rows are added to the image (col2im). A padded index `t = p s + q d` along an axis is stored in
//! the plane of its remainder `t % s`, at `t / s`: so consecutive positions of a row of P are contiguous in
//! a plane too, for any stride. In the end the planes of all remainders and channels are interleaved.

use super::bands::Bands;
use super::{ConvShape, Geometry, MIN_FMAS_PER_TASK, indices, offset};
use crate::kernel::finish::Finish;
use crate::kernel::gemm::{MatrixMut, MatrixRef};
use crate::kernel::scratch::{self, List};
use crate::kernel::{Float, vectorize_small};

/// Elements of P per block: 256 KB in `f32`.
const P_BLOCK: usize = 64 * 1024;

/// Computes `dx` by a GEMM whose rows are added to planes.
pub(super) fn input_gradient<E: Float>(shape: &ConvShape, dy: &[E], k: &[E], dx: &mut [E]) {
    let g = &shape.geometry;
    let planes = Planes::new(g);
    let (inputs, outputs) = (shape.in_channels / shape.groups, shape.out_channels / shape.groups);
    let (rows, width) = (planes.points.len() * inputs, g.output[2]);
    let all_lines = g.output[0] * g.output[1];
    let lines = (P_BLOCK / (rows * width)).clamp(1, all_lines);
    let output = all_lines * width * shape.out_channels;
    let whole = Bands::new(g.input, 0, usize::MAX); // each image is one band
    let cost = all_lines * width * rows * shape.out_channels / g.input.iter().product::<usize>();
    whole.for_each(
        dx,
        shape.in_channels,
        MIN_FMAS_PER_TASK / cost.max(1),
        &|index, dx, buffers| {
            let buffer = &mut buffers.packed;
            let needed = shape.in_channels * planes.step + rows * lines * width;
            scratch::reserve(buffer, needed, "the gradient of a padded image");
            buffer.resize(needed, E::ZERO);
            let (image, products) = buffer.split_at_mut(shape.in_channels * planes.step);
            let dy = &dy[index * output..][..output];
            for first in (0..all_lines).step_by(lines) {
                let positions = lines.min(all_lines - first) * width;
                let products = &mut products[..rows * positions];
                for group in 0..shape.groups {
                    let dy = &dy[first * width * shape.out_channels + group * outputs..];
                    E::gemm_serial(
                        [rows, outputs, positions],
                        MatrixRef {
                            data: &k[group * outputs..],
                            row: shape.out_channels,
                            column: 1,
                        },
                        MatrixRef { data: dy, row: 1, column: shape.out_channels },
                        Finish::NOTHING,
                        MatrixMut::new(products, [rows, positions], positions),
                    );
                    let image = &mut image[group * inputs * planes.step..];
                    vectorize_small::<E, _>(
                        #[inline(always)]
                        || planes.accumulate(g, inputs, first, products, image),
                    );
                }
            }
            planes.interleave(g, shape.in_channels, image, dx);
        },
    );
}

/// The padded image as planes, one for each remainder.
struct Planes {
    /// The sizes of a plane.
    size: [usize; 3],
    /// The number of elements in all planes of one channel.
    step: usize,
    /// For each point, the offset in a channel's planes to which it adds the product of the first position.
    points: List<usize>,
}

impl Planes {
    fn new(g: &Geometry) -> Self {
        let size: [usize; 3] = std::array::from_fn(|axis| {
            g.output[axis] + (g.kernel_size[axis] - 1) * g.dilation[axis] / g.stride[axis]
        });
        let length = size.iter().product::<usize>();
        let mut planes = Self {
            size,
            step: g.stride.iter().product::<usize>() * length,
            points: scratch::list(),
        };
        planes.points = indices(g.kernel_size)
            .map(|point| {
                planes.offset(g, std::array::from_fn(|axis| point[axis] * g.dilation[axis]))
            })
            .collect();
        planes
    }

    /// The offset of a padded index in a channel's planes.
    fn offset(&self, g: &Geometry, index: [usize; 3]) -> usize {
        let [_, height, width] = self.size;
        let length = self.size.iter().product::<usize>();
        let remainder: [usize; 3] = std::array::from_fn(|axis| index[axis] % g.stride[axis]);
        let quotient: [usize; 3] = std::array::from_fn(|axis| index[axis] / g.stride[axis]);
        let plane = offset(remainder, [1; 3], [g.stride[1] * g.stride[2], g.stride[2], 1]);
        plane * length + offset(quotient, [1; 3], [height * width, width, 1])
    }

    /// Adds rows of P to the planes. The rows hold whole lines of positions, from line `first` on.
    #[inline(always)]
    fn accumulate<E: Float>(
        &self,
        g: &Geometry,
        channels: usize,
        first: usize,
        products: &[E],
        image: &mut [E],
    ) {
        let positions = products.len() / (self.points.len() * channels);
        for (row, products) in products.chunks_exact(positions).enumerate() {
            let start = row % channels * self.step + self.points[row / channels];
            for (line, from) in products.chunks_exact(g.output[2]).enumerate() {
                let (z, y) = ((first + line) / g.output[1], (first + line) % g.output[1]);
                let at = start + (z * self.size[1] + y) * self.size[2];
                let to = &mut image[at..][..from.len()];
                to.iter_mut().zip(from).for_each(|(to, &from)| *to += from);
            }
        }
    }

    /// Interleaves the planes into the image. Pixels that no window reads are 0.
    fn interleave<E: Float>(&self, g: &Geometry, channels: usize, planes: &[E], dx: &mut [E]) {
        dx.fill(E::ZERO);
        let (step, pad_before) = (g.stride[2], g.pad_before[2]);
        for (line, dx) in dx.chunks_exact_mut(g.input[2] * channels).enumerate() {
            let (z, y) = (line / g.input[1] + g.pad_before[0], line % g.input[1] + g.pad_before[1]);
            if z / g.stride[0] >= self.size[0] || y / g.stride[1] >= self.size[1] {
                continue;
            }
            for remainder in 0..step {
                // The first quotient that is past the padding before the image.
                let first = pad_before.saturating_sub(remainder).div_ceil(step);
                let start = self.offset(g, [z, y, remainder]);
                for channel in 0..channels {
                    let from = &planes[channel * self.step + start..][..self.size[2]];
                    let at = (first * step + remainder - pad_before) * channels + channel;
                    let to = dx.iter_mut().skip(at).step_by(step * channels);
                    to.zip(from.iter().skip(first)).for_each(|(to, &from)| *to = from);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small integers, whose sums of products are exact in any order.
    fn values(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 7919 + seed * 31) % 7) as f32 - 3.0).collect()
    }

    /// The reference: one product at a time, for a single image.
    fn reference(shape: &ConvShape, dy: &[f32], k: &[f32]) -> Vec<f32> {
        let g = &shape.geometry;
        let mut dx = vec![0.0; g.input.iter().product::<usize>() * shape.in_channels];
        let (inputs, outputs) =
            (shape.in_channels / shape.groups, shape.out_channels / shape.groups);
        for (p, position) in indices(g.output).enumerate() {
            for (q, point) in indices(g.kernel_size).enumerate() {
                let pixel: [Option<usize>; 3] = std::array::from_fn(|axis| {
                    let index = position[axis] * g.stride[axis] + point[axis] * g.dilation[axis];
                    index.checked_sub(g.pad_before[axis]).filter(|&index| index < g.input[axis])
                });
                let [Some(z), Some(y), Some(x)] = pixel else { continue };
                let pixel = (z * g.input[1] + y) * g.input[2] + x;
                for (i, o) in (0..inputs).flat_map(|i| (0..shape.out_channels).map(move |o| (i, o)))
                {
                    let channel = o / outputs * inputs + i;
                    let term = dy[p * shape.out_channels + o]
                        * k[(q * inputs + i) * shape.out_channels + o];
                    dx[pixel * shape.in_channels + channel] += term;
                }
            }
        }
        dx
    }

    #[test]
    fn images_with_more_elements_than_a_block_of_p_equal_loops() {
        let one = [1; 3];
        for (input, output, kernel_size, stride, dilation, pad_before, channels) in [
            ([1, 34, 31], [1, 34, 31], [1, 9, 9], one, one, [0, 4, 4], [1, 2, 1]),
            ([1, 60, 70], [1, 29, 34], [1, 7, 7], [1, 2, 2], one, [0, 2, 3], [3, 4, 1]),
            ([3, 60, 53], [2, 20, 27], [2, 5, 6], [2, 3, 2], [1, 2, 1], [1, 4, 0], [6, 4, 2]),
        ] {
            let g = Geometry { rank: 3, input, output, kernel_size, stride, dilation, pad_before };
            let [in_channels, out_channels, groups] = channels;
            let shape = ConvShape { geometry: g, in_channels, out_channels, groups };
            let rows = kernel_size.iter().product::<usize>() * in_channels / groups;
            assert!(rows * g.output.iter().product::<usize>() > P_BLOCK);
            let dy = values(g.output.iter().product::<usize>() * out_channels, 1);
            let k = values(rows * out_channels, 2);
            let mut dx = vec![f32::NAN; g.input.iter().product::<usize>() * shape.in_channels];
            input_gradient(&shape, &dy, &k, &mut dx);
            assert_eq!(dx, reference(&shape, &dy, &k), "{shape:?}");
        }
    }
}
