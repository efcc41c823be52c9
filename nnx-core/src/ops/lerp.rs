//! Linear interpolation, in one pass over memory.

use super::attributes::{AttributeValue, attributes};
use super::operation::expect_same_float;
use super::zip::{broadcast_for, elements_of};
use super::{Backward, Batching, DynTensor, Keeps, Members, Operation, Signature};
use crate::array::dtype::for_float;
use crate::array::{Array, ShapeError};
use crate::kernel::broadcast::with_broadcast;
use crate::kernel::{Float, elementwise};

/// `a + w (b - a)`, computed from the nearer end, so that it is `b` at `w = 1`.
#[inline(always)]
fn between<E: Float>(a: E, b: E, w: E) -> E {
    let distance = b - a;
    if w < E::from_f64(0.5) { a + w * distance } else { b - (E::ONE - w) * distance }
}

/// Inputs: start, end and weight.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Lerp;

impl Operation for Lerp {
    attributes!();
    fn name(&self) -> &'static str {
        "lerp"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let [start, end, weight] = inputs else {
            let problem = format!("takes a start, an end and a weight, found {}", inputs.len());
            return Err(ShapeError::operands("lerp", problem));
        };
        expect_same_float("lerp", &[*start, *end])?;
        expect_same_float("lerp", &[*start, *weight])
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [a, b, weight] = inputs else { unreachable!("three inputs were checked") };
        let (a, b) = (a.contiguous(), b.contiguous());
        let how = broadcast_for(a.elements(), weight);
        for_float!(a.dtype(), E => Array::build(a.dims(), |out| {
            let (a, b) = (a.slice::<E>(), b.slice::<E>());
            with_broadcast(out, elements_of(weight, how), how, |start, out, weight| {
                let (a, b) = (&a[start..][..out.len()], &b[start..][..out.len()]);
                elementwise::zip_3_chunk([a, b, weight], out, between);
            });
        }))
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let weight = &at.inputs[2];
        Some(match index {
            0 => &at.gradient * &(1.0 - weight.clone()),
            1 => &at.gradient * weight,
            _ => &at.gradient * &(&at.inputs[1] - &at.inputs[0]),
        })
    }
    fn flops(&self, _: &[Signature], output: &Signature) -> u64 {
        3 * output.elements() as u64
    }
}

impl DynTensor {
    /// `self + weight (end - self)`, elementwise. Both are broadcast to the shape of `self`.
    ///
    /// See [`Tensor::lerp`](crate::tensor::Tensor::lerp).
    #[must_use]
    #[track_caller]
    pub fn lerp(self, end: Self, weight: Self) -> Self {
        let dims = self.dims();
        Self::apply(Lerp, [self, end.broadcast_to(&dims), weight.broadcast_to(&dims)])
    }
}
