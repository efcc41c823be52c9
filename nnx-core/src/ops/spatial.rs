//! Convolutions with every padding mode and dilation of the layers, composed of the operation of
//! [`convolution`](super::convolution) and others.

use super::convolution::conv_shape;
use super::operation::axis_length;
use super::windows::resolve;
use super::{DynTensor, PadMode};
use crate::array::OrPanic as _;
use crate::size::{AxisWindow, Edge};

impl DynTensor {
    /// The convolution of images `(B, .., C)` of one to three spatial axes with a kernel `(.., C / groups, O)`,
    /// plus a bias `(O,)` if given. `windows` has the kernel size, stride, dilation, dilation of the input and
    /// padding of each spatial axis (`jax.lax.conv_general_dilated`, channels last; PyTorch's `conv2d`).
    ///
    /// ```
    /// use nnx_core::array::Array;
    /// use nnx_core::ops::DynTensor;
    /// use nnx_core::size::{AxisWindow, Edge};
    ///
    /// let x: DynTensor = Array::new(vec![1.0f32, 2.0, 4.0, 8.0], &[1, 4, 1])?.into();
    /// let kernel: DynTensor = Array::new(vec![-1.0f32, 1.0], &[2, 1, 1])?.into();
    /// let window = AxisWindow { size: 2, stride: 1, dilation: 1, input_dilation: 1, edge: Edge::Valid };
    /// let y = x.conv(kernel, None, [window], 1);
    /// assert_eq!(y.array().to_vec::<f32>()?, [1.0, 2.0, 4.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    /// If there isn't a window for each spatial axis, if a size, stride or dilation of one is 0, if `groups` doesn't
    /// divide the channels, if the shapes or types don't match, or if the padded images are larger than a program
    /// can address.
    #[must_use]
    #[track_caller]
    pub fn conv(
        self,
        kernel: Self,
        bias: Option<Self>,
        windows: impl AsRef<[AxisWindow]>,
        groups: usize,
    ) -> Self {
        let windows = windows.as_ref();
        let geometry = resolve("conv", windows, &self.signature()).or_panic();
        let channels = [&self, &kernel].map(Self::last_size);
        let shape = conv_shape("conv", geometry, channels, groups).or_panic();
        let mut x = self;
        for (i, window) in windows.iter().enumerate() {
            x = match window.edge {
                Edge::Circular => x.extended(i + 1, window.reach() - 1, PadMode::Wrap),
                Edge::Reflect => x.extended(i + 1, window.reach() - 1, PadMode::Reflect),
                _ => x,
            };
            x = x.spread_apart(i + 1, window.input_dilation);
        }
        x.conv_forward(kernel, bias, shape)
    }

    pub(super) fn last_size(&self) -> usize {
        self.dims().last().copied().unwrap_or(1)
    }

    /// An axis padded by `total` of its own elements; half of them, rounded down, are at its start.
    #[track_caller]
    pub(super) fn extended(self, axis: usize, total: usize, mode: PadMode) -> Self {
        // An empty axis has no elements to pad with.
        let total = if self.dims()[axis] == 0 { 0 } else { total };
        self.pad_with(axis, total / 2, total - total / 2, mode)
    }

    /// `step - 1` zeros between the elements of an axis.
    pub(super) fn spread_apart(self, axis: usize, step: usize) -> Self {
        let dims = self.dims();
        let length = dims[axis];
        if step == 1 || length == 0 {
            return self;
        }
        let apart = self.reshape(&dims.insert_axis(axis + 1, 1)).pad(axis + 1, 0, step - 1);
        // The padded array has this many elements: the product doesn't overflow.
        apart.reshape(&dims.with_axis(axis, length * step)).slice(axis, 0, (length - 1) * step + 1)
    }
}

/// The size `size · step + more` of an axis of an operation's output. Panics if it can't be addressed.
#[track_caller]
pub(super) fn stretched(operation: &'static str, size: usize, step: usize, more: u128) -> usize {
    axis_length(operation, size as u128 * step as u128 + more).or_panic()
}
