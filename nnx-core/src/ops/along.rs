//! Elements along an axis by index, several for each position of the other axes. What writes there is in `scatter`.

use super::attributes::{AttributeValue, attributes};
use super::index::{as_i32, check};
use super::operation::{Keeps, Operation, Signature};
use super::view::refuse;
use super::{Backward, Batching, DynTensor, Members};
use crate::array::dtype::for_element;
use crate::array::{Array, Dims, OrPanic as _, ShapeError, product};
use crate::kernel::along::{self, Along};

/// Whether `indices` are of a type of indices, and both have the same axes but for `axis`.
pub(super) fn same_but(axis: usize, x: &Dims, indices: &Signature) -> bool {
    let found = &indices.dims;
    let others = |dims: &Dims| dims.without_axis(axis);
    indices.dtype.is_label()
        && axis < x.len()
        && found.len() == x.len()
        && others(found) == others(x)
}

/// The indices of an axis of `x`, as the kernel takes them.
pub(super) fn along<'a>(axis: usize, x: &Array, indices: &'a Array) -> Along<'a> {
    Along {
        indices: indices.slice(),
        count: indices.dims()[axis],
        length: x.dims()[axis],
        inner: product(x.dims()[axis + 1..].iter().copied()),
    }
}

/// `take_along`: the elements of `x` at indices along an axis. The indices, and the result, have the shape of `x`
/// except for this axis.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct TakeAlong {
    axis: usize,
}

impl Operation for TakeAlong {
    attributes!();
    fn name(&self) -> &'static str {
        "take_along"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        match inputs {
            [x, indices] if same_but(self.axis, &x.dims, indices) => {
                Ok(Signature { dims: indices.dims, ..*x })
            }
            [x, indices] => refuse(
                "take_along",
                format!(
                    "takes indices of i32 or i64 of the same shape but for axis {}, found {x} and {indices}",
                    self.axis
                ),
            ),
            _ => refuse("take_along", "takes two inputs".to_owned()),
        }
    }
    fn checks_values(&self) -> bool {
        true
    }
    fn check_values(&self, inputs: &[Array]) -> Result<(), ShapeError> {
        check("take_along", &inputs[1], inputs[0].dims()[self.axis])
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let (x, indices) = (inputs[0].contiguous(), as_i32(&inputs[1]));
        for_element!(x.dtype(), E => Array::build(indices.dims(), |out| {
            along::take_along(x.slice::<E>(), along(self.axis, &x, &indices), out);
        }))
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(Self { axis: self.axis + 1 })
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let zeros = || at.inputs[0].full_like(0.0);
        (index == 0)
            .then(|| zeros().scatter_add(self.axis, at.inputs[1].clone(), at.gradient.clone()))
    }
    fn flops(&self, _: &[Signature], _: &Signature) -> u64 {
        0
    }
}

impl DynTensor {
    /// The elements along an axis at indices (of `i32` or `i64`) of the same shape but for this axis, whose shape the
    /// result has (`jnp.take_along_axis`, `torch.gather`). An index may occur several times; its gradients are added then.
    ///
    /// # Panics
    /// If an index is out of range; [`try_take_along`](Self::try_take_along) returns that as an error.
    #[must_use]
    #[track_caller]
    pub fn take_along(self, axis: usize, indices: Self) -> Self {
        self.try_take_along(axis, indices).or_panic()
    }

    /// As [`take_along`](Self::take_along).
    ///
    /// # Errors
    /// If an index is out of range: the index and its position.
    pub fn try_take_along(self, axis: usize, indices: Self) -> Result<Self, ShapeError> {
        Self::try_apply(TakeAlong { axis }, [self, indices])
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
