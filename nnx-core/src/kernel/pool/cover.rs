//! Which elements of an image a pooling covers.

use crate::kernel::convolution::Geometry;

/// Which elements of an image each position of the output covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cover {
    /// Those under a window that moves by steps.
    Window(Geometry),
    /// On each axis of `input`, the elements from `floor(i input / output)` to
    /// `ceil((i + 1) input / output)` for the position `i`.
    Adaptive {
        /// Sizes of the image.
        input: [usize; 3],
        /// Positions on each axis.
        output: [usize; 3],
    },
}

impl Cover {
    /// Sizes of an image.
    pub(crate) fn input(&self) -> [usize; 3] {
        match self {
            Self::Window(g) => g.input,
            Self::Adaptive { input, .. } => *input,
        }
    }

    /// Positions on each axis.
    pub(crate) fn output(&self) -> [usize; 3] {
        match self {
            Self::Window(g) => g.output,
            Self::Adaptive { output, .. } => *output,
        }
    }

    /// The elements of an axis that position `out` covers.
    #[inline]
    pub(crate) fn covered(
        &self,
        axis: usize,
        out: usize,
    ) -> impl Iterator<Item = usize> + Clone + use<> {
        // First element that may be covered, by how much it lies in front of the axis, how many there
        // are and how far apart.
        let (start, low, count, step, size) = match self {
            Self::Window(g) => {
                (out * g.stride[axis], g.low[axis], g.window[axis], g.dilation[axis], g.input[axis])
            }
            Self::Adaptive { input, output } => {
                let start = out * input[axis] / output[axis];
                let end = ((out + 1) * input[axis]).div_ceil(output[axis]);
                (start, 0, end - start, 1, input[axis])
            }
        };
        (0..count).filter_map(move |k| (start + k * step).checked_sub(low).filter(|&i| i < size))
    }

    /// Elements of one image.
    pub(super) fn image(&self, channels: usize) -> usize {
        self.input().iter().product::<usize>() * channels
    }

    /// Lines of windows along the width of one image, and elements of such a line.
    pub(super) fn lines(&self, channels: usize) -> (usize, usize) {
        let [depth, height, width] = self.output();
        (depth * height, width * channels)
    }

    /// Sets `lines` to where the lines of an image start that line `index` of the windows covers.
    pub(super) fn covered_lines(&self, channels: usize, index: usize, lines: &mut Vec<usize>) {
        let ([_, height, width], [_, rows, _]) = (self.input(), self.output());
        lines.clear();
        for z in self.covered(0, index / rows) {
            let start = |y: usize| (z * height + y) * width * channels;
            lines.extend(self.covered(1, index % rows).map(start));
        }
    }
}

/// Where the elements of a line of the image start that each position of a line covers: the same on all
/// lines.
pub(super) struct Columns {
    starts: Vec<usize>,
    /// Where those of each position end among them.
    ends: Vec<usize>,
}

impl Columns {
    pub(super) fn of(cover: &Cover, channels: usize) -> Self {
        let (mut starts, mut ends) = (Vec::new(), Vec::new());
        for position in 0..cover.output()[2] {
            starts.extend(cover.covered(2, position).map(|x| x * channels));
            ends.push(starts.len());
        }
        Self { starts, ends }
    }

    /// Sets `places` to where the elements start that a position covers on these lines, in order.
    pub(super) fn covered(&self, position: usize, lines: &[usize], places: &mut Vec<usize>) {
        let begin = if position == 0 { 0 } else { self.ends[position - 1] };
        let columns = &self.starts[begin..self.ends[position]];
        places.clear();
        for line in lines {
            places.extend(columns.iter().map(|column| line + column));
        }
    }
}
