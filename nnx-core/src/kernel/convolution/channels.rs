//! How the channels of a convolution map to gather GEMMs.
//!
//! | convolution | gather GEMMs | columns |
//! |---|---|---|
//! | dense, or groups of many channels | one for each group | the group's output channels |
//! | depthwise, or groups of few channels | one | all output channels, each with inputs of its own |
//!
//! Groups of few channels would leave most SIMD lanes empty. Their pixels are expanded instead, some groups at a time:
//! to a plane of pixels for each input `i` of a group, in which column `o` has the channel that output `o` reads. Then
//! the convolution is a depthwise one whose windows are spread over the planes.

use super::ConvShape;
use crate::kernel::scratch::{self, List};
use crate::kernel::{Float, vectorize_small};

/// Output channels of a group below which groups share SIMD vectors.
const MIN_GROUP_COLUMNS: usize = 16;
/// Output channels that are expanded at a time: a cache line of each plane.
const EXPANDED_COLUMNS: usize = 16;

pub(super) struct ChannelLayout {
    /// The number of gather GEMMs, and the columns of each; the last one may have fewer.
    count: usize,
    columns: usize,
    /// The channels of input and output: all of them, and those of one group.
    all: [usize; 2],
    group: [usize; 2],
    /// Whether each column reads input channels of its own.
    pub(super) depthwise: bool,
}

/// One of the gather GEMMs: its first input and output channel, and its number of columns.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) input: usize,
    pub(super) output: usize,
    pub(super) columns: usize,
}

impl ChannelLayout {
    /// The layout for windows of `input` channels, where each of `output` channels reads the channels of its group.
    pub(super) fn new(all: [usize; 2], groups: usize) -> Self {
        let group = all.map(|channels| channels / groups);
        let (count, columns, depthwise) = match group {
            [1, 1] if groups > 1 => (1, all[1], true),
            [_, columns] if groups > 1 && columns < MIN_GROUP_COLUMNS => {
                let together = EXPANDED_COLUMNS.div_ceil(columns);
                (groups.div_ceil(together), together * columns, true)
            }
            [_, columns] => (groups, columns, false),
        };
        Self { count, columns, all, group, depthwise }
    }

    /// Input channels that an output channel reads.
    pub(super) fn input(&self) -> usize {
        self.group[0]
    }

    /// All columns.
    pub(super) fn output(&self) -> usize {
        self.all[1]
    }

    pub(super) fn parts(&self) -> impl Iterator<Item = Part> {
        (0..self.count).map(|part| {
            let output = part * self.columns;
            let input = output / self.group[1] * self.group[0];
            Part { input, output, columns: self.columns.min(self.all[1] - output) }
        })
    }

    /// Whether a part reads copies of the input channels.
    pub(super) fn expands(&self) -> bool {
        self.depthwise && self.group != [1, 1]
    }

    /// The strides of what a part reads: between pixels, and between input channels of a window. `plane` is the number
    /// of pixels of a plane.
    pub(super) fn steps(&self, plane: usize) -> [usize; 2] {
        match self.expands() {
            true => [self.columns, plane * self.columns],
            false => [self.all[0], 1],
        }
    }

    /// The pixels that a part reads, from its first element on.
    pub(super) fn elements<'a, E: Float>(
        &self,
        pixels: &'a [E],
        part: Part,
        plane: usize,
        buffer: &'a mut List<E>,
    ) -> &'a [E] {
        if !self.expands() {
            return &pixels[part.input..];
        }
        let step = self.steps(plane)[1];
        let needed = self.group[0] * step;
        if buffer.len() != needed {
            scratch::reserve(
                buffer,
                needed,
                "an image whose channels are repeated for each output",
            );
            buffer.resize(needed, E::ZERO);
        }
        vectorize_small::<E, _>(
            #[inline(always)]
            || match self.group[1] {
                1 => self.expand::<E, 1>(pixels, part, step, buffer),
                2 => self.expand::<E, 2>(pixels, part, step, buffer),
                4 => self.expand::<E, 4>(pixels, part, step, buffer),
                8 => self.expand::<E, 8>(pixels, part, step, buffer),
                _ => self.expand::<E, 0>(pixels, part, step, buffer),
            },
        );
        buffer
    }

    /// `OUTPUTS`: the output channels of a group, or 0 for any number.
    #[inline(always)]
    fn expand<E: Float, const OUTPUTS: usize>(
        &self,
        pixels: &[E],
        part: Part,
        step: usize,
        to: &mut [E],
    ) {
        let [inputs, outputs] = self.group;
        let outputs = if OUTPUTS > 0 { OUTPUTS } else { outputs };
        for (i, to) in to.chunks_exact_mut(step).enumerate() {
            let to = to.chunks_exact_mut(self.columns);
            for (from, to) in pixels.chunks_exact(self.all[0]).zip(to) {
                let from = from[part.input..].chunks_exact(inputs);
                let to = to[..part.columns].chunks_exact_mut(outputs);
                to.zip(from).for_each(|(to, from)| to.fill(from[i]));
            }
        }
    }

    /// The rearranged kernel for the gradient with respect to the input: for output `o` of a group, row `o` of a kernel
    /// point has the weights of all input channels. `flip` reverses the points along the width.
    pub(super) fn transposed<E: Float>(&self, shape: &ConvShape, k: &[E], flip: bool) -> List<E> {
        let [outputs, inputs] = self.group;
        let (points, width) =
            (k.len() / (inputs * shape.out_channels), shape.geometry.kernel_size[2]);
        let mut transposed = scratch::with_room(k.len());
        for point in 0..points {
            let point =
                if flip { point / width * width + (width - 1 - point % width) } else { point };
            let k = &k[point * inputs * shape.out_channels..][..inputs * shape.out_channels];
            for o in 0..outputs {
                transposed.extend((0..shape.in_channels).map(|channel| {
                    let (group, input) = (channel / inputs, channel % inputs);
                    k[input * shape.out_channels + group * outputs + o]
                }));
            }
        }
        transposed
    }
}
