//! Gradients of bags of rows. Those of sums and means add rows to a table, and the gradient of that joins bags again; those of
//! maxima need the table, and are constant where the maxima aren't.

use std::ops::Range;

use super::attributes::{AttributeValue, attributes};
use super::bags::{
    BagArrays, BagMode, INDEX_INPUTS, JoinBags, batched, check_bags, check_inputs, row_width,
};
use super::operation::{Keeps, Operation, Signature};
use super::role::{Indices, Role, RoleKind};
use super::view::refuse;
use super::{Backward, Batching, DynTensor, Members};
use crate::array::dtype::for_float;
use crate::array::{Array, OrPanic as _, ShapeError};
use crate::kernel::bags::{self, Table};

/// The gradient of [`JoinBags`] with respect to the table: the gradient of each bag, added to the rows of the bag in a table of
/// zeros `(rows, ..)`. Inputs: the gradient `(B, ..)`, indices, starts, ends; of maxima also the table, which says where they
/// were.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct AddBags {
    pub(super) rows: usize,
    pub(super) mode: BagMode,
}

impl Operation for AddBags {
    attributes!();
    fn name(&self) -> &'static str {
        "embedding_bag_gradient"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        check_inputs(self.name(), inputs, usize::from(self.mode == BagMode::Max))?;
        let output = Signature { dims: inputs[0].dims.with_axis(0, self.rows), ..inputs[0] };
        match inputs {
            [gradient, _, starts, ..] if gradient.dims[0] != starts.dims[0] => refuse(
                self.name(),
                format!("takes a row for each bag, found {gradient} and {} bags", starts.dims[0]),
            ),
            [.., table] if self.mode == BagMode::Max && *table != output => {
                refuse(self.name(), format!("takes a table of {output}, found {table}"))
            }
            _ => Ok(output),
        }
    }
    fn checks_values(&self) -> bool {
        true
    }
    fn check_values(&self, inputs: &[Array]) -> Result<(), ShapeError> {
        check_bags(self.name(), inputs, self.rows)
    }
    fn role(&self) -> Role<'_> {
        Role(RoleKind::Indices(self))
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let (gradient, arrays) = (inputs[0].contiguous(), BagArrays::of(inputs));
        let width = row_width(&gradient.dims());
        for_float!(gradient.dtype(), E => {
            Array::build(gradient.dims().with_axis(0, self.rows), |out| {
                let gradient = gradient.slice::<E>();
                match self.mode {
                    BagMode::Max => {
                        let table = inputs[4].contiguous();
                        let table = Table { elements: table.slice::<E>(), width };
                        bags::add_bags_at_max(gradient, table, arrays.bags(), out);
                    }
                    mode => {
                        let mean = mode == BagMode::Mean;
                        bags::add_bags(gradient, arrays.bags(), mean, width, out);
                    }
                }
            })
        })
    }
    fn batching(&self, members: &Members<'_>) -> Batching {
        let all = Self { rows: members.size * self.rows, ..*self };
        batched(self.name(), members, (self.rows, true), all)
    }
    fn keeps(&self) -> Keeps {
        if self.mode == BagMode::Max { Keeps::INPUTS } else { Keeps::NOTHING }
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        (index == 0).then(|| {
            let mut inputs = vec![at.gradient.clone()];
            inputs.extend_from_slice(&at.inputs[1..]);
            let taken = match self.mode {
                BagMode::Max => DynTensor::try_apply_all(TakeAtMax, inputs),
                mode => DynTensor::try_apply_all(JoinBags { mode }, inputs),
            };
            taken.or_panic()
        })
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        (inputs[1].elements() * row_width(&inputs[0].dims)) as u64
    }
}

impl Indices for AddBags {
    fn inputs(&self) -> Range<usize> {
        INDEX_INPUTS
    }
    fn end(&self, _: &[Signature]) -> usize {
        self.rows
    }
}

/// The gradient of [`AddBags`] of maxima: the mean of x over the rows of each bag that have the maximum of a table. Inputs:
/// x `(V, ..)`, indices, starts, ends, the table `(V, ..)`.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct TakeAtMax;

impl Operation for TakeAtMax {
    attributes!();
    fn name(&self) -> &'static str {
        "embedding_bag_at_max"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        check_inputs(self.name(), inputs, 1)?;
        match inputs {
            [x, _, _, _, table] if x != table => {
                refuse(self.name(), format!("takes a table of {x}, found {table}"))
            }
            _ => {
                Ok(Signature { dims: inputs[0].dims.with_axis(0, inputs[2].dims[0]), ..inputs[0] })
            }
        }
    }
    fn checks_values(&self) -> bool {
        true
    }
    fn check_values(&self, inputs: &[Array]) -> Result<(), ShapeError> {
        check_bags(self.name(), inputs, inputs[0].dims()[0])
    }
    fn role(&self) -> Role<'_> {
        Role(RoleKind::Indices(self))
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let (x, arrays, table) =
            (inputs[0].contiguous(), BagArrays::of(inputs), inputs[4].contiguous());
        let width = row_width(&x.dims());
        for_float!(x.dtype(), E => {
            Array::build(x.dims().with_axis(0, arrays.starts.elements()), |out| {
                let table = Table { elements: table.slice::<E>(), width };
                bags::take_at_max(x.slice::<E>(), table, arrays.bags(), out);
            })
        })
    }
    fn batching(&self, members: &Members<'_>) -> Batching {
        let rows = members.leading(0).dims()[1];
        batched(self.name(), members, (rows, true), *self)
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        (index == 0).then(|| {
            let mut inputs = vec![at.gradient.clone()];
            inputs.extend_from_slice(&at.inputs[1..]);
            let rows = at.inputs[0].dims()[0];
            DynTensor::try_apply_all(AddBags { rows, mode: BagMode::Max }, inputs).or_panic()
        })
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        (2 * inputs[1].elements() * row_width(&inputs[0].dims)) as u64
    }
}

impl Indices for TakeAtMax {
    fn inputs(&self) -> Range<usize> {
        INDEX_INPUTS
    }
    fn end(&self, inputs: &[Signature]) -> usize {
        inputs[0].dims[0]
    }
}
