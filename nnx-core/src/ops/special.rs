//! The derivatives of digamma and of sinc, of any order; 1 - x² without cancellation.

use super::unary::{Unary, UnaryOp, unary};
use super::{Backward, DynTensor, Keeps};
use crate::kernel::{Float, elementary};

/// The largest order that a program from a file may have: the time for an element is proportional to the order.
const MOST_ORDER: u32 = 1000;

fn check_order(order: u32) -> Result<(), String> {
    match order {
        0..=MOST_ORDER => Ok(()),
        found => Err(format!("takes an order of at most {MOST_ORDER}, found {found}")),
    }
}

fn check_polygamma(rule: &Polygamma) -> Result<(), String> {
    check_order(rule.order)
}

fn check_sinc(rule: &SincSlope) -> Result<(), String> {
    check_order(rule.order)
}

unary! {
    #[attribute(check = check_polygamma)]
    Polygamma { order: u32 } "polygamma", INPUTS,
        |rule, x| E::from_f64(elementary::polygamma(rule.order, x.to_f64())),
        |at| at.gradient * at.inputs[0].clone().polygamma(rule.order + 1);
    // 1 - x² as one operation. Its gradient -2 x has no cancellation; that of the product (1 + x)(1 - x) would.
    OneMinusSquare {} "one_minus_square", INPUTS, |_rule, x| (E::ONE + x) * (E::ONE - x),
        |at| (at.gradient * at.inputs[0].clone()).mul_scalar(-2.0);
    #[attribute(check = check_sinc)]
    SincSlope { order: u32 } "sinc_slope", INPUTS,
        |rule, x| E::from_f64(elementary::sinc_derivative(rule.order, x.to_f64())),
        |at| at.gradient * at.inputs[0].clone().sinc_slope(rule.order + 1);
}

impl DynTensor {
    /// The derivative of this order of digamma.
    pub(super) fn polygamma(self, order: u32) -> Self {
        Self::apply(Unary(Polygamma { order }), [self])
    }

    /// `1 - x²`, accurate near ±1.
    pub(super) fn one_minus_square(self) -> Self {
        Self::apply(Unary(OneMinusSquare {}), [self])
    }

    /// The derivative of this order of sinc.
    pub(super) fn sinc_slope(self, order: u32) -> Self {
        Self::apply(Unary(SincSlope { order }), [self])
    }
}
