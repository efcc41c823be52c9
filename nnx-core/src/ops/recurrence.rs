//! The linear recurrence: gradients of cumulative products and logsumexps are one. So are its own gradients.

use super::attributes::{AttributeValue, attributes};
use super::cumulative::expect_axis;
use super::operation::{Keeps, Operation, Signature, count_flops, expect_same_float};
use super::reduce::blocks;
use super::{Backward, Batching, DynTensor, Members};
use crate::array::dtype::for_float;
use crate::array::{Array, OrPanic as _, ShapeError};
use crate::kernel::scan;

/// A direction along an axis.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Line {
    pub(super) axis: usize,
    pub(super) reverse: bool,
}

impl Line {
    /// The element that comes before each one in this direction; `first` for the first one.
    pub(super) fn previous(self, x: &DynTensor, first: f64) -> DynTensor {
        let Some(rest) = x.dims()[self.axis].checked_sub(1) else { return x.clone() };
        let edge = x.full_like(first).slice(self.axis, 0, 1);
        let parts = match self.reverse {
            false => vec![edge, x.clone().slice(self.axis, 0, rest)],
            true => vec![x.clone().slice(self.axis, 1, rest), edge],
        };
        DynTensor::concat(parts, self.axis).or_panic()
    }
}

/// `h[l] = a[l] h[l - 1] + b[l]` along an axis, from 0 on; `h[l] = a[l] h[l + 1] + b[l]` if `reverse`. The inputs are
/// a and b.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Recurrence(#[attribute(name = "line")] Line);

impl Operation for Recurrence {
    attributes!();
    fn name(&self) -> &'static str {
        "recurrence"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let signature = expect_same_float(self.name(), inputs)?;
        expect_axis(self.name(), &[signature], self.0.axis)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [a, b] = [0, 1].map(|i: usize| inputs[i].contiguous());
        let (_, block) = blocks(&a, &[self.0.axis]);
        for_float!(a.dtype(), E => Array::build(a.dims(), |out| {
            scan::recurrence(a.slice::<E>(), b.slice(), block, self.0.reverse, out);
        }))
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(Self(Line { axis: self.0.axis + 1, ..self.0 }))
    }
    fn keeps(&self) -> Keeps {
        Keeps::BOTH
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let back = Line { reverse: !self.0.reverse, ..self.0 };
        let of_b = at.gradient.clone().recurrence(back.previous(&at.inputs[0], 0.0), back);
        Some(if index == 1 { of_b } else { &of_b * &self.0.previous(at.output, 0.0) })
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        count_flops(inputs[0].elements(), 2)
    }
}

impl DynTensor {
    /// The recurrence `h = a h + b` along a line, where b is this tensor.
    #[track_caller]
    pub(super) fn recurrence(self, a: Self, line: Line) -> Self {
        Self::apply(Recurrence(line), [a, self])
    }
}
