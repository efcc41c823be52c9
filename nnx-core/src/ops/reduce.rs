//! Sums and means over axes.

use super::attributes::{AttributeValue, attributes};
use super::batching::behind_members;
use super::operation::{Keeps, Operation, Signature, expect_float};
use super::role::{Consumer, Reads, Role, RoleKind};
use super::view::refuse;
use super::windows::volume;
use super::{Backward, Batching, DynTensor, Members};
use crate::array::dtype::{for_float, for_integer};
use crate::array::{Array, DType, Dims, ShapeError, product};
use crate::kernel::expression_rows::{RowFunction, RowSum};
use crate::kernel::fold::Block;
use crate::kernel::integer::{self, IntegerFold};
use crate::kernel::pooling::ImagePool;
use crate::kernel::{means, reduce};

/// The signature of the one input without `axes`, or an error unless they are in range and ascending.
pub(super) fn reduced_signature(
    name: &'static str,
    inputs: &[Signature],
    axes: &[usize],
) -> Result<Signature, ShapeError> {
    let input = expect_float(name, inputs)?;
    check_axes(name, &input.dims, axes)?;
    Ok(Signature { dims: remaining_dims(&input.dims, axes), ..input })
}

/// [`reduced_signature`] for operations that take integers too.
pub(super) fn reduced_numbers(
    name: &'static str,
    inputs: &[Signature],
    axes: &[usize],
) -> Result<Signature, ShapeError> {
    let input = expect_numbers(name, inputs)?;
    check_axes(name, &input.dims, axes)?;
    Ok(Signature { dims: remaining_dims(&input.dims, axes), ..input })
}

/// The signature of the only input; an error unless there is exactly one, of numbers.
pub(super) fn expect_numbers(
    name: &'static str,
    inputs: &[Signature],
) -> Result<Signature, ShapeError> {
    match inputs {
        [input] if input.dtype.is_integer() => Ok(*input),
        [input] if !input.dtype.is_float() => {
            refuse(name, format!("takes numbers, found {}", input.dtype))
        }
        _ => expect_float(name, inputs),
    }
}

/// Integers folded over axes.
pub(super) fn fold_integers(kind: IntegerFold, x: &Array, axes: &[usize]) -> Array {
    let dims = remaining_dims(&x.dims(), axes);
    let (x, block) = blocks(x, axes);
    for_integer!(x.dtype(), E => {
        Array::build(dims, |out| integer::fold(kind, x.slice::<E>(), block, out))
    })
}

/// An error unless `axes` are axes of the shape, in ascending order.
pub(super) fn check_axes(
    name: &'static str,
    dims: &Dims,
    axes: &[usize],
) -> Result<(), ShapeError> {
    let ascending = axes.windows(2).all(|pair| pair[0] < pair[1]);
    if !ascending || axes.last().is_some_and(|&last| last >= dims.len()) {
        let problem = format!("takes axes of shape {dims} in ascending order, found {axes:?}");
        return Err(ShapeError::operands(name, problem));
    }
    Ok(())
}

/// `x` as a contiguous block `(outer, length, inner)`, of which the middle axis is reduced. If the reduced axes are
/// adjacent, no axis is moved. Otherwise they are permuted to the end.
pub(super) fn blocks(x: &Array, axes: &[usize]) -> (Array, Block) {
    let dims = x.dims();
    let count = |of: &[usize]| product(of.iter().copied());
    let first = axes.first().copied().unwrap_or(0);
    let follow = axes.iter().zip(first..).all(|(&axis, expected)| axis == expected);
    if follow && x.is_contiguous() {
        let (before, rest) = dims.split_at(first);
        let (reduced, after) = rest.split_at(axes.len());
        let block = Block { outer: count(before), length: count(reduced), inner: count(after) };
        return (x.contiguous(), block);
    }
    rows(x, axes)
}

/// [`blocks`] with the reduced axes at the end: `inner` is 1.
pub(super) fn rows(x: &Array, axes: &[usize]) -> (Array, Block) {
    let dims = x.dims();
    let count = |of: &[usize]| product(of.iter().copied());
    let others: Dims = (0..dims.len()).filter(|i| !axes.contains(i)).collect();
    let order: Dims = others.iter().chain(axes).copied().collect();
    let x = x.permute(&order).contiguous();
    let moved = x.dims();
    let (kept, reduced) = moved.split_at(others.len());
    (x, Block { outer: count(kept), length: count(reduced), inner: 1 })
}

