//! Pooling over windows of images `(batch, .., channels)`.

use super::operation::{Keeps, Operation, Signature, count_flops};
use super::windows::{Windows, image, volume};
use super::{Backward, DynTensor};
use crate::array::dtype::for_float;
use crate::array::{Array, Dims, ShapeError, product};
use crate::kernel::pooling::{self, Coverage};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PoolKind {
    /// x → the maximum of each window.
    Max,
    /// (x, y) → y where x has the first maximum of each window.
    Pick,
    /// (x, dy) → dy added at the first maximum of x of each window: the transpose of `Pick` in y.
    Scatter,
    /// x → the sum of each window.
    Sum,
    /// x → the mean of the elements of the image in each window; 0 where there is none.
    Mean,
    /// x → the sum of each window, divided by its size with padding.
    PaddedMean,
    /// dy → dy added to each element of its window: the transpose of `Sum`.
    Spread,
}

/// The windows of a pool.
#[derive(Debug, Clone, Copy)]
enum PoolWindows {
    /// Windows of a fixed size that move by strides.
    Windows(Windows),
    /// The number of windows along each axis, into which the axis is divided (adaptive pooling).
    Adaptive(Dims),
}

#[derive(Debug, Clone, Copy)]
struct Pool {
    kind: PoolKind,
    windows: PoolWindows,
    /// Sizes of the spatial axes of the images.
    input: Dims,
}

impl Pool {
    fn apply<const N: usize>(&self, kind: PoolKind, inputs: [&DynTensor; N]) -> DynTensor {
        DynTensor::apply(Self { kind, ..*self }, inputs.map(Clone::clone))
    }

    fn rank(&self) -> usize {
        match &self.windows {
            PoolWindows::Windows(windows) => windows.len(),
            PoolWindows::Adaptive(output) => output.len(),
        }
    }

    /// The number of windows along each axis: the spatial sizes of the output.
    fn positions(&self) -> Dims {
        match &self.windows {
            PoolWindows::Windows(windows) => windows.positions(&self.input),
            PoolWindows::Adaptive(output) => *output,
        }
    }

    fn coverage(&self) -> Coverage {
        match &self.windows {
            PoolWindows::Windows(windows) => Coverage::Window(windows.geometry(&self.input)),
            PoolWindows::Adaptive(output) => {
                Coverage::Adaptive { input: volume(&self.input), output: volume(output) }
            }
        }
    }

    /// The shape of the output, for a first input of shape `dims`.
    fn output_dims(&self, dims: &Dims) -> Dims {
        let sizes = match self.kind {
            PoolKind::Max
            | PoolKind::Pick
            | PoolKind::Sum
            | PoolKind::Mean
            | PoolKind::PaddedMean => self.positions(),
            PoolKind::Scatter | PoolKind::Spread => self.input,
        };
        image(dims[0], &sizes, dims[dims.len() - 1])
    }

    /// Elements of a window, with padding; for windows of a fixed size.
    fn window(&self) -> usize {
        match &self.windows {
            PoolWindows::Windows(windows) => product(windows.iter().map(|window| window.size)),
            PoolWindows::Adaptive(_) => 1,
        }
    }

    fn check(&self, channels: usize) -> Result<(), ShapeError> {
        match &self.windows {
            PoolWindows::Windows(windows) => windows.check(self.name(), &self.input, channels),
            PoolWindows::Adaptive(output) if self.input.contains(&0) || output.contains(&0) => {
                let problem = format!(
                    "takes images and outputs of at least one element on each axis, found {} and {output}",
                    self.input
                );
                Err(ShapeError::operands(self.name(), problem))
            }
            PoolWindows::Adaptive(output) => {
                // The bounds of the windows are computed from these products.
                let product =
                    |(&n, &count): (&usize, &usize)| n.checked_mul(count.saturating_add(1));
                if self.input.iter().zip(&**output).any(|sizes| product(sizes).is_none()) {
                    let problem =
                        format!("has an axis that is too long: {} brought to {output}", self.input);
                    return Err(ShapeError::operands(self.name(), problem));
                }
                Ok(())
            }
        }
    }
}

