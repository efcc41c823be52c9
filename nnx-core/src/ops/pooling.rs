//! Pools over images `(batch, .., channels)`: their windows, checked for an image.

use super::pool::{Pool, PoolKind};
use super::windows::{check_rank, resolve, volume};
use super::{DynTensor, Signature};
use crate::array::{Dims, OrPanic as _, ShapeError};
use crate::kernel::convolution::Geometry;
use crate::kernel::pooling::Coverage;
use crate::size::{AxisWindow, Edge};

impl DynTensor {
    /// The maximum of each window of images `(B, .., C)` with one to three spatial axes; padding counts as −∞.
    /// If elements tie, the first one gets the gradient.
    #[must_use]
    #[track_caller]
    pub fn max_pool(self, windows: impl AsRef<[AxisWindow]>) -> Self {
        self.pool(PoolKind::Max, windows.as_ref())
    }

    /// The sum of each window of images `(B, .., C)` with one to three spatial axes; padding counts as 0.
    #[must_use]
    #[track_caller]
    pub fn sum_pool(self, windows: impl AsRef<[AxisWindow]>) -> Self {
        self.pool(PoolKind::Sum, windows.as_ref())
    }

    /// The mean of each window of images `(B, .., C)` with one to three spatial axes. With `count_include_pad`
    /// the divisor is the size of the window with padding; without, the number of its elements of the image.
    /// The mean of a window of padding alone is 0.
    #[must_use]
    #[track_caller]
    pub fn avg_pool(self, windows: impl AsRef<[AxisWindow]>, count_include_pad: bool) -> Self {
        let kind = if count_include_pad { PoolKind::PaddedMean } else { PoolKind::Mean };
        self.pool(kind, windows.as_ref())
    }

    /// The mean of each window of [`adaptive_max_pool`](Self::adaptive_max_pool).
    #[must_use]
    #[track_caller]
    pub fn adaptive_avg_pool(self, output: &[usize]) -> Self {
        self.adaptive_pool(PoolKind::Mean, output)
    }

    /// The maximum of each of `output[axis]` windows, into which each spatial axis is divided. Window i of an axis
    /// of size n has the elements from `floor(i n / output)` to `ceil((i + 1) n / output)`, exclusive. If
    /// elements tie, the first one gets the gradient.
    #[must_use]
    #[track_caller]
    pub fn adaptive_max_pool(self, output: &[usize]) -> Self {
        self.adaptive_pool(PoolKind::Max, output)
    }

    /// The sum of each window of [`adaptive_max_pool`](Self::adaptive_max_pool).
    #[must_use]
    #[track_caller]
    pub fn adaptive_sum_pool(self, output: &[usize]) -> Self {
        self.adaptive_pool(PoolKind::Sum, output)
    }

    #[track_caller]
    fn pool(self, kind: PoolKind, windows: &[AxisWindow]) -> Self {
        let windows_of = windows_of(kind.name(), windows, &self.signature());
        let coverage = Coverage::Window(windows_of.or_panic());
        Self::apply(Pool { kind, rank: windows.len(), coverage }, [self])
    }

    #[track_caller]
    fn adaptive_pool(self, kind: PoolKind, output: &[usize]) -> Self {
        let coverage = adaptive(kind.name(), output, &self.signature()).or_panic();
        Self::apply(Pool { kind, rank: output.len(), coverage }, [self])
    }
}

/// Windows of a fixed size that move by strides, checked.
pub(super) fn windows_of(
    operation: &'static str,
    windows: &[AxisWindow],
    image: &Signature,
) -> Result<Geometry, ShapeError> {
    let geometry = resolve(operation, windows, image)?;
    let of_convolutions = |window: &AxisWindow| {
        window.input_dilation != 1 || matches!(window.edge, Edge::Circular | Edge::Reflect)
    };
    if windows.iter().any(of_convolutions) {
        let problem = "takes no `Circular` or `Reflect` padding and no dilation of the input";
        return Err(ShapeError::operands(operation, problem.to_owned()));
    }
    Ok(geometry)
}

/// The windows of adaptive pooling, into which each axis is divided, checked.
fn adaptive(
    operation: &'static str,
    output: &[usize],
    image: &Signature,
) -> Result<Coverage, ShapeError> {
    check_rank(operation, output.len(), image)?;
    let (input, output) = (Dims::new(&image.dims[1..=output.len()]), Dims::new(output));
    if input.contains(&0) || output.contains(&0) {
        let problem = format!(
            "takes images and outputs of at least one element on each axis, found {input} and {output}"
        );
        return Err(ShapeError::operands(operation, problem));
    }
    // These products must not overflow: the bounds of the windows are computed from them.
    let product = |(&n, &count): (&usize, &usize)| n.checked_mul(count.saturating_add(1));
    if input.iter().zip(&*output).any(|sizes| product(sizes).is_none()) {
        let problem = format!("has an axis that is too long: {input} brought to {output}");
        return Err(ShapeError::operands(operation, problem));
    }
    Ok(Coverage::Adaptive { input: volume(&input), output: volume(&output) })
}
