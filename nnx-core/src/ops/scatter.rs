//! Values written at indices along an axis, which replace elements, are added, or of which the largest or the smallest stays.
//! What reads elements by index is in `along`.

use super::along::{along, same_but};
use super::attributes::{AttributeValue, attributes};
use super::index::{as_i32, check};
use super::operation::{Keeps, Operation, Signature};
use super::view::refuse;
use super::{Backward, Batching, Comparison, DynTensor, Members};
use crate::array::dtype::{for_element, for_float, for_integer};
use crate::array::{Array, DType, Dims, OrPanic as _, ShapeError};
use crate::kernel::along::{self, Base};
use crate::kernel::integer::Integer;

/// What becomes of an element and of the values for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AttributeValue)]
enum ScatterKind {
    Set,
    Add,
    Max,
    Min,
}

/// The first input, with the values (the third) written at indices (the second) along an axis.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct ScatterAlong {
    kind: ScatterKind,
    axis: usize,
}

impl Operation for ScatterAlong {
    attributes!();
    fn name(&self) -> &'static str {
        match self.kind {
            ScatterKind::Set => "scatter_set",
            ScatterKind::Add => "scatter_add",
            ScatterKind::Max => "scatter_max",
            ScatterKind::Min => "scatter_min",
        }
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let [x, indices, values] = inputs else {
            return refuse(self.name(), format!("takes three inputs, found {}", inputs.len()));
        };
        let fits = same_but(self.axis, &x.dims, indices)
            && *values == Signature { dims: indices.dims, ..*x };
        if !fits {
            let problem = format!(
                "takes indices of i32 or i64 of the same shape but for axis {}, and a value of the same type for each, \
                 found {x}, {indices} and {values}",
                self.axis
            );
            return refuse(self.name(), problem);
        }
        if x.dtype == DType::Bool && self.kind != ScatterKind::Set {
            return refuse(self.name(), "takes numbers, found bool".to_owned());
        }
        Ok(*x)
    }
    fn checks_values(&self) -> bool {
        true
    }
    fn check_values(&self, inputs: &[Array]) -> Result<(), ShapeError> {
        check(self.name(), &inputs[1], inputs[0].dims()[self.axis])
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let (indices, values) = (as_i32(&inputs[1]), inputs[2].contiguous());
        // One element for all, such as zeros, isn't copied first.
        let is_filled = inputs[0].one_element().is_some();
        let x = if is_filled { inputs[0].clone() } else { inputs[0].contiguous() };
        let (at, kind) = (along(self.axis, &x, &indices), self.kind);
        macro_rules! base {
            ($E:ty) => {
                match is_filled {
                    true => Base::Value(x.elements_from_first::<$E>()[0]),
                    false => Base::Elements(x.slice::<$E>()),
                }
            };
        }
        if kind == ScatterKind::Set {
            return for_element!(x.dtype(), E => Array::build(x.dims(), |out| {
                along::scatter_last(base!(E), values.slice(), at, out);
            }));
        }
        if x.dtype().is_integer() {
            return for_integer!(x.dtype(), E => Array::build(x.dims(), |out| {
                let combine: fn(E, E) -> E = match kind {
                    ScatterKind::Max => Ord::max,
                    ScatterKind::Min => Ord::min,
                    _ => Integer::add,
                };
                along::scatter(combine, base!(E), values.slice(), at, out);
            }));
        }
        for_float!(x.dtype(), E => Array::build(x.dims(), |out| {
            let (base, values) = (base!(E), values.slice());
            match kind {
                ScatterKind::Max => along::scatter(along::max, base, values, at, out),
                ScatterKind::Min => along::scatter(along::min, base, values, at, out),
                _ => along::scatter_sum(base, values, at, out),
            }
        }))
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(Self { axis: self.axis + 1, ..*self })
    }
    fn keeps(&self) -> Keeps {
        match self.kind {
            ScatterKind::Set | ScatterKind::Add => Keeps::NOTHING,
            ScatterKind::Max | ScatterKind::Min => Keeps::BOTH,
        }
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let (axis, g) = (self.axis, at.gradient.clone());
        let indices = at.inputs[1].clone();
        match (self.kind, index) {
            (_, 1) => None,
            (ScatterKind::Add, 0) => Some(g),
            (ScatterKind::Add, _) => Some(g.take_along(axis, indices)),
            (ScatterKind::Set, 0) => {
                let is_written = written(&at.inputs[0], axis, indices);
                Some(is_written.select(g.full_like(0.0), g))
            }
            // The gradient flows to the values that are in the result.
            (ScatterKind::Set, _) => {
                let is_last = last_of_its_index(&at.inputs[0], axis, indices.clone());
                let taken = g.take_along(axis, indices);
                Some(is_last.select(taken.clone(), taken.full_like(0.0)))
            }
            (ScatterKind::Max | ScatterKind::Min, _) => Some(extreme_gradient(at, axis, index)),
        }
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        match self.kind {
            ScatterKind::Set => 0,
            _ => inputs[2].elements() as u64,
        }
    }
}

/// The mask of the elements of `x` at the indices.
fn written(x: &DynTensor, axis: usize, indices: DynTensor) -> DynTensor {
    let all = |value: bool, dims: &Dims| DynTensor::from(Array::full(value, dims));
    let yes = all(true, &indices.dims());
    all(false, &x.dims()).scatter_set(axis, indices, yes)
}

