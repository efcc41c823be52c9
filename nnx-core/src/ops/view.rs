//! Operations that move no element: another view of the same memory.

use std::sync::Arc;

use super::attributes::{AttributeValue, attributes};
use super::operation::{Keeps, Operation, Signature};
use super::{Backward, Batching, DynTensor, Members, Role};
use crate::array::{Array, Dims, ShapeError};

/// Declares the methods of [`Operation`] that all operations share which move elements unchanged.
macro_rules! moves_elements {
    ($name:literal) => {
        fn name(&self) -> &'static str {
            $name
        }
        fn keeps(&self) -> Keeps {
            Keeps::NOTHING
        }
        fn flops(&self, _: &[Signature], _: &Signature) -> u64 {
            0
        }
    };
}

/// The role of operations whose output is a view.
macro_rules! is_a_view {
    () => {
        fn role(&self) -> Role<'_> {
            Role::VIEW
        }
        fn reads_bf16(&self, _: &[Signature], _: usize) -> bool {
            true
        }
    };
}

pub(super) use moves_elements;

pub(super) fn refuse<T>(operation: &'static str, problem: String) -> Result<T, ShapeError> {
    Err(ShapeError::operands(operation, problem))
}

/// The input itself.
#[derive(Debug, Clone, Copy)]
struct Identity;

impl Operation for Identity {
    moves_elements!("identity");
    is_a_view!();
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        Ok(inputs[0])
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        inputs[0].clone()
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        Some(at.gradient.clone())
    }
}

/// Axes of size 1 repeated, and new leading axes.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Broadcast(#[attribute(name = "dims")] Dims);

impl Operation for Broadcast {
    attributes!();
    moves_elements!("broadcast_to");
    is_a_view!();
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = inputs[0];
        let new = self.0.len().checked_sub(input.dims.len());
        let fits = |new: usize| {
            input.dims.iter().zip(&self.0[new..]).all(|(&from, &to)| from == to || from == 1)
        };
        match new {
            Some(new) if fits(new) => Ok(Signature { dims: self.0, ..input }),
            _ => refuse(
                "broadcast_to",
                format!(
                    "can't turn shape {} into {}: aligned at the last axis, each must be the same or 1",
                    input.dims, self.0
                ),
            ),
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        inputs[0].broadcast(&self.0)
    }
    fn batching(&self, members: &Members<'_>) -> Batching {
        let new = self.0.len() + 1 - members.inputs[0].rank();
        let dims = self.0.insert_axis(0, members.size);
        Batching::Computed(members.spread(0, new).broadcast_to(&dims))
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let input = at.inputs[0].dims();
        let new = self.0.len() - input.len();
        let repeated = |i: usize| i < new || (input[i - new] == 1 && self.0[i] != 1);
        let axes: Vec<usize> = (0..self.0.len()).filter(|&i| repeated(i)).collect();
        Some(at.gradient.clone().sum(&axes).reshape(&input))
    }
}

/// The same elements in a different shape.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Reshape(#[attribute(name = "dims")] Dims);

impl Operation for Reshape {
    attributes!();
    moves_elements!("reshape");
    is_a_view!();
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = inputs[0];
        let wanted = self.0.checked_elements();
        if wanted != Some(input.elements()) {
            let wanted = wanted.map_or_else(
                || "more than memory can hold".to_owned(),
                |n| format!("{n} elements"),
            );
            let (found, count) = (input.dims, input.elements());
            return refuse(
                "reshape",
                format!("can't turn shape {found} ({count} elements) into {} ({wanted})", self.0),
            );
        }
        Ok(Signature { dims: self.0, ..input })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        inputs[0].reshape(&self.0)
    }
    fn batching(&self, members: &Members<'_>) -> Batching {
        Batching::leading(Self(self.0.insert_axis(0, members.size)))
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        Some(at.gradient.clone().reshape(&at.inputs[0].dims()))
    }
}

/// The axes in a different order.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Permute(#[attribute(name = "axes")] Dims);

