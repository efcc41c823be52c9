//! Sums, means and maxima over axes.

use super::operation::{Keeps, Operation, Signature, one_float};
use super::{Backward, DynTensor};
use crate::array::dtype::for_float;
use crate::array::{Array, DType, Dims, ShapeError, product};
use crate::kernel::reduce;

/// The axes given, in ascending order, taken out of an array's.
fn remaining(
    name: &'static str,
    inputs: &[Signature],
    axes: &[usize],
) -> Result<Signature, ShapeError> {
    let input = one_float(name, inputs)?;
    let ascending = axes.windows(2).all(|pair| pair[0] < pair[1]);
    if !ascending || axes.last().is_some_and(|&last| last >= input.dims.len()) {
        let problem =
            format!("takes axes of shape {} in ascending order, found {axes:?}", input.dims);
        return Err(ShapeError::operands(name, problem));
    }
    Ok(Signature { dims: kept(&input.dims, axes), ..input })
}

/// `x` with its reduced axes behind the others, as rows of `width` elements; or, where the reduced axes
/// stand in front, as they are: then the sums run down the columns.
struct Rows {
    x: Array,
    width: usize,
    /// The columns are reduced, not the rows.
    columns: bool,
}

fn rows(x: &Array, axes: &[usize]) -> Rows {
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

/// The sum over axes.
#[derive(Debug, Clone, Copy)]
struct Sum(Dims);

impl Operation for Sum {
    fn name(&self) -> &'static str {
        "sum"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        remaining("sum", inputs, &self.0)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let dims: Dims = kept(&inputs[0].dims(), &self.0);
        let rows = rows(&inputs[0], &self.0);
        for_float!(rows.x.dtype(), E => {
            Array::written(dims, |out| match rows.columns {
                true => reduce::sum_columns(rows.x.slice::<E>(), rows.width, out),
                false => reduce::sum_rows(rows.x.slice::<E>(), rows.width, out),
            })
        })
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        Some(spread(at.gradient.clone(), &at.inputs[0].dims(), &self.0))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        inputs[0].elements() as u64
    }
}

/// The sizes of the axes that aren't reduced.
fn kept(dims: &Dims, axes: &[usize]) -> Dims {
    (0..dims.len()).filter(|i| !axes.contains(i)).map(|i| dims[i]).collect()
}

/// A reduced tensor shown along the axes that were reduced.
fn spread(x: DynTensor, dims: &Dims, axes: &[usize]) -> DynTensor {
    let ones: Dims = (0..dims.len()).map(|i| if axes.contains(&i) { 1 } else { dims[i] }).collect();
    x.reshape(&ones).broadcast_to(dims)
}

/// The maximum over axes.
#[derive(Debug, Clone, Copy)]
struct Max(Dims);

impl Operation for Max {
    fn name(&self) -> &'static str {
        "max"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let output = remaining("max", inputs, &self.0)?;
        if self.0.iter().any(|&axis| inputs[0].dims[axis] == 0) {
            let problem = format!("has no value over an empty axis: shape {}", inputs[0].dims);
            return Err(ShapeError::operands("max", problem));
        }
        Ok(output)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let dims = kept(&inputs[0].dims(), &self.0);
        let mut rows = rows(&inputs[0], &self.0);
        if rows.columns {
            let height = rows.x.elements() / rows.width.max(1);
            rows.x = rows.x.reshape(&[height, rows.width]).transpose(0, 1).contiguous();
            rows.width = height;
        }
        for_float!(rows.x.dtype(), E => {
            Array::written(dims, |out| reduce::max_rows(rows.x.slice::<E>(), rows.width, out))
        })
    }
    fn keeps(&self) -> Keeps {
        Keeps::BOTH
    }
    /// The elements that equal the maximum share its gradient evenly, as in JAX.
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let (x, dims) = (&at.inputs[0], at.inputs[0].dims());
        let max = spread(at.output.clone(), &dims, &self.0).detach();
        let is_max = x.clone().detach().compare(super::Comparison::Equal, max).cast(x.dtype());
        let count = is_max.clone().sum(&self.0);
        let share = &is_max / &spread(count, &dims, &self.0);
        Some(spread(at.gradient.clone(), &dims, &self.0) * share)
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        inputs[0].elements() as u64
    }
}

/// The position of the first maximum along an axis.
#[derive(Debug, Clone, Copy)]
struct ArgMax(usize);

impl Operation for ArgMax {
    fn name(&self) -> &'static str {
        "argmax"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let output = Max(Dims::new(&[self.0])).output(inputs).map_err(|error| match error {
            ShapeError::Operands { problem, .. } => ShapeError::operands("argmax", problem),
            other => other,
        })?;
        let size = inputs[0].dims[self.0];
        if i32::try_from(size - 1).is_err() {
            let problem =
                format!("gives positions as i32, which don't count an axis of {size} elements");
            return Err(ShapeError::operands("argmax", problem));
        }
        Ok(Signature { dtype: DType::I32, ..output })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = &inputs[0];
        let last = x.dims().len() - 1;
        let mut order: Vec<usize> = (0..last + 1).filter(|&i| i != self.0).collect();
        order.push(self.0);
        let x = x.permute(&order).contiguous();
        let dims = x.dims().without(last);
        Array::written(dims, |out| {
            for_float!(x.dtype(), E => reduce::argmax_rows(x.slice::<E>(), x.dims()[last], out));
        })
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, _: &Backward<'_>, _: usize) -> Option<DynTensor> {
        None
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        inputs[0].elements() as u64
    }
}

impl DynTensor {
    /// The sum over axes, given in ascending order; over none, the tensor itself.
    #[must_use]
    #[track_caller]
    pub fn sum(self, axes: &[usize]) -> Self {
        if axes.is_empty() {
            return self;
        }
        Self::apply(Sum(Dims::new(axes)), [self])
    }

    /// The sum over all axes.
    #[must_use]
    #[track_caller]
    pub fn sum_all(self) -> Self {
        let axes: Dims = (0..self.rank()).collect();
        self.sum(&axes)
    }

    /// The mean over axes; NaN over an empty one.
    #[must_use]
    #[track_caller]
    #[allow(clippy::cast_precision_loss, reason = "a count of elements is far below 2^53")]
    pub fn mean(self, axes: &[usize]) -> Self {
        let count = product(axes.iter().filter_map(|&axis| self.dims().get(axis).copied()));
        self.sum(axes).scale(1.0 / count as f64)
    }

    /// The maximum over axes; the gradient is split evenly among equal maxima.
    #[must_use]
    #[track_caller]
    pub fn max(self, axes: &[usize]) -> Self {
        Self::apply(Max(Dims::new(axes)), [self])
    }

    /// The position of the first maximum along an axis, as `i32`.
    #[must_use]
    #[track_caller]
    pub fn argmax(self, axis: usize) -> Self {
        Self::apply(ArgMax(axis), [self])
    }
}
