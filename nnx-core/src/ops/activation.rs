//! Helpers for the activations of the table `elementwise`, and glu, which isn't elementwise.

use super::unary::{Unary, UnaryOp, unary};
use super::{Backward, Comparison, DynTensor, Keeps};
use crate::kernel::Float;

unary! {
    // elu and its relatives: x for x > 0; for negative x the curve falls to -height.
    Elu { height: f64, width: f64 } "elu", INPUTS, |rule, x| {
        let (height, width) = (E::from_f64(rule.height), E::from_f64(rule.width));
        if x > E::ZERO { x } else { (x / width).exp_m1() * height }
    }, |at| {
        let slope = EluSlope { height: rule.height, width: rule.width };
        at.gradient * DynTensor::apply(Unary(slope), [at.inputs[0].clone()])
    };
    // The derivative of elu: 1 for x > 0, else (height / width) e^(x / width).
    EluSlope { height: f64, width: f64 } "elu_slope", BOTH, |rule, x| {
        let (start, width) = (E::from_f64(rule.height / rule.width), E::from_f64(rule.width));
        if x > E::ZERO { E::ONE } else { (x / width).exp() * start }
    }, |at| {
        let below = (at.gradient * at.output.clone()).mul_scalar(1.0 / rule.width);
        above(&at.inputs[0], 0.0).select(below.full_like(0.0), below)
    };
}

/// The mask of `x > bound`.
pub(super) fn above(x: &DynTensor, bound: f64) -> DynTensor {
    x.clone().stop_gradient().compare(Comparison::Greater, x.full_like(bound))
}

/// The gradient of both shrinks: 0 where the size of the input is at most `bound`, elsewhere that of the output.
pub(super) fn shrunk_gradient(at: &Backward<'_>, bound: f64) -> DynTensor {
    let size = at.inputs[0].clone().stop_gradient().abs();
    let within = size.clone().compare(Comparison::LessEqual, size.full_like(bound));
    within.select(at.gradient.full_like(0.0), at.gradient.clone())
}

/// `relu6(x + 3) / 6`.
#[inline(always)]
pub(super) fn hard_sigmoid<E: Float>(x: E) -> E {
    let (six, x) = (E::from_f64(6.0), x + E::from_f64(3.0));
    let x = if x < E::ZERO { E::ZERO } else { x };
    (if x > six { six } else { x }) * E::from_f64(1.0 / 6.0)
}

/// The mask of the elements between the kinks, where the function isn't constant.
fn between_kinks(x: &DynTensor) -> DynTensor {
    let moved = x.clone().stop_gradient().add_scalar(3.0);
    above(&moved, 0.0) & above(&-moved.clone(), -6.0)
}

/// Its slope: 1/6 between the kinks, and 0 at both.
pub(super) fn hard_sigmoid_slope(x: &DynTensor) -> DynTensor {
    between_kinks(x).select(x.full_like(1.0 / 6.0), x.full_like(0.0))
}

/// The slope of `x hard_sigmoid(x)`; no product of 0 and infinity.
pub(super) fn hard_silu_slope(x: &DynTensor) -> DynTensor {
    let of_gate = between_kinks(x).select(x.clone().mul_scalar(1.0 / 6.0), x.full_like(0.0));
    x.clone().hard_sigmoid() + of_gate
}

impl DynTensor {
    /// `x` for `x > 0`, else `height (e^(x / width) - 1)`: `elu` and `celu`.
    #[track_caller]
    pub(super) fn elu_by(self, height: f64, width: f64) -> Self {
        Self::apply(Unary(Elu { height, width }), [self])
    }

    /// `a / (1 + e^-b)`, where a and b are the halves of the last axis.
    #[must_use]
    #[track_caller]
    pub fn glu(self) -> Self {
        let last = self.rank() - 1;
        self.glu_axis(last)
    }

    /// As [`glu`](Self::glu), with the halves along `axis` (`nnx.glu(x, axis)`, `F.glu(x, axis)`).
    ///
    /// # Panics
    /// If there is no such axis.
    #[must_use]
    #[track_caller]
    pub fn glu_axis(self, axis: usize) -> Self {
        let half = self.dims()[axis] / 2;
        let gate = self.clone().slice(axis, half, half).sigmoid();
        self.slice(axis, 0, half) * gate
    }
}
