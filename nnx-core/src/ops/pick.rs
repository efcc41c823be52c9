//! One element of each row by index: read from it (`pick`) or written to it (`put`). Each is the other's
//! gradient.

use super::attributes::{AttributeValue, attributes};
use super::index::{as_i32, check};
use super::operation::{Keeps, Operation, Signature};
use super::role::{Indices, Role, RoleKind};
use super::view::refuse;
use super::{Backward, Batching, DynTensor, Members};
use crate::array::dtype::for_element;
use crate::array::{Array, MAX_RANK, OrPanic as _, ShapeError};
use crate::kernel::index;

/// One element of each row of the last axis: `(.., C)` at indices `(..)` to `(..)`.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Pick;

impl Operation for Pick {
    attributes!();
    fn name(&self) -> &'static str {
        "pick"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        match inputs {
            [x, columns]
                if !x.dims.is_empty()
                    && columns.dtype.is_label()
                    && x.dims[..x.dims.len() - 1] == *columns.dims =>
            {
                Ok(Signature { dims: columns.dims, ..*x })
            }
            [x, columns] => refuse(
                "pick",
                format!(
                    "takes one index of i32 or i64 for each row of the last axis, found {x} and {columns}"
                ),
            ),
            _ => refuse("pick", "takes two inputs".to_owned()),
        }
    }
    fn checks_values(&self) -> bool {
        true
    }
    fn check_values(&self, inputs: &[Array]) -> Result<(), ShapeError> {
        let dims = inputs[0].dims();
        check("pick", &inputs[1], dims[dims.len() - 1])
    }
    fn role(&self) -> Role<'_> {
        Role(RoleKind::Indices(self))
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let (x, columns) = (inputs[0].contiguous(), as_i32(&inputs[1]));
        let width = x.dims()[x.dims().len() - 1];
        for_element!(x.dtype(), E => {
            Array::build(columns.dims(), |out| {
                index::gather_along(x.slice::<E>(), width, columns.slice(), out);
            })
        })
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let width = at.inputs[0].dims()[at.inputs[0].rank() - 1];
        (index == 0).then(|| at.gradient.clone().put(at.inputs[1].clone(), width))
    }
    fn flops(&self, _: &[Signature], _: &Signature) -> u64 {
        0
    }
}

impl Indices for Pick {
    fn end(&self, inputs: &[Signature]) -> usize {
        inputs[0].dims.last().copied().unwrap_or(0)
    }
}

/// The gradient of [`Pick`]: each element at its index of a new last axis, zeros elsewhere.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Put {
    width: usize,
}

impl Indices for Put {
    fn end(&self, _: &[Signature]) -> usize {
        self.width
    }
}

impl Operation for Put {
    attributes!();
    fn name(&self) -> &'static str {
        "put"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        match inputs {
            [x, _] if x.dims.len() == MAX_RANK => {
                refuse("put", format!("gives at most {MAX_RANK} axes, one more than {x} has"))
            }
            [x, columns] if columns.dtype.is_label() && x.dims == columns.dims => {
                Ok(Signature { dims: x.dims.insert_axis(x.dims.len(), self.width), ..*x })
            }
            [x, columns] => refuse(
                "put",
                format!(
                    "takes elements and one index of i32 or i64 for each, found {x} and {columns}"
                ),
            ),
            _ => refuse("put", "takes two inputs".to_owned()),
        }
    }
    fn checks_values(&self) -> bool {
        true
    }
    fn check_values(&self, inputs: &[Array]) -> Result<(), ShapeError> {
        check("put", &inputs[1], self.width)
    }
    fn role(&self) -> Role<'_> {
        Role(RoleKind::Indices(self))
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let (x, columns) = (inputs[0].contiguous(), as_i32(&inputs[1]));
        let dims = x.dims().insert_axis(x.dims().len(), self.width);
        for_element!(x.dtype(), E => {
            Array::build(dims, |out| {
                index::scatter_along(x.slice::<E>(), self.width, columns.slice(), out);
            })
        })
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        (index == 0).then(|| at.gradient.clone().pick(at.inputs[1].clone()))
    }
    fn flops(&self, _: &[Signature], _: &Signature) -> u64 {
        0
    }
}

impl DynTensor {
    /// One element of each row of the last axis: `(.., C)` at indices `(..)` of `i32` or `i64` to `(..)`
    /// (`jnp.take_along_axis`, PyTorch's `gather`, of one index for each row).
    ///
    /// # Panics
    /// If an index is out of range; [`try_pick`](Self::try_pick) returns that as an error.
    #[must_use]
    #[track_caller]
    pub fn pick(self, indices: Self) -> Self {
        self.try_pick(indices).or_panic()
    }

    /// As [`pick`](Self::pick).
    ///
    /// # Errors
    /// If an index is out of range: the index and its position.
    pub fn try_pick(self, indices: Self) -> Result<Self, ShapeError> {
        Self::try_apply(Pick, [self, indices])
    }

    /// Each element at its index of a new last axis of size `width`, zeros elsewhere: `(..)` to `(.., width)`.
    #[must_use]
    #[track_caller]
    pub fn put(self, indices: Self, width: usize) -> Self {
        Self::apply(Put { width }, [self, indices])
    }
}
