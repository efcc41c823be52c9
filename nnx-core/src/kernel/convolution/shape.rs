//! The sizes of a convolution or a pool, as the kernels take them.

use std::ops::Range;

/// The shape of a convolution or pooling along depth, height and width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Geometry {
    /// The number of spatial axes, one to three: they are the last entries of each array here. Other entries have size
    /// 1.
    pub(crate) rank: usize,
    pub(crate) input: [usize; 3],
    pub(crate) output: [usize; 3],
    pub(crate) kernel_size: [usize; 3],
    pub(crate) stride: [usize; 3],
    pub(crate) dilation: [usize; 3],
    /// Padding before each axis; the padding after it follows from `output`.
    pub(crate) pad_before: [usize; 3],
}

impl Geometry {
    /// The indices of the image along an axis that the windows of some outputs read; `None` if one of these windows lies
    /// in the padding.
    pub(crate) fn reads(&self, axis: usize, outputs: Range<usize>) -> Option<Range<usize>> {
        let reach = (self.kernel_size[axis] - 1) * self.dilation[axis] + 1;
        let (pad, size) = (self.pad_before[axis], self.input[axis]);
        let first = outputs.start * self.stride[axis];
        let last = (outputs.end - 1) * self.stride[axis];
        // The first window ends behind the padding, and the last one begins before the image ends.
        let inside = first + reach > pad && last < pad + size;
        inside.then(|| first.saturating_sub(pad)..(last + reach - pad).min(size))
    }

    /// The windows of some outputs along an axis, over the part of the image that they read.
    pub(crate) fn part(&self, axis: usize, outputs: Range<usize>, read: Range<usize>) -> Self {
        let mut part = *self;
        part.input[axis] = read.len();
        part.output[axis] = outputs.len();
        part.pad_before[axis] =
            self.pad_before[axis].saturating_sub(outputs.start * self.stride[axis]);
        part
    }
}

/// The description of a convolution: everything but the batch size. `ops` computes and checks it once. The
/// passes and the bands borrow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvShape {
    /// The sizes along depth, height and width. Pooling uses these only.
    pub(crate) geometry: Geometry,
    /// Channels of the input, of which `in_channels / groups` are summed for each output channel.
    pub(crate) in_channels: usize,
    pub(crate) out_channels: usize,
    /// Groups of channels that don't mix.
    pub(crate) groups: usize,
}

impl ConvShape {
    /// The same convolution with `stride` adjacent pixels as one pixel of as many times the channels, if windows neither
    /// overlap along the width nor leave pixels out: the elements of the image and of the kernel are the same in memory.
    /// The gradient of the image then is one product where it was one for each remainder by the stride.
    pub(crate) fn with_wide_pixels(mut self) -> Self {
        let g = &mut self.geometry;
        let stride = g.stride[2];
        let tiles = g.kernel_size[2] == stride && g.dilation[2] == 1 && g.pad_before[2] == 0;
        if self.groups == 1 && tiles && g.input[2] == g.output[2] * stride {
            (g.input[2], g.kernel_size[2], g.stride[2]) = (g.output[2], 1, 1);
            self.in_channels *= stride;
        }
        self
    }

    /// The number of images whose outputs have `outputs` elements together.
    pub(crate) fn images(&self, outputs: usize) -> usize {
        outputs / (self.geometry.output.iter().product::<usize>() * self.out_channels)
    }
}
