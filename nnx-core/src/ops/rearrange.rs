//! Reverses, rolls, repeats and slices along an axis.

use super::attributes::{AttributeValue, attributes};
use super::operation::{Keeps, Operation, Signature};
use super::view::{moves_elements, refuse};
use super::{Backward, Batching, DynTensor, Members};
use crate::array::dtype::for_element;
use crate::array::{Array, DType, Dims, OrPanic as _, ShapeError, product};
use crate::kernel::strided;

/// The elements of rows in reverse order.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct ReverseRows {
    width: usize,
}

impl Operation for ReverseRows {
    attributes!();
    moves_elements!("flip");
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let [input] = inputs else {
            return refuse(self.name(), format!("takes one input, found {}", inputs.len()));
        };
        let elements = input.elements();
        if elements != 0 && elements.checked_rem(self.width) != Some(0) {
            let problem = format!("takes rows of {} elements, found {input}", self.width);
            return refuse(self.name(), problem);
        }
        Ok(*input)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = inputs[0].contiguous();
        for_element!(x.dtype(), E => Array::build(x.dims(), |out| {
            strided::reverse_rows(x.slice::<E>(), self.width, out);
        }))
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        Some(DynTensor::apply(*self, [at.gradient.clone()]))
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(*self)
    }
}

impl DynTensor {
    /// The size of an axis.
    #[track_caller]
    pub(super) fn axis_size(&self, operation: &str, axis: usize) -> usize {
        let dims = self.dims();
        match dims.get(axis) {
            Some(&size) => size,
            None => panic!("`{operation}` found no axis {axis} in shape {dims}"),
        }
    }

    /// The elements of an axis in reverse order (`jnp.flip`, `torch.flip`).
    #[must_use]
    #[track_caller]
    pub fn flip(self, axis: usize) -> Self {
        let size = self.axis_size("flip", axis);
        let dims = self.dims();
        match dims[axis + 1..].iter().all(|&size| size == 1) {
            true => Self::apply(ReverseRows { width: size }, [self]),
            false => self.taken("flip", axis, size, |i| size - 1 - i),
        }
    }

    /// The elements of an axis moved by `shift`; those that leave at one end enter at the other (`jnp.roll`,
    /// `torch.roll`).
    #[must_use]
    #[track_caller]
    pub fn roll(self, axis: usize, shift: isize) -> Self {
        let size = self.axis_size("roll", axis);
        let shift = match isize::try_from(size) {
            Ok(size) if size > 0 => shift.rem_euclid(size).unsigned_abs(),
            _ => 0,
        };
        if shift == 0 {
            return self;
        }
        let first = self.clone().slice(axis, size - shift, shift);
        let rest = self.slice(axis, 0, size - shift);
        Self::concat(vec![first, rest], axis).or_panic()
    }

    /// Each element of an axis, repeated `times` times in a row (`jnp.repeat`, `torch.repeat_interleave`).
    #[must_use]
    #[track_caller]
    pub fn repeat(self, axis: usize, times: usize) -> Self {
        let size = self.axis_size("repeat", axis);
        self.repeat_blocks("repeat", axis, size, times)
    }

    /// An axis, repeated `times` times (`jnp.tile`, `torch.tile`).
    #[must_use]
    #[track_caller]
    pub fn tile(self, axis: usize, times: usize) -> Self {
        self.axis_size("tile", axis);
        self.repeat_blocks("tile", axis, 1, times)
    }

    /// An axis is cut into `blocks`, and each block is repeated `times` times.
    #[track_caller]
    fn repeat_blocks(
        self,
        operation: &'static str,
        axis: usize,
        blocks: usize,
        times: usize,
    ) -> Self {
        let dims = self.dims();
        let length = super::axis_length(operation, dims[axis] as u128 * times as u128).or_panic();
        if dims.elements() == 0 {
            return self.filled(&dims.with_axis(axis, length), 0.0);
        }
        // `(.., blocks, times, block, ..)`; the axis of `times` is broadcast, so that nothing is copied twice.
        let outer = product(dims[..axis].iter().copied());
        let block = product(dims[axis..].iter().copied()) / blocks;
        self.reshape(&[outer, blocks, 1, block])
            .broadcast_to(&[outer, blocks, times, block])
            .reshape(&dims.with_axis(axis, length))
    }

