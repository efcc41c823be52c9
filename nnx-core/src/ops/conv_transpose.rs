//! Transposed convolutions with every padding mode and dilation of the layers, composed of the gradient of a
//! convolution and other operations.

use super::DynTensor;
use super::convolution::conv_shape;
use super::spatial::stretched;
use super::windows::{check_windows, geometry};
use crate::array::{Dims, OrPanic as _, ShapeError, product};
use crate::size::{AxisWindow, Edge};

const NAME: &str = "conv_transpose";

impl DynTensor {
    /// The transposed convolution of images `(B, .., C)` with a kernel `(.., C / groups, O)`, or
    /// `(.., O / groups, C)` if `transpose_kernel` (`jax.lax.conv_transpose`; PyTorch's `conv_transpose2d`):
    /// `stride - 1` zeros are inserted between the elements of the images, which are then padded and convolved. The
    /// windows' `input_dilation` isn't used.
    ///
    /// It is computed as the gradient of a convolution with respect to its input, which skips the zeros.
    ///
    /// # Panics
    /// If there isn't a window for each spatial axis, if a size, stride or dilation of one is 0, if `groups` doesn't
    /// divide the channels, if the shapes or types don't match, or if the padded images are larger than a program
    /// can address.
    #[must_use]
    #[track_caller]
    pub fn conv_transpose(
        self,
        kernel: Self,
        windows: impl AsRef<[AxisWindow]>,
        groups: usize,
        transpose_kernel: bool,
    ) -> Self {
        let (windows, lengths) = (windows.as_ref(), self.dims());
        let rank = windows.len();
        check_windows(NAME, windows, &self.signature()).or_panic();
        check_kernel(&kernel, rank, groups, transpose_kernel).or_panic();
        let kernel = if transpose_kernel { kernel } else { kernel.turned(groups) };
        // The channels of the forward convolution, of which this is the transpose.
        let channels = [kernel.dims()[rank].saturating_mul(groups), self.last_size()];
        let axes = || windows.iter().zip(&lengths[1..]);
        let forward: Vec<AxisWindow> =
            axes().map(|(window, &n)| forward_window(window, n)).collect();
        let input: Vec<usize> = axes().map(|(window, &n)| transposed_length(window, n)).collect();
        let geometry = geometry(NAME, &forward, &input, channels[0]).or_panic();
        let shape = conv_shape(NAME, geometry, channels, groups).or_panic();
        let mut y = self.conv_input_gradient(kernel, shape);
        let zeros = axes().enumerate().map(|(i, (window, &length))| match length {
            0 => (i + 1, [0, 0]),
            _ => (i + 1, transposed_padding(window).1.into()),
        });
        let zeros: Vec<(usize, [usize; 2])> = zeros.filter(|(_, pair)| *pair != [0; 2]).collect();
        if !zeros.is_empty() {
            y = y.pad_axes(zeros, 0.0);
        }
        for (i, (window, &length)) in axes().enumerate() {
            if window.edge == Edge::Circular {
                let period = stretched(NAME, length, window.stride, 0);
                y = y.wrapped(i + 1, period, transpose_kernel);
            }
        }
        y
    }

    /// A kernel `(.., I / groups, O)` with its spatial axes reversed and as `(.., O / groups, I)`.
    fn turned(self, groups: usize) -> Self {
        let dims = self.dims();
        let [spatial @ .., input, output] = &*dims else { return self };
        let (count, output) = (product(spatial.iter().copied()), output / groups);
        let flat = self.reshape(&[count, *input, groups, output]);
        let turned = flat.flip(0);
        let channels = [output, groups * input];
        let swapped: Dims = spatial.iter().chain(&channels).copied().collect();
        turned.swap_axes(1, 3).reshape(&swapped)
    }

    /// Sums the elements of an axis whose indices are equal modulo `period`, up to a shift: `period` elements
    /// remain.
    fn wrapped(self, axis: usize, period: usize, transpose_kernel: bool) -> Self {
        let dims = self.dims();
        if period == 0 {
            return self.slice(axis, 0, 0);
        }
        // The output is padded to an odd number of periods, as evenly on both sides as possible.
        let rest = (dims[axis] - period) % (2 * period);
        let missing = (2 * period - rest) % (2 * period);
        let (less, more) = (missing / 2, missing - missing / 2);
        let (before, after) = if transpose_kernel { (less, more) } else { (more, less) };
        let periods = (dims[axis] + missing) / period;
        let apart = dims.with_axis(axis, period).insert_axis(axis, periods);
        self.pad(axis, before, after).reshape(&apart).sum(&[axis])
    }
}

/// An error unless the kernel of a transposed convolution over `rank` axes has as many axes, and channels that
/// can be split into the groups.
fn check_kernel(
    kernel: &DynTensor,
    rank: usize,
    groups: usize,
    transpose_kernel: bool,
) -> Result<(), ShapeError> {
    let dims = kernel.dims();
    let problem = if dims.len() != rank + 2 {
        format!("takes a kernel of {} axes for windows over {rank}, found {dims}", rank + 2)
    } else if !transpose_kernel && (groups == 0 || !dims[rank + 1].is_multiple_of(groups)) {
        let outputs = dims[rank + 1];
        format!(
            "takes groups that divide the channels, found {groups} groups of {outputs} output channels"
        )
    } else {
        return Ok(());
    };
    Err(ShapeError::operands(NAME, problem))
}

/// The window of the convolution whose transpose has this window, for an input of size `length` of the latter.
fn forward_window(window: &AxisWindow, length: usize) -> AxisWindow {
    let (within, _) = transposed_padding(window);
    let most = window.reach() - 1;
    let padding = if length == 0 { (0, 0) } else { (most - within.0, most - within.1) };
    AxisWindow { input_dilation: 1, edge: Edge::Zeros(padding.0, padding.1), ..*window }
}

/// The size of a transposed convolution's output, without the padding that is added at its end, for an input of
/// size `length`: the input of the convolution whose transpose this is.
#[track_caller]
fn transposed_length(window: &AxisWindow, length: usize) -> usize {
    let (within, _) = transposed_padding(window);
    match length {
        0 if window.edge == Edge::Valid => window.reach().saturating_sub(window.stride),
        0 => 0,
        _ => {
            let around = 1 + within.0 as u128 + within.1 as u128;
            stretched(NAME, length - 1, window.stride, around).saturating_sub(window.reach() - 1)
        }
    }
}

/// The zeros before and after the dilated input of a transposed convolution: first those within the kernel's extent,
/// then those beyond it, which are added to the output at the end.
fn transposed_padding(window: &AxisWindow) -> ((usize, usize), (usize, usize)) {
    let (stride, reach) = (window.stride, window.reach());
    let (before, after) = match window.edge {
        Edge::Zeros(before, after) => (before, after),
        Edge::Same => {
            let total = (reach - 1).saturating_add(stride - 1);
            let before = if stride >= reach { reach - 1 } else { total.div_ceil(2) };
            (before, total - before)
        }
        Edge::Valid | Edge::Symmetric | Edge::Circular | Edge::Causal | Edge::Reflect => {
            (reach - 1, stride - 1 + reach.saturating_sub(stride))
        }
    };
    let within = (before.min(reach - 1), after.min(reach - 1));
    (within, (before - within.0, after - within.1))
}