impl Operation for Permute {
    attributes!();
    moves_elements!("permute");
    is_a_view!();
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = inputs[0];
        let rank = input.dims.len();
        if self.0.len() != rank || !(0..rank).all(|i| self.0.contains(&i)) {
            return refuse(
                "permute",
                format!(
                    "takes each of the axes 0 to {} of shape {} once, found {}",
                    rank.saturating_sub(1),
                    input.dims,
                    self.0
                ),
            );
        }
        Ok(Signature { dims: self.0.iter().map(|&i| input.dims[i]).collect(), ..input })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        inputs[0].permute(&self.0)
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        let order = std::iter::once(0).chain(self.0.iter().map(|&axis| axis + 1));
        Batching::leading(Self(order.collect()))
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let mut inverse = self.0;
        self.0.iter().enumerate().for_each(|(to, &from)| inverse[from] = to);
        Some(at.gradient.clone().permute(&inverse))
    }
}

/// Elements `start..start + length` of an axis.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Slice {
    axis: usize,
    start: usize,
    length: usize,
}

impl Operation for Slice {
    attributes!();
    moves_elements!("slice");
    is_a_view!();
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = inputs[0];
        match input.dims.get(self.axis) {
            Some(&size) if self.start.checked_add(self.length).is_some_and(|end| end <= size) => {
                Ok(Signature { dims: input.dims.with_axis(self.axis, self.length), ..input })
            }
            _ => refuse(
                "slice",
                format!(
                    "can't take {} elements from {} on of axis {} of shape {}",
                    self.length, self.start, self.axis, input.dims
                ),
            ),
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        inputs[0].narrow(self.axis, self.start, self.length)
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(Self { axis: self.axis + 1, ..*self })
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let behind = at.inputs[0].dims()[self.axis] - self.start - self.length;
        Some(at.gradient.clone().pad(self.axis, self.start, behind))
    }
    fn slice_of_input(&self) -> Option<(usize, usize)> {
        Some((self.axis, self.start))
    }
}

impl DynTensor {
    /// A leaf of `tape` with the value of `x`, which an outer tape tracks; see [`Node::outer_leaf`](super::Node).
    pub(crate) fn outer_leaf(tape: u64, x: Self) -> Self {
        let node = super::Node::outer_leaf(tape, Arc::new(Identity), x.clone());
        x.with_node(Some(node))
    }

    /// Broadcast to `sizes`: axes are aligned at the last one, and axes of size 1 repeat (PyTorch's `expand`).
    #[must_use]
    #[track_caller]
    pub fn broadcast_to(self, sizes: &[usize]) -> Self {
        if *self.dims() == *sizes {
            return self;
        }
        Self::apply(Broadcast(Dims::new(sizes)), [self])
    }

    /// The same elements, in row-major order, in a different shape.
    #[must_use]
    #[track_caller]
    pub fn reshape(self, sizes: &[usize]) -> Self {
        if *self.dims() == *sizes {
            return self;
        }
        Self::apply(Reshape(Dims::new(sizes)), [self])
    }

    /// Axis `i` of the result is axis `order[i]`.
    #[must_use]
    #[track_caller]
    pub fn permute(self, order: &[usize]) -> Self {
        Self::apply(Permute(Dims::new(order)), [self])
    }

    /// Two axes swapped.
    #[must_use]
    #[track_caller]
    pub fn swap_axes(self, a: usize, b: usize) -> Self {
        assert!(
            a.max(b) < self.rank(),
            "`swap_axes` found no axis {} in shape {}",
            a.max(b),
            self.dims()
        );
        let mut order: Dims = (0..self.rank()).collect();
        order.swap(a, b);
        self.permute(&order)
    }

    /// The elements `start..start + length` of an axis (PyTorch's `narrow`).
    #[must_use]
    #[track_caller]
    pub fn slice(self, axis: usize, start: usize, length: usize) -> Self {
        Self::apply(Slice { axis, start, length }, [self])
    }
}