    /// Every `step`-th element of an axis from `start` on, `length` of them; a negative step goes backwards
    /// (`x[start::step]` in NumPy).
    ///
    /// # Panics
    /// If there is no such axis, or an element is outside.
    #[must_use]
    #[track_caller]
    pub fn slice_step(self, axis: usize, start: usize, length: usize, step: isize) -> Self {
        let size = self.axis_size("slice_step", axis);
        let index = |i: usize| {
            let offset = isize::try_from(i).ok()?.checked_mul(step)?;
            start.checked_add_signed(offset).filter(|&index| index < size)
        };
        // If the first and the last index are in range, all are.
        let inside = length == 0 || (index(0).is_some() && index(length - 1).is_some());
        assert!(
            inside,
            "`slice_step` can't take {length} elements from {start} on, {step} apart, of axis {axis} of shape {}",
            self.dims()
        );
        self.taken("slice_step", axis, length, |i| {
            index(i).expect("between the first and the last")
        })
    }

    /// One element of an axis, which is removed; a negative index counts from the end (`x[:, i]` in NumPy,
    /// `torch.select`).
    ///
    /// # Panics
    /// If there is no such axis, or the index is out of range.
    #[must_use]
    #[track_caller]
    pub fn at(self, axis: usize, index: isize) -> Self {
        let size = self.axis_size("at", axis);
        let from_end = if index < 0 { size } else { 0 };
        match from_end.checked_add_signed(index).filter(|&index| index < size) {
            Some(index) => {
                let dims = self.dims().without_axis(axis);
                self.slice(axis, index, 1).reshape(&dims)
            }
            None if size == 0 => {
                panic!("`at` found no elements along axis {axis} of shape {}", self.dims())
            }
            None => panic!(
                "`at` found the index {index} for axis {axis} of shape {}: expected -{size} to {}",
                self.dims(),
                size - 1
            ),
        }
    }

    /// An axis moved to another index (`jnp.moveaxis`, `torch.movedim`).
    #[must_use]
    #[track_caller]
    pub fn move_axis(self, from: usize, to: usize) -> Self {
        let rank = self.rank();
        assert!(
            from.max(to) < rank,
            "`move_axis` found no axis {} in shape {}",
            from.max(to),
            self.dims()
        );
        let mut order: Vec<usize> = (0..rank).filter(|&axis| axis != from).collect();
        order.insert(to, from);
        self.permute(&order)
    }

    /// The elements of an axis at indices `(N,)` of `i32`, which are data (`jnp.take`, `torch.index_select`).
    ///
    /// # Errors
    /// If an index is out of range: the index and its position.
    pub fn take(self, axis: usize, indices: Self) -> Result<Self, crate::array::ShapeError> {
        if axis == 0 {
            return self.rows_at("take", indices);
        }
        Ok(self.move_axis(axis, 0).rows_at("take", indices)?.move_axis(0, axis))
    }
    /// The elements where a mask of this shape is true, in row-major order: `(N,)` (`torch.masked_select`).
    ///
    /// # Panics
    /// If the mask has a different shape, or there are 2³¹ elements or more.
    #[must_use]
    #[track_caller]
    pub fn masked_select(self, mask: &Array) -> Self {
        assert!(
            mask.dims() == self.dims() && mask.dtype() == DType::Bool,
            "`masked_select` takes a mask of shape {}, found {} of {}",
            self.dims(),
            mask.dims(),
            mask.dtype()
        );
        let mask = mask.contiguous();
        let found = mask.slice::<bool>().iter().enumerate().filter(|(_, found)| **found);
        let indices: Vec<i32> = found
            .map(|(i, _)| i32::try_from(i).expect("`masked_select` takes less than 2^31 elements"))
            .collect();
        let count = Dims::new(&[indices.len()]);
        let elements = self.dims().elements();
        self.reshape(&[elements]).gather(Array::filled(indices, count).into())
    }
}
