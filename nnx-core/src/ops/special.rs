//! The derivatives of digamma and of sinc, of any order.

use super::unary::{Unary, UnaryOp, unary};
use super::{Backward, DynTensor, Keeps};
use crate::kernel::{Float, elementary};

unary! {
    Polygamma { order: u32 } "polygamma", INPUTS,
        |rule, x| E::from_f64(elementary::polygamma(rule.order, x.to_f64())),
        |at| &at.gradient * &at.inputs[0].clone().polygamma(rule.order + 1);
    SincSlope { order: u32 } "sinc_slope", INPUTS,
        |rule, x| E::from_f64(elementary::sinc_derivative(rule.order, x.to_f64())),
        |at| &at.gradient * &at.inputs[0].clone().sinc_slope(rule.order + 1);
}

impl DynTensor {
    /// The derivative of this order of digamma.
    pub(super) fn polygamma(self, order: u32) -> Self {
        Self::apply(Unary(Polygamma { order }), [self])
    }

    /// The derivative of this order of sinc.
    pub(super) fn sinc_slope(self, order: u32) -> Self {
        Self::apply(Unary(SincSlope { order }), [self])
    }
}
