//! The windows of an image as vectors (im2col), and their sum back into an image (col2im); composed of other
//! operations.
//!
//! Along each spatial axis, windows are a list of indices: those of the elements that the windows read, one window after
//! the other, and one more index for what padding adds. `unfold` takes the elements at these indices, `fold` adds
//! elements there.

use super::operation::Signature;
use super::windows::resolve;
use super::{DynTensor, PadMode};
use crate::array::{DType, Dims, OrPanic as _, ShapeError};
use crate::size::{AxisWindow, Edge};

/// The windows along one spatial axis.
struct Line {
    /// The number of windows.
    windows: usize,
    /// The number of elements in a window.
    size: usize,
    /// For each element of each window its index in the axis; `length` for zeros of the padding.
    indices: Vec<usize>,
    /// The number of elements of the axis.
    length: usize,
}

/// The windows along each spatial axis of an image.
fn lines(
    operation: &'static str,
    windows: &[AxisWindow],
    image: &Signature,
) -> Result<Vec<Line>, ShapeError> {
    let geometry = resolve(operation, windows, image)?;
    let first = geometry.output.len() - windows.len();
    let line = |(i, window): (usize, &AxisWindow)| {
        let (length, axis) = (image.dims[i + 1], first + i);
        let (count, stride) = (geometry.output[axis], geometry.stride[axis]);
        let padded = padded_indices(window, length, geometry.pad_before[axis]);
        let points =
            |at: usize| (0..window.size).map(move |point| at * stride + point * window.dilation);
        // Indices beyond the padded axis are padding, too.
        let input_index = |at: usize| padded.get(at).copied().unwrap_or(length);
        let indices = (0..count).flat_map(points).map(input_index).collect();
        Line { windows: count, size: window.size, indices, length }
    };
    Ok(windows.iter().enumerate().map(line).collect())
}

/// For each position of a padded axis, the index of its element, or `length` for a zero. Circular and reflect padding,
/// and zeros between elements, are as in convolutions.
fn padded_indices(window: &AxisWindow, length: usize, before: usize) -> Vec<usize> {
    let mode = match window.edge {
        Edge::Circular => Some(PadMode::Wrap),
        Edge::Reflect => Some(PadMode::Reflect),
        _ => None,
    };
    // Indices count from 1, so that 0 marks padding.
    let mut axis = DynTensor::arange(length, 1.0, 1.0, DType::I64);
    if let Some(mode) = mode {
        axis = axis.extended(0, window.reach() - 1, mode);
    }
    let axis = axis.spread_apart(0, window.input_dilation).pad(0, before, 0);
    let indices = axis.array().to_vec::<i64>().expect("indices of i64");
    let index = |i: i64| usize::try_from(i - 1).unwrap_or(length);
    indices.into_iter().map(index).collect()
}

/// The shape of unfolded images with the axes apart: `(B, windows.., sizes.., C)`.
fn apart(lines: &[Line], batch: usize, channels: usize) -> Dims {
    let windows = lines.iter().map(|line| line.windows);
    let sizes = lines.iter().map(|line| line.size);
    [batch].into_iter().chain(windows).chain(sizes).chain([channels]).collect()
}

/// The axes of `(B, windows, size, windows, size, .., C)` in the order of [`apart`].
fn order(rank: usize) -> Dims {
    let windows = (0..rank).map(|i| 2 * i + 1);
    let sizes = (0..rank).map(|i| 2 * i + 2);
    [0].into_iter().chain(windows).chain(sizes).chain([2 * rank + 1]).collect()
}

impl DynTensor {
    /// The elements of each window of images `(B, .., C)`, as `(B, windows.., sizes · C)`. See
    /// [`Tensor::unfold`](crate::tensor::Tensor::unfold).
    ///
    /// # Panics
    /// If there isn't a window for each spatial axis, if a size, stride or dilation of one is 0, or if the result is
    /// larger than a program can address.
    #[must_use]
    #[track_caller]
    pub fn unfold(self, windows: impl AsRef<[AxisWindow]>) -> Self {
        let lines = lines("unfold", windows.as_ref(), &self.signature()).or_panic();
        let (batch, channels) = (self.dims()[0], self.last_size());
        let mut x = self;
        for (i, line) in lines.iter().enumerate() {
            if line.indices.contains(&line.length) {
                x = x.pad(i + 1, 0, 1);
            }
            x = x.index_select(i + 1, line.indices.iter().copied());
        }
        let pairs = lines.iter().flat_map(|line| [line.windows, line.size]);
        let pairs: Dims = [batch].into_iter().chain(pairs).chain([channels]).collect();
        let joined = joined(&apart(&lines, batch, channels), lines.len());
        x.reshape(&pairs).permute(&order(lines.len())).reshape(&joined)
    }

    /// The inverse of [`unfold`](Self::unfold), except that elements which several windows share are added: vectors
    /// `(B, windows.., sizes · C)` to images of the shape `image`. See [`Tensor::fold`](crate::tensor::Tensor::fold).
    ///
    /// # Panics
    /// If the shape isn't the one that `unfold` gives for such images, and where `unfold` panics.
    #[must_use]
    #[track_caller]
    pub fn fold(self, windows: impl AsRef<[AxisWindow]>, image: &[usize]) -> Self {
        let signature = Signature { dims: Dims::new(image), dtype: self.dtype() };
        let lines = lines("fold", windows.as_ref(), &signature).or_panic();
        let (batch, channels) = (image[0], image[image.len() - 1]);
        let apart = apart(&lines, batch, channels);
        let expected = joined(&apart, lines.len());
        if self.dims() != expected {
            let problem = format!(
                "takes the windows of images {}, which have shape {expected}, found {}",
                signature.dims,
                self.signature()
            );
            panic!("{}", ShapeError::operands("fold", problem));
        }
        let mut back = order(lines.len());
        order(lines.len()).iter().enumerate().for_each(|(to, &from)| back[from] = to);
        let mut x = self.reshape(&apart).permute(&back);
        let pairs = lines.iter().map(|line| line.windows * line.size);
        let sizes: Dims = [batch].into_iter().chain(pairs).chain([channels]).collect();
        x = x.reshape(&sizes);
        for (i, line) in lines.into_iter().enumerate() {
            let length = line.length;
            x = x.added_at(i + 1, line.indices, length + 1).slice(i + 1, 0, length);
        }
        x
    }
}

/// `(B, windows.., sizes · C)` of `(B, windows.., sizes.., C)` with `rank` spatial axes.
fn joined(apart: &Dims, rank: usize) -> Dims {
    let features = crate::array::product(apart[rank + 1..].iter().copied());
    apart[..=rank].iter().copied().chain([features]).collect()
}
