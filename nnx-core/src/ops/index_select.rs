//! Elements of an axis at a list of constant indices. Flips, strided slices and padding by elements of the array
//! are made of it; indices that are data are inputs of `gather` instead.

use std::fmt;
use std::sync::Arc;

use super::attributes::{Attribute, AttributeError, AttributeValue, Attributes, attributes};
use super::operation::{Keeps, Operation, Signature};
use super::view::{moves_elements, refuse};
use super::{Backward, Batching, DynTensor, Members, Operations, Role};
use crate::array::dtype::{for_element, for_float};
use crate::array::{Array, Dims, OrPanic as _, ShapeError, check_allocation, product};
use crate::kernel::{memory, select};

/// Indices along an axis.
#[derive(Clone)]
struct Indices {
    axis: usize,
    list: Arc<Vec<usize>>,
}

impl fmt::Debug for Indices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} along axis {}", self.list.len(), self.axis)
    }
}

/// The list is an array, as it may be long.
impl AttributeValue for Indices {
    const TYPE: &'static str = "Indices";
    fn to_attribute(&self) -> Option<Attribute> {
        let list: Option<Vec<i64>> = self.list.iter().map(|&i| i64::try_from(i).ok()).collect();
        let list = Array::filled(list?, Dims::new(&[self.list.len()]));
        let fields = [("axis", self.axis.to_attribute()?), ("list", Attribute::Array(list))];
        Some(Attributes::new(Self::TYPE, fields).into())
    }
    fn from_attribute(attribute: &Attribute, of: &Operations) -> Result<Self, AttributeError> {
        let record = attribute.record()?;
        record.expect(Self::TYPE, &["axis", "list"])?;
        let found = match record.get("list") {
            Some(Attribute::Array(list)) => list.to_vec::<i64>().ok(),
            _ => None,
        };
        let list: Option<Vec<usize>> =
            found.and_then(|list| list.into_iter().map(|i| usize::try_from(i).ok()).collect());
        match list {
            Some(list) => Ok(Self { axis: record.read("axis", of)?, list: Arc::new(list) }),
            None => Err(AttributeError::new("takes an array of i64, from 0 on").within("list")),
        }
    }
}

impl Indices {
    /// The indices for an array with the members of a `vmap` as an additional first axis.
    fn behind_members(&self) -> Self {
        Self { axis: self.axis + 1, list: Arc::clone(&self.list) }
    }

    /// The sizes `length` and `inner` of the block `(outer, length, inner)`.
    fn blocks(&self, x: &Array) -> [usize; 2] {
        [x.dims()[self.axis], product(x.dims()[self.axis + 1..].iter().copied())]
    }
}

/// The elements of an axis at the indices, in their order.
#[derive(Debug, AttributeValue)]
pub(super) struct IndexSelect(#[attribute(name = "indices")] Indices);

impl Operation for IndexSelect {
    attributes!();
    moves_elements!("index_select");
    /// Its text doesn't list the indices.
    fn role(&self) -> Role<'_> {
        Role::OPAQUE
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let (input, Indices { axis, list }) = (inputs[0], &self.0);
        let Some(&size) = input.dims.get(*axis) else {
            return refuse(self.name(), format!("found no axis {axis} in shape {}", input.dims));
        };
        match list.iter().find(|&&index| index >= size) {
            Some(index) => refuse(
                self.name(),
                format!("found the index {index} for axis {axis} of shape {}", input.dims),
            ),
            None => Ok(Signature { dims: input.dims.with_axis(*axis, list.len()), ..input }),
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = inputs[0].contiguous();
        let Indices { axis, list } = &self.0;
        for_element!(x.dtype(), E => {
            Array::build(x.dims().with_axis(*axis, list.len()), |out| {
                select::select(x.slice::<E>(), self.0.blocks(&x), list, out);
            })
        })
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(Self(self.0.behind_members()))
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let length = at.inputs[0].dims()[self.0.axis];
        let add = IndexAdd { indices: self.0.clone(), length };
        Some(DynTensor::apply(add, [at.gradient.clone()]))
    }
}

/// The gradient of [`IndexSelect`]: elements added at the indices of an axis of `length` zeros.
#[derive(Debug, AttributeValue)]
pub(super) struct IndexAdd {
    indices: Indices,
    length: usize,
}

impl Operation for IndexAdd {
    attributes!();
    fn name(&self) -> &'static str {
        "index_add"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let (input, Indices { axis, list }) = (inputs[0], &self.indices);
        let fits = input.dims.get(*axis) == Some(&list.len());
        match fits && input.dtype.is_float() && list.iter().all(|&index| index < self.length) {
            true => Ok(Signature { dims: input.dims.with_axis(*axis, self.length), ..input }),
            false => refuse(
                self.name(),
                format!("can't add {input} at {:?} of {} elements", self.indices, self.length),
            ),
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = inputs[0].contiguous();
        let Indices { axis, list } = &self.indices;
        let [_, inner] = self.indices.blocks(&x);
        for_float!(x.dtype(), E => {
            Array::build(x.dims().with_axis(*axis, self.length), |out| {
                select::add_at(x.slice::<E>(), [self.length, inner], list, out);
            })
        })
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(Self { indices: self.indices.behind_members(), ..*self })
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        Some(DynTensor::apply(IndexSelect(self.indices.clone()), [at.gradient.clone()]))
    }
    /// Its text doesn't list the indices.
    fn role(&self) -> Role<'_> {
        Role::OPAQUE
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        inputs[0].elements() as u64
    }
}

impl DynTensor {
    /// The elements of an axis at indices, in their order; an index may occur several times (`jnp.take`,
    /// `torch.index_select`). Indices that are data, in a tensor, are arguments of [`take`](Self::take).
    ///
    /// # Panics
    /// If there is no such axis, or an index is out of range.
    #[must_use]
    #[track_caller]
    #[doc(alias = "take")]
    pub fn index_select(self, axis: usize, indices: impl IntoIterator<Item = usize>) -> Self {
        let indices = Indices { axis, list: Arc::new(indices.into_iter().collect()) };
        Self::apply(IndexSelect(indices), [self])
    }

    /// The elements of an axis added at indices of an axis of `length` zeros: the gradient of
    /// [`index_select`](Self::index_select).
    #[track_caller]
    pub(super) fn added_at(self, axis: usize, list: Vec<usize>, length: usize) -> Self {
        let indices = Indices { axis, list: Arc::new(list) };
        Self::apply(IndexAdd { indices, length }, [self])
    }

    /// `count` elements along an axis: element i of the output is element `input_index(i)` of the input. `operation` is the
    /// name in messages.
    ///
    /// # Panics
    /// If there isn't enough memory for the output or for its indices.
    #[track_caller]
    pub(super) fn taken(
        self,
        operation: &'static str,
        axis: usize,
        count: usize,
        input_index: impl Fn(usize) -> usize,
    ) -> Self {
        let dims = self.dims().with_axis(axis, count);
        check_allocation(operation, dims, self.dtype()).or_panic();
        let mut list = Vec::new();
        memory::reserve(&mut list, count, "the list of the indices of an axis");
        list.extend((0..count).map(input_index));
        Self::apply(IndexSelect(Indices { axis, list: Arc::new(list) }), [self])
    }
}
