//! Lines of outputs of depthwise convolutions, and the pixels and rows of the kernel that they read, for
//! [`depthwise`](super::depthwise).

#[cfg(test)]
mod tests;

use super::channels::{ChannelLayout, Part};
use super::depthwise::{Line, Rows};
use super::{ConvShape, Geometry, indices};
use crate::kernel::gather_gemm::KOffset;
use crate::kernel::scratch::{self, List};

/// The kernel points of an index along an axis that are within the image, and the index that each one reads.
type Points = List<(usize, usize)>;

/// The lines of a box of outputs from index `first` on, of `size` outputs along each axis. `points` returns the points of an
/// output along depth and height. The width, its points and its strides are the caller's to set.
fn lines(
    [first, size]: [[usize; 3]; 2],
    points: impl Fn(usize, usize) -> Points,
    [read, kernel]: [[usize; 3]; 2],
    [x_channels, k_rows, y_line]: [usize; 3],
) -> (List<KOffset>, List<Line>) {
    let of_axis = |axis: usize| -> List<Points> {
        (first[axis]..first[axis] + size[axis]).map(|at| points(axis, at)).collect()
    };
    let (depth, height) = (of_axis(0), of_axis(1));
    let (mut rows, mut lines) = (scratch::list(), scratch::list());
    for [z, y, _] in indices([size[0], size[1], 1]) {
        for &(point_z, at_z) in &depth[z] {
            rows.extend(height[y].iter().map(|&(point_y, at_y)| KOffset {
                a: (at_z * read[1] + at_y) * read[2] * x_channels,
                b: (point_z * kernel[1] + point_y) * kernel[2] * k_rows,
            }));
        }
        lines.push(Line { end: rows.len(), y: (z * size[1] + y) * y_line });
    }
    (rows, lines)
}

/// The lines of a box of outputs of an image.
pub(super) fn forward(shape: &ConvShape, [first, size]: [[usize; 3]; 2]) -> Rows {
    let g = &shape.geometry;
    let channels = shape.in_channels;
    let (rows, lines) = lines(
        [first, size],
        |axis, output| window(g, axis, output),
        [g.input, g.kernel_size],
        [channels, channels, size[2] * channels],
    );
    Rows {
        rows,
        lines,
        width: size[2],
        pixels: g.input[2],
        first: (first[2] * g.stride[2]).cast_signed() - g.pad_before[2].cast_signed(),
        columns: channels,
        x_step: channels,
        k_step: channels,
        y_step: channels,
        points: g.kernel_size[2],
        stride: g.stride[2],
    }
}

/// The points of which `read` gives an index, with it.
fn points(count: usize, read: impl Fn(usize) -> Option<usize>) -> Points {
    let mut points = scratch::with_room(count);
    points.extend((0..count).filter_map(|point| Some((point, read(point)?))));
    points
}

/// The points of the window of an output.
fn window(g: &Geometry, axis: usize, output: usize) -> Points {
    let pixel = |point: usize| {
        let padded = output * g.stride[axis] + point * g.dilation[axis];
        padded.checked_sub(g.pad_before[axis]).filter(|&pixel| pixel < g.input[axis])
    };
    points(g.kernel_size[axis], pixel)
}

/// The points that read a pixel, and the output of each one.
fn readers(g: &Geometry, axis: usize, pixel: usize) -> Points {
    let output = |point: usize| {
        let moved = (pixel + g.pad_before[axis]).checked_sub(point * g.dilation[axis])?;
        let output = moved / g.stride[axis];
        (moved % g.stride[axis] == 0 && output < g.output[axis]).then_some(output)
    };
    points(g.kernel_size[axis], output)
}

/// The lines of a box of pixels, for the gradient with respect to an image. Pixels of one remainder along the width, by
/// the stride `s`, read the gradients of adjacent outputs with every `s`-th point in reverse order: there are `s` lists
/// of lines at most. The kernel is reversed along the width.
pub(super) fn input_gradient(
    shape: &ConvShape,
    [first, size]: [[usize; 3]; 2],
) -> impl Iterator<Item = Rows> {
    let g = shape.geometry;
    let (channels, [_, _, points]) = (shape.in_channels, g.kernel_size);
    let (s, pad) = (g.stride[2], g.pad_before[2]);
    (0..s.min(size[2])).map(move |skipped| {
        let (mut rows, mut lines) = lines(
            [first, size],
            |axis, pixel| readers(&g, axis, pixel),
            [g.output, g.kernel_size],
            [channels, channels, size[2] * channels],
        );
        let padded = first[2] + skipped + pad;
        let remainder = padded % s;
        // The points of this remainder, of which the last one is the first of the reversed kernel.
        let count = points.saturating_sub(remainder).div_ceil(s);
        match count.checked_sub(1) {
            Some(last) => {
                let point = points - 1 - (remainder + s * last);
                rows.iter_mut().for_each(|row| row.b += point * channels);
            }
            // No output reads these pixels: their gradient is 0.
            None => {
                rows.clear();
                lines.iter_mut().for_each(|line| line.end = 0);
            }
        }
        lines.iter_mut().for_each(|line| line.y += skipped * channels);
        Rows {
            rows,
            lines,
            width: (size[2] - skipped).div_ceil(s),
            pixels: g.output[2],
            first: (padded / s).cast_signed() - count.saturating_sub(1).cast_signed(),
            columns: channels,
            x_step: channels,
            k_step: s * channels,
            y_step: s * channels,
            points: count.max(1),
            stride: 1,
        }
    })
}

/// Whether [`input_gradient`] has rows of points that the kernel takes.
pub(super) fn takes_input_gradient(g: &Geometry, takes: impl Fn(usize, usize) -> bool) -> bool {
    let (s, points) = (g.stride[2], g.kernel_size[2]);
    g.dilation[2] == 1 && (0..s).all(|r| takes(points.saturating_sub(r).div_ceil(s).max(1), 1))
}

/// Lines of a packed region, which has all pixels of the windows, from the offsets of the windows' first elements and of
/// a window's rows.
pub(super) fn packed(
    starts: impl Iterator<Item = usize>,
    window: &[KOffset],
    [width, points, stride]: [usize; 3],
    layout: &ChannelLayout,
    part: Part,
    plane: usize,
) -> Rows {
    let (mut rows, mut lines) = (scratch::list(), scratch::list());
    for (line, start) in starts.enumerate() {
        rows.extend(window.iter().map(|row| KOffset { a: start + row.a, b: row.b }));
        lines.push(Line { end: rows.len(), y: line * width * layout.output() });
    }
    Rows {
        rows,
        lines,
        width,
        pixels: (width - 1) * stride + points,
        first: 0,
        columns: part.columns,
        x_step: layout.steps(plane)[0],
        k_step: layout.input() * layout.output(),
        y_step: layout.output(),
        points,
        stride,
    }
}
