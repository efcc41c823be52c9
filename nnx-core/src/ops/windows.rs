//! The windows of convolutions and pools over an image, checked and turned into the numbers that the kernels take.

use super::operation::{Signature, axis_length};
use crate::array::{DType, Dims, ShapeError, check_allocation};
use crate::kernel::convolution::Geometry;
use crate::size::{AxisWindow, Edge};

/// The largest number of spatial axes.
const AXES: usize = 3;

/// The geometry of `windows`, one for each spatial axis, over an image `(batch, .., channels)`.
///
/// # Errors
/// Those of [`check_windows`] and [`geometry`].
pub(super) fn resolve(
    operation: &'static str,
    windows: &[AxisWindow],
    image: &Signature,
) -> Result<Geometry, ShapeError> {
    check_windows(operation, windows, image)?;
    let [_, sizes @ .., channels] = &*image.dims else { unreachable!("the rank was checked") };
    geometry(operation, windows, sizes, *channels)
}

/// An error unless the image has one to three spatial axes, there is a window for each, and each window has
/// elements and moves.
pub(super) fn check_windows(
    operation: &'static str,
    windows: &[AxisWindow],
    image: &Signature,
) -> Result<(), ShapeError> {
    check_rank(operation, windows.len(), image)?;
    for &AxisWindow { size, stride, dilation, input_dilation, .. } in windows {
        let problem = if [size, stride, dilation].contains(&0) {
            format!(
                "takes windows of a size, stride and dilation of at least 1, found {size}, {stride} and {dilation}"
            )
        } else if input_dilation == 0 {
            "takes a dilation of the input of at least 1, found 0".to_owned()
        } else {
            continue;
        };
        return Err(ShapeError::operands(operation, problem));
    }
    Ok(())
}

/// An error unless the image is `(batch, .., channels)` with `axes` spatial axes, one to three.
pub(super) fn check_rank(
    operation: &'static str,
    axes: usize,
    image: &Signature,
) -> Result<(), ShapeError> {
    let problem = if !(1..=AXES).contains(&axes) {
        format!("takes images of one to three spatial axes, found windows over {axes}")
    } else if image.dims.len() != axes + 2 {
        let names = ["depth, ", "height, ", "width, "][AXES - axes..].concat();
        format!("takes images (batch, {names}channels), found {image}")
    } else {
        return Ok(());
    };
    Err(ShapeError::operands(operation, problem))
}

/// The geometry of checked windows over an image with spatial axes of the sizes `input`. Padding that isn't of
/// zeros, and zeros between the elements of the input, count as part of the input.
///
/// # Errors
/// If a padded image is larger than memory can be. All offsets that a kernel computes are within the padded
/// image, so that none overflows.
pub(super) fn geometry(
    operation: &'static str,
    windows: &[AxisWindow],
    input: &[usize],
    channels: usize,
) -> Result<Geometry, ShapeError> {
    let rank = windows.len();
    let mut geometry = Geometry {
        rank,
        input: [1; AXES],
        output: [1; AXES],
        kernel_size: [1; AXES],
        stride: [1; AXES],
        dilation: [1; AXES],
        pad_before: [0; AXES],
    };
    // The shape of one padded image, as far as the windows reach.
    let mut dims = Dims::new(&[1; AXES + 2][..rank + 2]).with_axis(rank + 1, channels.max(1));
    for (i, (window, &size)) in windows.iter().zip(input).enumerate() {
        // In u128, no sum or product of sizes overflows.
        let reach = (window.size as u128 - 1) * window.dilation as u128 + 1;
        // The padding depends on the size of the input before its dilation.
        let (before, after) = zero_padding(window, size);
        let size = match window.edge {
            _ if size == 0 => 0,
            Edge::Circular | Edge::Reflect => size as u128 + reach - 1,
            _ => size as u128,
        };
        let size = size.saturating_sub(1) * window.input_dilation as u128 + size.min(1);
        let padded = size + before as u128 + after as u128;
        let reached = axis_length(operation, padded.max(reach))?;
        // Size and extent are at most `reached`, so they fit into a `usize`.
        let narrow = |length: u128| usize::try_from(length).unwrap_or(reached);
        let (size, padded, reach) = (narrow(size), narrow(padded), narrow(reach));
        dims = dims.with_axis(i + 1, reached);
        let axis = AXES - rank + i;
        geometry.input[axis] = size;
        geometry.output[axis] =
            padded.checked_sub(reach).map_or(0, |room| room / window.stride + 1);
        geometry.kernel_size[axis] = window.size;
        // A stride larger than the padded axis gives one position, as a stride of its size does.
        geometry.stride[axis] = window.stride.min(padded.max(1));
        geometry.dilation[axis] = window.dilation;
        geometry.pad_before[axis] = before;
    }
    // A factor of 32 for kernels that hold a few copies of a padded image, with wider elements or with strides
    // between them.
    check_allocation(operation, dims.with_axis(0, 32), DType::F64)
        .map_err(|_| ShapeError::BeyondMemory { operation, dims, dtype: DType::F64 })?;
    Ok(geometry)
}

/// The zeros before and after an axis of size `length`. Padding that isn't of zeros is left out.
fn zero_padding(window: &AxisWindow, length: usize) -> (usize, usize) {
    let halves = |total: usize| (total / 2, total - total / 2);
    match window.edge {
        Edge::Zeros(before, after) => (before, after),
        // The output of an empty axis is empty: no padding is needed.
        _ if length == 0 => (0, 0),
        Edge::Same => {
            // The distance from the first window to the last, plus the extent of the last.
            let steps = (length.div_ceil(window.stride) - 1) * window.stride;
            halves(steps.saturating_add(window.reach()).saturating_sub(length))
        }
        Edge::Symmetric => halves(window.reach() - 1),
        Edge::Causal => (window.reach() - 1, 0),
        Edge::Valid | Edge::Circular | Edge::Reflect => (0, 0),
    }
}

/// The sizes of spatial axes as depth, height and width; missing ones are 1.
pub(super) fn volume(sizes: &[usize]) -> [usize; AXES] {
    let mut volume = [1; AXES];
    volume[AXES - sizes.len()..].copy_from_slice(sizes);
    volume
}

/// `[batch, sizes.., channels]`.
pub(super) fn image(batch: usize, sizes: &[usize], channels: usize) -> Dims {
    [batch].iter().chain(sizes).chain(&[channels]).copied().collect()
}
