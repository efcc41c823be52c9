//! The windows of convolutions and pools: kernel size, stride, dilation and padding of each spatial axis.

use std::fmt;
use std::ops::Deref;

use super::operation::axis_length;
use crate::array::{DType, Dims, ShapeError, check_allocation};
use crate::kernel::convolution::Geometry;
use crate::size::{AxisWindow, Edge};

/// The window of a convolution or a pool along one axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The kernel size: elements of the window.
    pub size: usize,
    /// The distance from one position of the window to the next.
    pub stride: usize,
    /// The distance between neighbouring elements of the window.
    pub dilation: usize,
    /// Padding before and after the axis.
    pub padding: (usize, usize),
}

impl Window {
    /// A window from `[size, stride, dilation, padding before, padding after]`.
    #[must_use]
    pub const fn new([size, stride, dilation, low, high]: [usize; 5]) -> Self {
        Self { size, stride, dilation, padding: (low, high) }
    }

    /// The window of `axis` for an input of size `length`. Padding that isn't of zeros is left out: it is added
    /// to the input before.
    #[must_use]
    pub fn over(axis: &AxisWindow, length: usize) -> Self {
        let &AxisWindow { size, stride, dilation, edge, .. } = axis;
        let padding = match edge {
            Edge::Zeros(front, behind) => (front, behind),
            // The output of an empty axis is empty: no padding is needed.
            _ if length == 0 => (0, 0),
            Edge::Same => {
                // The distance from the first window to the last, plus the extent of the last.
                let steps = (length.div_ceil(stride) - 1) * stride;
                let total = steps.saturating_add(axis.reach());
                let total = total.saturating_sub(length);
                (total / 2, total - total / 2)
            }
            Edge::Symmetric => {
                let total = axis.reach() - 1;
                (total / 2, total - total / 2)
            }
            Edge::Causal => (axis.reach() - 1, 0),
            Edge::Valid | Edge::Circular | Edge::Reflect => (0, 0),
        };
        Self { size, stride, dilation, padding }
    }

    /// The extent, from the first element to the last, both included: `(size - 1) · dilation + 1`, at most
    /// `usize::MAX`.
    #[must_use]
    pub fn reach(&self) -> usize {
        saturated(self.wide_reach())
    }

    /// The number of positions of the window along an axis of `size`, which is the output size: 0 if the window
    /// doesn't fit, at most `usize::MAX`.
    #[must_use]
    pub fn positions(&self, size: usize) -> usize {
        let room = self.padded(size).checked_sub(self.wide_reach());
        room.map_or(0, |room| saturated(room / self.stride.max(1) as u128 + 1))
    }

    // In u128, where it can't overflow.
    fn wide_reach(&self) -> u128 {
        (self.size.max(1) as u128 - 1) * self.dilation as u128 + 1
    }

    /// The size of an axis with its padding.
    fn padded(&self, size: usize) -> u128 {
        size as u128 + self.padding.0 as u128 + self.padding.1 as u128
    }
}

fn saturated(length: u128) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

/// A window for each spatial axis of an image, of which there are one to three; the last is the width.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// Depth, height, width. A missing axis has a window of size 1.
    axes: [Window; AXES],
    rank: usize,
}

/// The largest number of spatial axes.
const AXES: usize = 3;

impl Windows {
    /// Windows from one for each spatial axis.
    ///
    /// # Panics
    /// If there is none, or if there are more than three.
    #[must_use]
    pub fn new(windows: &[Window]) -> Self {
        let rank = windows.len();
        assert!((1..=AXES).contains(&rank), "windows move over one to three axes, found {rank}");
        let mut axes = [Window::new([1, 1, 1, 0, 0]); AXES];
        axes[AXES - rank..].copy_from_slice(windows);
        Self { axes, rank }
    }

    /// The windows of `axes` for an image with spatial axes of these sizes.
    #[must_use]
    pub fn over(axes: &[AxisWindow], sizes: &[usize]) -> Self {
        let windows: Vec<Window> =
            axes.iter().zip(sizes).map(|(axis, &length)| Window::over(axis, length)).collect();
        Self::new(&windows)
    }

    /// An error if a window has no elements or doesn't move, or if a padded image is larger than memory can be.
    /// All offsets that a kernel computes are within the padded image, so that none overflows.
    pub(super) fn check(
        &self,
        operation: &'static str,
        input: &[usize],
        channels: usize,
    ) -> Result<(), ShapeError> {
        let is_none = |window: &&Window| [window.size, window.stride, window.dilation].contains(&0);
        match self.iter().find(is_none) {
            None => self.check_allocation(operation, input, channels),
            Some(&Window { size, stride, dilation, .. }) => Err(ShapeError::operands(
                operation,
                format!(
                    "takes windows of a size, stride and dilation of at least 1, found {size}, {stride} and {dilation}"
                ),
            )),
        }
    }

    fn check_allocation(
        &self,
        operation: &'static str,
        input: &[usize],
        channels: usize,
    ) -> Result<(), ShapeError> {
        let seen = |(window, &size): (&Window, &usize)| {
            axis_length(operation, window.padded(size).max(window.wide_reach()))
        };
        let sizes = self.iter().zip(input).map(seen).collect::<Result<Vec<usize>, _>>()?;
        // A factor of 32 for kernels that hold a few copies of a padded image, with wider elements or with strides
        // between them.
        let (dims, dtype) = (image(1, &sizes, channels.max(1)), DType::F64);
        check_allocation(operation, dims.with_axis(0, 32), dtype)
            .map_err(|_| ShapeError::BeyondMemory { operation, dims, dtype })
    }

    /// The output sizes for an image with spatial axes of these sizes.
    pub(super) fn positions(&self, input: &[usize]) -> Dims {
        self.iter().zip(input).map(|(window, &size)| window.positions(size)).collect()
    }

    /// The sizes, strides, dilations and padding that the kernels take.
    pub(super) fn geometry(&self, input: &[usize]) -> Geometry {
        let sizes = volume(input);
        Geometry {
            rank: self.rank,
            input: sizes,
            output: volume(&self.positions(input)),
            kernel_size: self.axes.map(|window| window.size),
            // A stride larger than the padded axis has one position, as a stride of the axis's size has.
            stride: std::array::from_fn(|axis| {
                let farthest = saturated(self.axes[axis].padded(sizes[axis])).max(1);
                self.axes[axis].stride.min(farthest)
            }),
            dilation: self.axes.map(|window| window.dilation),
            pad_before: self.axes.map(|window| window.padding.0),
        }
    }
}

/// The sizes of spatial axes as depth, height and width; missing ones are 1.
pub(super) fn volume(sizes: &[usize]) -> [usize; AXES] {
    let mut volume = [1; AXES];
    volume[AXES - sizes.len()..].copy_from_slice(sizes);
    volume
}

impl<const N: usize> From<[Window; N]> for Windows {
    fn from(windows: [Window; N]) -> Self {
        Self::new(&windows)
    }
}

impl Deref for Windows {
    type Target = [Window];
    fn deref(&self) -> &[Window] {
        &self.axes[AXES - self.rank..]
    }
}

impl fmt::Debug for Windows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// `[batch, sizes.., channels]`.
pub(super) fn image(batch: usize, sizes: &[usize], channels: usize) -> Dims {
    [batch].iter().chain(sizes).chain(&[channels]).copied().collect()
}
