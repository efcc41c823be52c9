//! Lines of outputs of depthwise convolutions, and the pixels and rows of the kernel that they read, for
//! [`depthwise`](super::depthwise).

#[cfg(test)]
mod tests;

use super::channels::{ChannelLayout, Part};
use super::depthwise::{Line, Rows};
use super::{ConvShape, Geometry, indices};
use crate::kernel::gather_gemm::KOffset;
use crate::kernel::scratch::{self, List};

/// The taps of an index along an axis that are within the image, and the index that each one reads.
type Taps = List<(usize, usize)>;

/// The lines of a box of outputs from index `first` on, of `size` outputs along each axis. `taps` returns the taps of an
/// output along depth and height. The width, its taps and its strides are the caller's to set.
fn lines(
    [first, size]: [[usize; 3]; 2],
    taps: impl Fn(usize, usize) -> Taps,
    [read, kernel]: [[usize; 3]; 2],
    [x_channels, k_rows, y_line]: [usize; 3],
) -> (List<KOffset>, List<Line>) {
    let of_axis = |axis: usize| -> List<Taps> {
        (first[axis]..first[axis] + size[axis]).map(|at| taps(axis, at)).collect()
    };
    let (depth, height) = (of_axis(0), of_axis(1));
    let (mut rows, mut lines) = (scratch::list(), scratch::list());
    for [z, y, _] in indices([size[0], size[1], 1]) {
        for &(tap_z, at_z) in &depth[z] {
            rows.extend(height[y].iter().map(|&(tap_y, at_y)| KOffset {
                a: (at_z * read[1] + at_y) * read[2] * x_channels,
                b: (tap_z * kernel[1] + tap_y) * kernel[2] * k_rows,
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
        taps: g.kernel_size[2],
        stride: g.stride[2],
    }
}

/// The taps of which `read` gives an index, with it.
fn taps(count: usize, read: impl Fn(usize) -> Option<usize>) -> Taps {
    let mut taps = scratch::with_room(count);
    taps.extend((0..count).filter_map(|tap| Some((tap, read(tap)?))));
    taps
}

/// The taps of the window of an output.
fn window(g: &Geometry, axis: usize, output: usize) -> Taps {
    let pixel = |tap: usize| {
        let padded = output * g.stride[axis] + tap * g.dilation[axis];
        padded.checked_sub(g.pad_before[axis]).filter(|&pixel| pixel < g.input[axis])
    };
    taps(g.kernel_size[axis], pixel)
}

/// The taps that read a pixel, and the output of each one.
fn readers(g: &Geometry, axis: usize, pixel: usize) -> Taps {
    let output = |tap: usize| {
        let moved = (pixel + g.pad_before[axis]).checked_sub(tap * g.dilation[axis])?;
        let output = moved / g.stride[axis];
        (moved % g.stride[axis] == 0 && output < g.output[axis]).then_some(output)
    };
    taps(g.kernel_size[axis], output)
}

/// The lines of a box of pixels, for the gradient with respect to an image. Pixels of one remainder along the width, by
/// the stride `s`, read the gradients of adjacent outputs with every `s`-th tap in reverse order: there are `s` lists
/// of lines at most. The kernel is reversed along the width.
pub(super) fn input_gradient(
    shape: &ConvShape,
    [first, size]: [[usize; 3]; 2],
) -> impl Iterator<Item = Rows> {
    let g = shape.geometry;
    let (channels, [_, _, taps]) = (shape.in_channels, g.kernel_size);
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
        // The taps of this remainder, of which the last one is the first of the reversed kernel.
        let count = taps.saturating_sub(remainder).div_ceil(s);
        match count.checked_sub(1) {
            Some(last) => {
                let tap = taps - 1 - (remainder + s * last);
                rows.iter_mut().for_each(|row| row.b += tap * channels);
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
            taps: count.max(1),
            stride: 1,
        }
    })
}

/// Whether [`input_gradient`] has rows of taps that the kernel takes.
pub(super) fn takes_input_gradient(g: &Geometry, takes: impl Fn(usize, usize) -> bool) -> bool {
    let (s, taps) = (g.stride[2], g.kernel_size[2]);
    g.dilation[2] == 1 && (0..s).all(|r| takes(taps.saturating_sub(r).div_ceil(s).max(1), 1))
}

/// Lines of a packed region, which has all pixels of the windows, from the offsets of the windows' first elements and of
/// a window's rows.
pub(super) fn packed(
    starts: impl Iterator<Item = usize>,
    window: &[KOffset],
    [width, taps, stride]: [usize; 3],
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
        pixels: (width - 1) * stride + taps,
        first: 0,
        columns: part.columns,
        x_step: layout.steps(plane)[0],
        k_step: layout.input() * layout.output(),
        y_step: layout.output(),
        taps,
        stride,
    }
}