impl Operation for Pool {
    fn name(&self) -> &'static str {
        match self.kind {
            PoolKind::Max => "max_pool",
            PoolKind::Pick => "max_pool_pick",
            PoolKind::Scatter => "max_pool_scatter",
            PoolKind::Sum => "sum_pool",
            PoolKind::Mean => "avg_pool",
            PoolKind::PaddedMean => "avg_pool_with_padding",
            PoolKind::Spread => "sum_pool_spread",
        }
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let x = inputs[0];
        let rank = self.rank();
        if x.dims.len() != rank + 2 {
            let axes = ["", "depth, ", "height, ", "width, "][4 - rank.min(3)..].concat();
            let problem = format!("takes images (batch, {axes}channels), found {x}");
            return Err(ShapeError::operands(self.name(), problem));
        }
        self.check(x.dims[rank + 1])?;
        let expected = if self.kind == PoolKind::Spread { self.positions() } else { self.input };
        if !x.dtype.is_float() || x.dims[1..=rank] != *expected {
            let sizes: String = expected.iter().map(|size| format!("{size}, ")).collect();
            let problem =
                format!("takes floating-point images (batch, {sizes}channels), found {x}");
            return Err(ShapeError::operands(self.name(), problem));
        }
        Ok(Signature { dims: self.output_dims(&x.dims), ..x })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let arrays: Vec<Array> = inputs.iter().map(Array::contiguous).collect();
        let coverage = self.coverage();
        let dims = self.output_dims(&arrays[0].dims());
        let channels = dims[dims.len() - 1];
        for_float!(arrays[0].dtype(), E => {
            let x = arrays[0].slice::<E>();
            let second = || arrays[1].slice::<E>();
            Array::build(dims, |out| match self.kind {
                _ if out.is_empty() => {}
                PoolKind::Max => pooling::max(&coverage, channels, x, out),
                PoolKind::Pick => pooling::gather(&coverage, channels, x, second(), out),
                PoolKind::Scatter => pooling::scatter(&coverage, channels, x, second(), out),
                PoolKind::Sum => pooling::sum(&coverage, channels, x, out),
                PoolKind::Mean => pooling::mean(&coverage, channels, None, x, out),
                PoolKind::PaddedMean => pooling::mean(&coverage, channels, Some(self.window()), x, out),
                PoolKind::Spread => pooling::sum_backward(&coverage, channels, x, out),
            })
        })
    }
    fn keeps(&self) -> Keeps {
        match self.kind {
            PoolKind::Max | PoolKind::Pick | PoolKind::Scatter => Keeps::INPUTS,
            _ => Keeps::NOTHING,
        }
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let g = &at.gradient;
        match (self.kind, index) {
            (PoolKind::Max, _) => Some(self.apply(PoolKind::Scatter, [&at.inputs[0], g])),
            // The index of the maximum is constant in x, almost everywhere.
            (PoolKind::Pick | PoolKind::Scatter, 0) => None,
            (PoolKind::Pick, _) => Some(self.apply(PoolKind::Scatter, [&at.inputs[0], g])),
            (PoolKind::Scatter, _) => Some(self.apply(PoolKind::Pick, [&at.inputs[0], g])),
            (PoolKind::Sum, _) => Some(self.apply(PoolKind::Spread, [g])),
            (PoolKind::Mean, _) => {
                // The number of elements of each window without padding, at least 1.
                let one = Array::full_float(1.0, g.dtype(), &image(1, &self.input, 1)).into();
                let counts = self.apply(PoolKind::Sum, [&one]).clamp(1.0, f64::INFINITY);
                Some(self.apply(PoolKind::Spread, [&(g / &counts)]))
            }
            (PoolKind::PaddedMean, _) => {
                #[allow(
                    clippy::cast_precision_loss,
                    reason = "a window is far below 2^53 elements"
                )]
                let share = g.clone().mul_scalar(1.0 / self.window() as f64);
                Some(self.apply(PoolKind::Spread, [&share]))
            }
            (PoolKind::Spread, _) => Some(self.apply(PoolKind::Sum, [g])),
        }
    }
    fn flops(&self, inputs: &[Signature], output: &Signature) -> u64 {
        let coverage = self.coverage();
        let dims = inputs[0].dims;
        // Elements of all windows: a product over the axes.
        let covered = match &self.windows {
            PoolWindows::Windows(_) => {
                self.window().saturating_mul(product(self.positions().iter().copied()))
            }
            PoolWindows::Adaptive(_) => product((0..3).map(|axis| {
                let windows = (0..coverage.output()[axis]).map(|i| coverage.taps(axis, i).count());
                windows.sum::<usize>()
            })),
        };
        // A mean has a division for each output.
        let divided = matches!(self.kind, PoolKind::Mean | PoolKind::PaddedMean);
        let divisions = if divided { output.elements() as u64 } else { 0 };
        count_flops(dims[0], count_flops(covered, dims[dims.len() - 1] as u64))
            .saturating_add(divisions)
    }
}

