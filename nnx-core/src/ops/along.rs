//! Elements of the last axis by index, several for each row; and the gradient of that.

use super::index::{as_i32, check};
use super::operation::{Keeps, Operation, Signature};
use super::view::refuse;
use super::{Backward, DynTensor};
use crate::array::dtype::{for_element, for_float};
use crate::array::{Array, Dims, ShapeError};
use crate::kernel::along;

/// The size of the last axis.
fn last(x: &Array) -> usize {
    x.dims().last().copied().unwrap_or(1)
}

/// Whether both have the same axes but for the last.
fn same_rows(x: &Signature, indices: &Signature) -> bool {
    match (x.dims.split_last(), indices.dims.split_last()) {
        (Some((_, x)), Some((_, of_indices))) => x == of_indices && indices.dtype.is_label(),
        _ => false,
    }
}

/// Elements of each row of the last axis: `(.., n)` at indices `(.., k)` to `(.., k)`.
#[derive(Debug, Clone, Copy)]
struct TakeAlong;

impl Operation for TakeAlong {
    fn name(&self) -> &'static str {
        "take_along"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        match inputs {
            [x, indices] if same_rows(x, indices) => Ok(Signature { dims: indices.dims, ..*x }),
            [x, indices] => refuse(
                "take_along",
                format!(
                    "takes indices of i32 or i64 for each row of the last axis, found {x} and {indices}"
                ),
            ),
            _ => refuse("take_along", "takes two inputs".to_owned()),
        }
    }
    fn check_values(&self, inputs: &[Array]) -> Result<(), ShapeError> {
        check("take_along", &inputs[1], last(&inputs[0]))
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let (x, indices) = (inputs[0].contiguous(), as_i32(&inputs[1]));
        let [width, count] = [&x, &indices].map(last);
        for_element!(x.dtype(), E => Array::build(indices.dims(), |out| {
            along::take_along(x.slice::<E>(), width, indices.slice(), count, out);
        }))
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let width = *at.inputs[0].dims().last()?;
        (index == 0).then(|| {
            DynTensor::apply(AddAlong { width }, [at.gradient.clone(), at.inputs[1].clone()])
        })
    }
    fn flops(&self, _: &[Signature], _: &Signature) -> u64 {
        0
    }
}

/// The gradient of [`TakeAlong`]: elements `(.., k)` added to rows of `width` zeros, at indices `(.., k)`.
#[derive(Debug, Clone, Copy)]
struct AddAlong {
    width: usize,
}

impl Operation for AddAlong {
    fn name(&self) -> &'static str {
        "add_along"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        match inputs {
            [x, indices]
                if same_rows(x, indices) && x.dims == indices.dims && x.dtype.is_float() =>
            {
                Ok(Signature { dims: x.dims.with_axis(x.dims.len() - 1, self.width), ..*x })
            }
            [x, indices] => refuse(
                "add_along",
                format!(
                    "takes floating-point elements and an index of i32 or i64 for each, found {x} and {indices}"
                ),
            ),
            _ => refuse("add_along", "takes two inputs".to_owned()),
        }
    }
    fn check_values(&self, inputs: &[Array]) -> Result<(), ShapeError> {
        check("add_along", &inputs[1], self.width)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let (x, indices) = (inputs[0].contiguous(), as_i32(&inputs[1]));
        let dims = x.dims().with_axis(x.dims().len() - 1, self.width);
        for_float!(x.dtype(), E => Array::build(dims, |out| {
            along::add_along(x.slice::<E>(), last(&x), indices.slice(), self.width, out);
        }))
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        (index == 0).then(|| at.gradient.clone().take_along(at.inputs[1].clone()))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        inputs[0].elements() as u64
    }
}

impl DynTensor {
    /// Elements of each row of the last axis: `(.., n)` at indices `(.., k)` of `i32` or `i64` to `(.., k)`. An index may occur
    /// several times; its gradients are added then.
    #[track_caller]
    pub(super) fn take_along(self, indices: Self) -> Self {
        Self::apply(TakeAlong, [self, indices])
    }

    /// Elements `(.., n)` added to n zeros for each row, at indices `(.., n)` of `i32` or `i64`.
    #[track_caller]
    pub(super) fn add_along(self, indices: Self) -> Self {
        let width = self.dims().last().copied().unwrap_or(1);
        Self::apply(AddAlong { width }, [self, indices])
    }

    /// The axis moved to the end.
    #[track_caller]
    pub(super) fn axis_to_end(self, axis: usize) -> Self {
        let rank = self.rank();
        if axis + 1 == rank {
            return self;
        }
        let order: Dims = (0..rank).filter(|&i| i != axis).chain([axis]).collect();
        self.permute(&order)
    }

    /// The last axis moved to `axis`: the inverse of [`axis_to_end`](Self::axis_to_end).
    #[track_caller]
    pub(super) fn axis_from_end(self, axis: usize) -> Self {
        let last = self.rank() - 1;
        if axis == last {
            return self;
        }
        let order: Dims = (0..axis).chain([last]).chain(axis..last).collect();
        self.permute(&order)
    }
}
