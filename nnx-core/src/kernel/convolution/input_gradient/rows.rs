//! Gradients of grouped convolutions of stride 1, row by row. The pixels of a row take the gradients of adjacent
//! positions in reverse order of the points: with the points of the kernel reversed along the width, it is a convolution.

use crate::kernel::Float;
use crate::kernel::convolution::channels::{ChannelLayout, Part};
use crate::kernel::convolution::region::Region;
use crate::kernel::convolution::{ConvShape, indices, lines, offset};
use crate::kernel::gather_gemm::KOffset;
use crate::kernel::scratch;

/// Whether the pixels are computed row by row.
pub(super) fn takes<E: Float>(shape: &ConvShape, layout: &ChannelLayout) -> bool {
    let g = &shape.geometry;
    layout.depthwise
        && g.stride == [1; 3]
        && g.dilation[2] == 1
        && E::takes_rows(g.kernel_size[2], 1)
}

/// Computes some channels of the pixels of a band of these sizes. The kernel is flipped, see
/// [`ChannelLayout::transposed`].
pub(super) fn compute<E: Float>(
    shape: &ConvShape,
    layout: &ChannelLayout,
    region: &Region,
    (part, sizes): (Part, [usize; 3]),
    [dy, kernel]: [&[E]; 2],
    dx: &mut [E],
) {
    let (g, [pixel, step]) = (&shape.geometry, layout.steps(region.pixels()));
    let strides = region.strides(pixel);
    let [depth, height, points] = g.kernel_size;
    let starts = indices([sizes[0], sizes[1], 1]).map(|line| offset(line, [1; 3], strides));
    let mut rows = scratch::list();
    for (row, [z, y, _]) in indices([depth, height, 1]).enumerate() {
        let a = offset([depth - 1 - z, height - 1 - y, 0], g.dilation, strides);
        rows.extend((0..layout.input()).map(|o| KOffset {
            a: a + o * step,
            b: (row * points * layout.input() + o) * shape.in_channels + part.output,
        }));
    }
    let rows = lines::packed(starts, &rows, [sizes[2], points, 1], layout, part, region.pixels());
    E::convolve_rows(&rows, [dy, kernel], None, dx);
}