/// The mask of the indices that don't occur again behind.
fn last_of_its_index(x: &DynTensor, axis: usize, indices: DynTensor) -> DynTensor {
    let dims = indices.dims();
    let ones: Dims = (0..dims.len()).map(|i| if i == axis { dims[i] } else { 1 }).collect();
    let places = DynTensor::arange(dims[axis], 0.0, 1.0, DType::I64).reshape(&ones);
    let places = places.broadcast_to(&dims);
    let none = DynTensor::from(Array::full(0i64, &x.dims()));
    let last = none.scatter_set(axis, indices.clone(), places.clone());
    last.take_along(axis, indices).compare(Comparison::Equal, places)
}

/// The gradient of a maximum or a minimum, shared evenly by the element and the values that equal it, as in JAX; 0 where it is NaN.
fn extreme_gradient(at: &Backward<'_>, axis: usize, index: usize) -> DynTensor {
    let constant = |x: &DynTensor| x.clone().stop_gradient();
    let [x, values, extreme] = [&at.inputs[0], &at.inputs[2], at.output].map(constant);
    let indices = at.inputs[1].clone();
    let is_extreme = x.compare(Comparison::Equal, extreme.clone());
    let values_are = values.compare(Comparison::Equal, extreme.take_along(axis, indices.clone()));
    let dtype = at.gradient.dtype();
    let number = |mask: &DynTensor| mask.clone().cast(dtype);
    let ties = number(&is_extreme).scatter_add(axis, indices.clone(), number(&values_are));
    let share = &at.gradient / &ties.clone().maximum(ties.full_like(1.0));
    let (mask, share) = match index {
        0 => (is_extreme, share),
        _ => (values_are, share.take_along(axis, indices)),
    };
    mask.select(share.clone(), share.full_like(0.0))
}

impl DynTensor {
    /// This tensor with `values` at indices (of `i32` or `i64`) along an axis; of equal indices the last one's value
    /// stays. See [`Tensor::scatter_set`](crate::tensor::Tensor::scatter_set).
    ///
    /// # Panics
    /// If an index is out of range; [`try_scatter_set`](Self::try_scatter_set) returns that as an error.
    #[must_use]
    #[track_caller]
    pub fn scatter_set(self, axis: usize, indices: Self, values: Self) -> Self {
        self.try_scatter_set(axis, indices, values).or_panic()
    }

    /// As [`scatter_set`](Self::scatter_set).
    ///
    /// # Errors
    /// If an index is out of range: the index and its position.
    pub fn try_scatter_set(
        self,
        axis: usize,
        indices: Self,
        values: Self,
    ) -> Result<Self, ShapeError> {
        let scatter = ScatterAlong { kind: ScatterKind::Set, axis };
        Self::try_apply(scatter, [self, indices, values])
    }

    /// This tensor with `values` added at indices (of `i32` or `i64`) along an axis. See
    /// [`Tensor::scatter_add`](crate::tensor::Tensor::scatter_add).
    ///
    /// # Panics
    /// If an index is out of range; [`try_scatter_add`](Self::try_scatter_add) returns that as an error.
    #[must_use]
    #[track_caller]
    pub fn scatter_add(self, axis: usize, indices: Self, values: Self) -> Self {
        self.try_scatter_add(axis, indices, values).or_panic()
    }

    /// As [`scatter_add`](Self::scatter_add).
    ///
    /// # Errors
    /// If an index is out of range: the index and its position.
    pub fn try_scatter_add(
        self,
        axis: usize,
        indices: Self,
        values: Self,
    ) -> Result<Self, ShapeError> {
        let scatter = ScatterAlong { kind: ScatterKind::Add, axis };
        Self::try_apply(scatter, [self, indices, values])
    }

    /// The maximum of this tensor and of `values` at indices (of `i32` or `i64`) along an axis. See
    /// [`Tensor::scatter_max`](crate::tensor::Tensor::scatter_max).
    ///
    /// # Panics
    /// If an index is out of range; [`try_scatter_max`](Self::try_scatter_max) returns that as an error.
    #[must_use]
    #[track_caller]
    pub fn scatter_max(self, axis: usize, indices: Self, values: Self) -> Self {
        self.try_scatter_max(axis, indices, values).or_panic()
    }

    /// As [`scatter_max`](Self::scatter_max).
    ///
    /// # Errors
    /// If an index is out of range: the index and its position.
    pub fn try_scatter_max(
        self,
        axis: usize,
        indices: Self,
        values: Self,
    ) -> Result<Self, ShapeError> {
        let scatter = ScatterAlong { kind: ScatterKind::Max, axis };
        Self::try_apply(scatter, [self, indices, values])
    }

    /// The minimum of this tensor and of `values` at indices (of `i32` or `i64`) along an axis. See
    /// [`Tensor::scatter_min`](crate::tensor::Tensor::scatter_min).
    ///
    /// # Panics
    /// If an index is out of range; [`try_scatter_min`](Self::try_scatter_min) returns that as an error.
    #[must_use]
    #[track_caller]
    pub fn scatter_min(self, axis: usize, indices: Self, values: Self) -> Self {
        self.try_scatter_min(axis, indices, values).or_panic()
    }

    /// As [`scatter_min`](Self::scatter_min).
    ///
    /// # Errors
    /// If an index is out of range: the index and its position.
    pub fn try_scatter_min(
        self,
        axis: usize,
        indices: Self,
        values: Self,
    ) -> Result<Self, ShapeError> {
        let scatter = ScatterAlong { kind: ScatterKind::Min, axis };
        Self::try_apply(scatter, [self, indices, values])
    }
}
