//! Windows that move along the spatial axes of images.

use std::fmt;
use std::ops::Deref;

use super::operation::axis_length;
use crate::array::{DType, Dims, ShapeError, check_allocation};
use crate::kernel::convolution::Geometry;
use crate::size::{AxisWindow, Edge};

/// A window that moves along one axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Elements under the window.
    pub size: usize,
    /// Steps between positions.
    pub stride: usize,
    /// Steps between the elements under the window.
    pub dilation: usize,
    /// Padding in front of the axis and behind it.
    pub padding: (usize, usize),
}

impl Window {
    /// From `[size, stride, dilation, padding in front, padding behind]`.
    #[must_use]
    pub const fn new([size, stride, dilation, low, high]: [usize; 5]) -> Self {
        Self { size, stride, dilation, padding: (low, high) }
    }

    /// What `axis` says over so many elements. Padding that isn't of zeros is left out.
    #[must_use]
    pub fn over(axis: &AxisWindow, length: usize) -> Self {
        let &AxisWindow { size, stride, dilation, edge, .. } = axis;
        let padding = match edge {
            Edge::Zeros(front, behind) => (front, behind),
            // Nothing is kept as long as it is.
            _ if length == 0 => (0, 0),
            Edge::Same => {
                // Steps of whole strides within the axis, and the window behind the last one.
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

    /// From its first element to its last; `usize::MAX` where that is farther.
    #[must_use]
    pub fn reach(&self) -> usize {
        saturated(self.wide_reach())
    }

    /// Positions of the window along an axis of `size`; 0 where it doesn't fit, and at most `usize::MAX`.
    #[must_use]
    pub fn positions(&self, size: usize) -> usize {
        let room = self.padded(size).checked_sub(self.wide_reach());
        room.map_or(0, |room| saturated(room / self.stride.max(1) as u128 + 1))
    }

    // Computed where none of it can wrap.
    fn wide_reach(&self) -> u128 {
        (self.size.max(1) as u128 - 1) * self.dilation as u128 + 1
    }

    /// An axis of `size` with its padding.
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
    /// Depth, height, width. What isn't there moves over an axis of size 1.
    axes: [Window; AXES],
    rank: usize,
}

/// Spatial axes at most.
const AXES: usize = 3;

impl Windows {
    /// A window for each spatial axis.
    ///
    /// # Panics
    /// If there are none, or more than three.
    #[must_use]
    pub fn new(windows: &[Window]) -> Self {
        let rank = windows.len();
        assert!((1..=AXES).contains(&rank), "windows move over one to three axes, found {rank}");
        let mut axes = [Window::new([1, 1, 1, 0, 0]); AXES];
        axes[AXES - rank..].copy_from_slice(windows);
        Self { axes, rank }
    }

    /// What `axes` say over the spatial axes of an image of these sizes.
    #[must_use]
    pub fn over(axes: &[AxisWindow], sizes: &[usize]) -> Self {
        let windows: Vec<Window> =
            axes.iter().zip(sizes).map(|(axis, &length)| Window::over(axis, length)).collect();
        Self::new(&windows)
    }

    /// An error if a window of `operation` has no elements or doesn't move, or if padded images of these sizes
    /// are larger than memory can be: all places that a kernel computes lie within them.
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
        // Kernels keep a few copies of a padded image at most, in wider elements or with steps of a stride
        // between them.
        let (dims, dtype) = (image(1, &sizes, channels.max(1)), DType::F64);
        check_allocation(operation, dims.with_axis(0, 32), dtype)
            .map_err(|_| ShapeError::BeyondMemory { operation, dims, dtype })
    }

    /// Positions on each axis of an image of these sizes.
    pub(super) fn positions(&self, input: &[usize]) -> Dims {
        self.iter().zip(input).map(|(window, &size)| window.positions(size)).collect()
    }

    /// What the kernels are told.
    pub(super) fn geometry(&self, input: &[usize]) -> Geometry {
        let sizes = volume(input);
        Geometry {
            input: sizes,
            output: volume(&self.positions(input)),
            kernel_size: self.axes.map(|window| window.size),
            // A stride farther than a padded axis leaves one position, as that length does.
            stride: std::array::from_fn(|axis| {
                let farthest = saturated(self.axes[axis].padded(sizes[axis])).max(1);
                self.axes[axis].stride.min(farthest)
            }),
            dilation: self.axes.map(|window| window.dilation),
            pad_before: self.axes.map(|window| window.padding.0),
        }
    }
}

/// Sizes of spatial axes as depth, height and width.
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
