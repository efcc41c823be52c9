//! Maxima and minima over axes, and their indices.

use super::attributes::{AttributeValue, attributes};
use super::batching::behind_members;
use super::operation::{Keeps, Operation, Signature};
use super::reduce::{
    blocks, broadcast_back, fold_integers, reduced_numbers, reduced_signature, remaining_dims,
};
use super::{Backward, Batching, Comparison, DynTensor, Members};
use crate::array::dtype::for_float;
use crate::array::{Array, DType, Dims, ShapeError};
use crate::kernel::fold::{Block, Max, Min, fold};
use crate::kernel::integer::IntegerFold;
use crate::kernel::{Float, position};

#[derive(Debug, Clone, Copy, AttributeValue)]
enum ExtremeKind {
    Max,
    Min,
}

impl ExtremeKind {
    fn of_integers(self) -> IntegerFold {
        match self {
            Self::Max => IntegerFold::Max,
            Self::Min => IntegerFold::Min,
        }
    }

    /// The maxima or minima of the columns of each block; NaN if a column has a NaN.
    fn of<E: Float>(self, x: &[E], block: Block, out: &mut [E]) {
        match self {
            Self::Max => fold(Max, x, block, out),
            Self::Min => fold(Min, x, block, out),
        }
    }
}

/// The maximum or the minimum over axes.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Extreme {
    kind: ExtremeKind,
    axes: Dims,
}

/// [`reduced_signature`] of an operation that has no value over an empty axis.
pub(super) fn nonempty_signature(
    name: &'static str,
    inputs: &[Signature],
    axes: &[usize],
) -> Result<Signature, ShapeError> {
    check_nonempty(reduced_signature(name, inputs, axes)?, name, inputs, axes)
}

/// The signature of a reduction that takes integers too.
fn nonempty_numbers(
    name: &'static str,
    inputs: &[Signature],
    axes: &[usize],
) -> Result<Signature, ShapeError> {
    check_nonempty(reduced_numbers(name, inputs, axes)?, name, inputs, axes)
}

fn check_nonempty(
    output: Signature,
    name: &'static str,
    inputs: &[Signature],
    axes: &[usize],
) -> Result<Signature, ShapeError> {
    if axes.iter().any(|&axis| inputs[0].dims[axis] == 0) {
        let problem = format!("has no value over an empty axis: shape {}", inputs[0].dims);
        return Err(ShapeError::operands(name, problem));
    }
    Ok(output)
}

impl Operation for Extreme {
    attributes!();
    fn name(&self) -> &'static str {
        match self.kind {
            ExtremeKind::Max => "max",
            ExtremeKind::Min => "min",
        }
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        nonempty_numbers(self.name(), inputs, &self.axes)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        if inputs[0].dtype().is_integer() {
            return fold_integers(self.kind.of_integers(), &inputs[0], &self.axes);
        }
        let dims = remaining_dims(&inputs[0].dims(), &self.axes);
        let (x, block) = blocks(&inputs[0], &self.axes);
        for_float!(x.dtype(), E => {
            Array::build(dims, |out| self.kind.of(x.slice::<E>(), block, out))
        })
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(Self { axes: behind_members(&self.axes), ..*self })
    }
    fn keeps(&self) -> Keeps {
        Keeps::BOTH
    }
    /// Elements that tie share its gradient evenly, as in JAX.
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let share = tied_share(&at.inputs[0], at.output, &self.axes);
        // 0 where the output's gradient is 0, even in a row with NaN.
        Some(share.weighted(broadcast_back(at.gradient.clone(), &at.inputs[0].dims(), &self.axes)))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        inputs[0].elements() as u64
    }
}

/// `1 / n` where an element of `x` equals its value, which n of them do; 0 elsewhere. `values` are reduced over
/// `axes`.
pub(super) fn tied_share(x: &DynTensor, values: &DynTensor, axes: &[usize]) -> DynTensor {
    let values = broadcast_back(values.clone(), &x.dims(), axes).stop_gradient();
    let ties = x.clone().stop_gradient().compare(Comparison::Equal, values).cast(x.dtype());
    let count = ties.clone().sum(axes);
    &ties / &broadcast_back(count, &x.dims(), axes)
}

/// The index of the first maximum or minimum along an axis.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct ArgExtreme {
    kind: ExtremeKind,
    axis: usize,
}

/// An error unless the positions along an axis of `size` elements fit into an i32.
pub(super) fn check_positions(name: &'static str, size: usize) -> Result<(), ShapeError> {
    match i32::try_from(size.saturating_sub(1)) {
        Ok(_) => Ok(()),
        Err(_) => Err(ShapeError::operands(
            name,
            format!("gives positions as i32, which don't count an axis of {size} elements"),
        )),
    }
}

impl Operation for ArgExtreme {
    attributes!();
    fn name(&self) -> &'static str {
        match self.kind {
            ExtremeKind::Max => "argmax",
            ExtremeKind::Min => "argmin",
        }
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let output = nonempty_numbers(self.name(), inputs, &[self.axis])?;
        check_positions(self.name(), inputs[0].dims[self.axis])?;
        Ok(Signature { dtype: DType::I32, ..output })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let dims = inputs[0].dims().without_axis(self.axis);
        if inputs[0].dtype().is_integer() {
            // One function compares all integer types.
            let wide = DynTensor::from(inputs[0].clone()).cast(DType::I64).into_array();
            let values = fold_integers(self.kind.of_integers(), &wide, &[self.axis]);
            let (x, block) = blocks(&wide, &[self.axis]);
            return Array::build(dims, |out| {
                position::first_positions(x.slice::<i64>(), block, values.slice(), out);
            });
        }
        let (x, block) = blocks(&inputs[0], &[self.axis]);
        Array::build(dims, |out| {
            for_float!(x.dtype(), E => {
                let mut values = vec![E::ZERO; out.len()];
                self.kind.of(x.slice::<E>(), block, &mut values);
                position::first_positions(x.slice::<E>(), block, &values, out);
            });
        })
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(Self { axis: self.axis + 1, ..*self })
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
    /// The maximum over axes, given in ascending order; NaN if an element is NaN. Elements that tie share the gradient
    /// evenly, as in JAX.
    #[must_use]
    #[track_caller]
    pub fn max(self, axes: &[usize]) -> Self {
        Self::apply(Extreme { kind: ExtremeKind::Max, axes: Dims::new(axes) }, [self])
    }

    /// The minimum over axes, given in ascending order; NaN if an element is NaN. Elements that tie share the gradient
    /// evenly, as in JAX.
    #[must_use]
    #[track_caller]
    pub fn min(self, axes: &[usize]) -> Self {
        Self::apply(Extreme { kind: ExtremeKind::Min, axes: Dims::new(axes) }, [self])
    }

    /// The index of the first maximum along an axis, as `i32`. NaN counts as larger than all other values, as in
    /// NumPy, JAX and PyTorch: if there is one, the index is that of the first NaN.
    #[must_use]
    #[track_caller]
    pub fn argmax(self, axis: usize) -> Self {
        Self::apply(ArgExtreme { kind: ExtremeKind::Max, axis }, [self])
    }

    /// The index of the first minimum along an axis, as `i32`; if there is a NaN, the index of the first one, as in
    /// NumPy, JAX and PyTorch.
    #[must_use]
    #[track_caller]
    pub fn argmin(self, axis: usize) -> Self {
        Self::apply(ArgExtreme { kind: ExtremeKind::Min, axis }, [self])
    }
}