#[derive(Debug, Clone, Copy, AttributeValue)]
enum ReduceKind {
    Sum,
    Mean,
}

/// A kernel that reduces the rows, or the columns, of a matrix: it takes the matrix and the length of its rows.
type Kernel<E> = fn(&[E], usize, &mut [E]);

/// The sum or the mean over axes.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Reduce {
    kind: ReduceKind,
    axes: Dims,
}

impl Operation for Reduce {
    attributes!();
    fn name(&self) -> &'static str {
        match self.kind {
            ReduceKind::Sum => "sum",
            ReduceKind::Mean => "mean",
        }
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        match self.kind {
            ReduceKind::Sum => reduced_numbers(self.name(), inputs, &self.axes),
            ReduceKind::Mean => reduced_signature(self.name(), inputs, &self.axes),
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        if inputs[0].dtype().is_integer() {
            return fold_integers(IntegerFold::Sum, &inputs[0], &self.axes);
        }
        let dims: Dims = remaining_dims(&inputs[0].dims(), &self.axes);
        let (x, block) = blocks(&inputs[0], &self.axes);
        for_float!(x.dtype(), E => {
            let (rows, columns): (Kernel<E>, Kernel<E>) = match self.kind {
                ReduceKind::Sum => (reduce::sum_rows, reduce::sum_columns),
                ReduceKind::Mean => (means::mean_rows, means::mean_columns),
            };
            Array::build(dims, |out| match block.inner {
                1 => rows(x.slice(), block.length, out),
                _ => reduce::for_blocks(x.slice(), block, out, columns),
            })
        })
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(Self { axes: behind_members(&self.axes), ..*self })
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
    fn role(&self) -> Role<'_> {
        Role(RoleKind::Consumer(self))
    }
    fn flops(&self, inputs: &[Signature], output: &Signature) -> u64 {
        let divisions = if matches!(self.kind, ReduceKind::Mean) { output.elements() } else { 0 };
        (inputs[0].elements() + divisions) as u64
    }
}

impl Consumer for Reduce {
    /// The rows of trailing axes, and the images of spatial axes.
    fn reads(&self, x: &Signature) -> Option<Reads> {
        let (rank, first) = (x.dims.len(), *self.axes.first()?);
        let follow = self.axes.iter().copied().eq(first..first + self.axes.len());
        if x.dtype != DType::F32 || !follow {
            return None;
        }
        if first + self.axes.len() == rank {
            let width = product(x.dims[first..].iter().copied());
            let (run, sum): (Kernel<f32>, _) = match self.kind {
                ReduceKind::Sum => (reduce::sum_rows, RowSum::Sum),
                ReduceKind::Mean => (means::mean_rows, RowSum::Mean),
            };
            return Some(Reads::Rows(RowFunction { width, out: 1, run, sum: Some(sum) }));
        }
        if (3..=5).contains(&rank) && first == 1 && self.axes.len() == rank - 2 {
            let sizes = volume(&x.dims[1..rank - 1]);
            return Some(Reads::Images(match self.kind {
                ReduceKind::Sum => ImagePool::SumOfAll(sizes),
                ReduceKind::Mean => ImagePool::MeanOfAll(sizes),
            }));
        }
        None
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
    /// Moves the axes, given in ascending order, to the end, and merges them into one.
    pub(super) fn rows_of(self, axes: &[usize]) -> Self {
        let dims = self.dims();
        let others = (0..dims.len()).filter(|i| !axes.contains(i));
        let order: Dims = others.chain(axes.iter().copied()).collect();
        let kept = remaining_dims(&dims, axes);
        let length = product(axes.iter().map(|&axis| dims[axis]));
        self.permute(&order).reshape(&kept.insert_axis(kept.len(), length))
    }

    /// The sum over axes, given in ascending order; without axes, the tensor itself. It is infinite only if the
    /// result overflows, not if a partial sum does. That of integers has their type and wraps.
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