impl DynTensor {
    /// The maximum of each window of images `(B, .., C)` with one to three spatial axes; padding counts as −∞.
    /// If elements tie, the first one gets the gradient.
    #[must_use]
    #[track_caller]
    pub fn max_pool(self, windows: impl Into<Windows>) -> Self {
        self.pool(PoolKind::Max, PoolWindows::Windows(windows.into()))
    }

    /// The sum of each window of images `(B, .., C)` with one to three spatial axes; padding counts as 0.
    #[must_use]
    #[track_caller]
    pub fn sum_pool(self, windows: impl Into<Windows>) -> Self {
        self.pool(PoolKind::Sum, PoolWindows::Windows(windows.into()))
    }

    /// The mean of each window of images `(B, .., C)` with one to three spatial axes. With `count_include_pad`
    /// the divisor is the size of the window with padding; without, the number of its elements of the image.
    /// The mean of a window of padding alone is 0.
    #[must_use]
    #[track_caller]
    pub fn avg_pool(self, windows: impl Into<Windows>, count_include_pad: bool) -> Self {
        let kind = if count_include_pad { PoolKind::PaddedMean } else { PoolKind::Mean };
        self.pool(kind, PoolWindows::Windows(windows.into()))
    }

    /// The mean of each window of [`adaptive_max_pool`](Self::adaptive_max_pool).
    #[must_use]
    #[track_caller]
    pub fn adaptive_avg_pool(self, output: &[usize]) -> Self {
        self.pool(PoolKind::Mean, PoolWindows::Adaptive(Dims::new(output)))
    }

    /// The maximum of each of `output[axis]` windows, into which each spatial axis is divided. Window i of an axis
    /// of size n has the elements from `floor(i n / output)` to `ceil((i + 1) n / output)`, exclusive. If
    /// elements tie, the first one gets the gradient.
    #[must_use]
    #[track_caller]
    pub fn adaptive_max_pool(self, output: &[usize]) -> Self {
        self.pool(PoolKind::Max, PoolWindows::Adaptive(Dims::new(output)))
    }

    /// The sum of each window of [`adaptive_max_pool`](Self::adaptive_max_pool).
    #[must_use]
    #[track_caller]
    pub fn adaptive_sum_pool(self, output: &[usize]) -> Self {
        self.pool(PoolKind::Sum, PoolWindows::Adaptive(Dims::new(output)))
    }

    #[track_caller]
    fn pool(self, kind: PoolKind, windows: PoolWindows) -> Self {
        let dims = self.dims();
        // The operation checks the rank.
        let input = Dims::new(dims.get(1..dims.len().max(2) - 1).unwrap_or(&[]));
        Self::apply(Pool { kind, windows, input }, [self])
    }
}
