//! The points of a pooling: the pixels that each output position reads.

use crate::kernel::convolution::Geometry;
use crate::kernel::scratch::{self, List};

/// The pixels that each output position reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coverage {
    /// A window that moves with a stride.
    Window(Geometry),
    /// Adaptive pooling: along each axis, position `i` reads the pixels from `floor(i input / output)` to
    /// `ceil((i + 1) input / output)`.
    Adaptive {
        /// The sizes of the image.
        input: [usize; 3],
        /// Output positions along each axis.
        output: [usize; 3],
    },
}

impl Coverage {
    /// The sizes of the image.
    pub(crate) fn input(&self) -> [usize; 3] {
        match self {
            Self::Window(g) => g.input,
            Self::Adaptive { input, .. } => *input,
        }
    }

    /// Output positions along each axis.
    pub(crate) fn output(&self) -> [usize; 3] {
        match self {
            Self::Window(g) => g.output,
            Self::Adaptive { output, .. } => *output,
        }
    }

    /// The indices along an axis that output position `out` reads.
    #[inline]
    pub(crate) fn points(
        &self,
        axis: usize,
        out: usize,
    ) -> impl Iterator<Item = usize> + Clone + use<> {
        // The index of the first point in the padded axis, the padding before the axis, the number of points, the dilation,
        // and the size of the axis.
        let (start, pad_before, count, step, size) = match self {
            Self::Window(g) => (
                out * g.stride[axis],
                g.pad_before[axis],
                g.kernel_size[axis],
                g.dilation[axis],
                g.input[axis],
            ),
            Self::Adaptive { input, output } => {
                let start = out * input[axis] / output[axis];
                let end = ((out + 1) * input[axis]).div_ceil(output[axis]);
                (start, 0, end - start, 1, input[axis])
            }
        };
        (0..count)
            .filter_map(move |k| (start + k * step).checked_sub(pad_before).filter(|&i| i < size))
    }

    /// Elements of one image.
    pub(super) fn image(&self, channels: usize) -> usize {
        self.input().iter().product::<usize>() * channels
    }

    /// The number of output rows of one image along the width, and the number of elements of such a row.
    pub(super) fn rows(&self, channels: usize) -> (usize, usize) {
        let [depth, height, width] = self.output();
        (depth * height, width * channels)
    }

    /// Sets `lines` to the offsets of the image lines that row `index` of the output reads.
    pub(super) fn point_rows(&self, channels: usize, index: usize, lines: &mut Vec<usize>) {
        let ([_, height, width], [_, rows, _]) = (self.input(), self.output());
        lines.clear();
        for z in self.points(0, index / rows) {
            let start = |y: usize| (z * height + y) * width * channels;
            lines.extend(self.points(1, index % rows).map(start));
        }
    }
}

/// The offsets of the points along the width, within an image line: the same for all lines.
pub(super) struct PointColumns {
    starts: List<usize>,
    /// The end of each position's points in `starts`.
    ends: List<usize>,
}

impl PointColumns {
    pub(super) fn new(coverage: &Coverage, channels: usize) -> Self {
        let (mut starts, mut ends) = (scratch::list(), scratch::list());
        for position in 0..coverage.output()[2] {
            starts.extend(coverage.points(2, position).map(|x| x * channels));
            ends.push(starts.len());
        }
        Self { starts, ends }
    }

    /// Sets `offsets` to the offsets of the points of a position on these image lines, in order.
    pub(super) fn points(&self, position: usize, lines: &[usize], offsets: &mut Vec<usize>) {
        let begin = if position == 0 { 0 } else { self.ends[position - 1] };
        let columns = &self.starts[begin..self.ends[position]];
        offsets.clear();
        for line in lines {
            offsets.extend(columns.iter().map(|column| line + column));
        }
    }
}
