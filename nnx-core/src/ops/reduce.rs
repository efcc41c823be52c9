//! Sums and means over axes.

use super::operation::{Keeps, Operation, Signature, expect_float};
use super::{Backward, DynTensor};
use crate::array::dtype::for_float;
use crate::array::{Array, Dims, ShapeError, product};
use crate::kernel::{means, reduce};

/// The signature of the one input without `axes`, or an error unless they are in range and ascending.
pub(super) fn reduced_signature(
    name: &'static str,
    inputs: &[Signature],
    axes: &[usize],
) -> Result<Signature, ShapeError> {
    let input = expect_float(name, inputs)?;
    let ascending = axes.windows(2).all(|pair| pair[0] < pair[1]);
    if !ascending || axes.last().is_some_and(|&last| last >= input.dims.len()) {
        let problem =
            format!("takes axes of shape {} in ascending order, found {axes:?}", input.dims);
        return Err(ShapeError::operands(name, problem));
    }
    Ok(Signature { dims: remaining_dims(&input.dims, axes), ..input })
}

/// `x` as a matrix with rows of `width` elements. The reduced axes are permuted to the end, and each row is
/// reduced. If they are the leading axes already, nothing is copied, and each column is reduced.
pub(super) struct Rows {
    pub(super) x: Array,
    pub(super) width: usize,
    /// Whether columns are reduced, not rows.
    columns: bool,
}

impl Rows {
    /// The same with the reduced axes at the end: if columns are reduced, the matrix is transposed.
    pub(super) fn into_rows(mut self) -> Self {
        if self.columns {
            let height = self.x.elements() / self.width.max(1);
            self.x = self.x.reshape(&[height, self.width]).transpose(0, 1).contiguous();
            (self.width, self.columns) = (height, false);
        }
        self
    }
}

pub(super) fn rows(x: &Array, axes: &[usize]) -> Rows {
    let dims = x.dims();
    let width = product(axes.iter().map(|&i| dims[i]));
    let in_front = axes.iter().enumerate().all(|(i, &axis)| i == axis);
    if in_front && axes.len() < dims.len() && x.is_contiguous() {
        let width = product(dims[axes.len()..].iter().copied());
        return Rows { x: x.contiguous(), width, columns: true };
    }
    let others = (0..dims.len()).filter(|i| !axes.contains(i));
    let order: Vec<usize> = others.chain(axes.iter().copied()).collect();
    Rows { x: x.permute(&order).contiguous(), width, columns: false }
}

#[derive(Debug, Clone, Copy)]
enum ReduceKind {
    Sum,
    Mean,
}

/// The sum or the mean over axes.
#[derive(Debug, Clone, Copy)]
struct Reduce {
    kind: ReduceKind,
    axes: Dims,
}

impl Operation for Reduce {
    fn name(&self) -> &'static str {
        match self.kind {
            ReduceKind::Sum => "sum",
            ReduceKind::Mean => "mean",
        }
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        reduced_signature(self.name(), inputs, &self.axes)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let dims: Dims = remaining_dims(&inputs[0].dims(), &self.axes);
        let rows = rows(&inputs[0], &self.axes);
        for_float!(rows.x.dtype(), E => {
            let kernel = match (self.kind, rows.columns) {
                (ReduceKind::Sum, true) => reduce::sum_columns::<E>,
                (ReduceKind::Sum, false) => reduce::sum_rows,
                (ReduceKind::Mean, true) => means::mean_columns,
                (ReduceKind::Mean, false) => means::mean_rows,
            };
            Array::build(dims, |out| kernel(rows.x.slice(), rows.width, out))
        })
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    #[allow(clippy::cast_precision_loss, reason = "a count of elements is far below 2^53")]
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let dims = at.inputs[0].dims();
        let gradient = match self.kind {
            ReduceKind::Sum => at.gradient.clone(),
            ReduceKind::Mean => {
                let count: usize = self.axes.iter().map(|&axis| dims[axis]).product();
                at.gradient.clone().mul_scalar(1.0 / count as f64)
            }
        };
        Some(broadcast_back(gradient, &dims, &self.axes))
    }
    fn flops(&self, inputs: &[Signature], output: &Signature) -> u64 {
        let divisions = if matches!(self.kind, ReduceKind::Mean) { output.elements() } else { 0 };
        (inputs[0].elements() + divisions) as u64
    }
}

/// The sizes of the axes that aren't reduced.
pub(super) fn remaining_dims(dims: &Dims, axes: &[usize]) -> Dims {
    (0..dims.len()).filter(|i| !axes.contains(i)).map(|i| dims[i]).collect()
}

/// A reduced tensor, broadcast back to `dims` along the axes that were reduced.
pub(super) fn broadcast_back(x: DynTensor, dims: &Dims, axes: &[usize]) -> DynTensor {
    let ones: Dims = (0..dims.len()).map(|i| if axes.contains(&i) { 1 } else { dims[i] }).collect();
    x.reshape(&ones).broadcast_to(dims)
}

/// `x - mean` over axes. The mean is subtracted twice: rounding makes the first one wrong by more than nearly
/// equal elements differ.
pub(super) fn centered(x: &DynTensor, axes: &[usize]) -> DynTensor {
    let subtract_mean = |x: &DynTensor| x - &broadcast_back(x.clone().mean(axes), &x.dims(), axes);
    subtract_mean(&subtract_mean(x))
}

impl DynTensor {
    /// The sum over axes, given in ascending order; without axes, the tensor itself. It is infinite only if the
    /// result overflows, not if a partial sum does.
    #[must_use]
    #[track_caller]
    pub fn sum(self, axes: &[usize]) -> Self {
        if axes.is_empty() {
            return self;
        }
        Self::apply(Reduce { kind: ReduceKind::Sum, axes: Dims::new(axes) }, [self])
    }

    /// The sum over all axes.
    #[must_use]
    #[track_caller]
    pub fn sum_all(self) -> Self {
        let axes: Dims = (0..self.rank()).collect();
        self.sum(&axes)
    }

    /// The mean over axes, given in ascending order; NaN over an empty axis. Finite elements have a finite mean,
    /// even if their sum overflows.
    #[must_use]
    #[track_caller]
    pub fn mean(self, axes: &[usize]) -> Self {
        if axes.is_empty() {
            return self;
        }
        Self::apply(Reduce { kind: ReduceKind::Mean, axes: Dims::new(axes) }, [self])
    }
}
