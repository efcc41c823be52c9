//! Activations: elementwise operations of one input. Where one isn't differentiable, its gradient is JAX's.

use super::unary::{Unary, UnaryOp, unary};
use super::{Backward, Comparison, DynTensor, Keeps};
use crate::kernel::{Float, elementary};

unary! {
    Softplus {} "softplus", INPUTS, |_rule, x| elementary::softplus(x),
        |at| &at.gradient * &at.inputs[0].clone().sigmoid();
    // x for x > 0; below 0 it falls to -height.
    Elu { height: f64, width: f64 } "elu", INPUTS, |rule, x| {
        let (height, width) = (E::from_f64(rule.height), E::from_f64(rule.width));
        if x > E::ZERO { x } else { (x / width).exp_m1() * height }
    }, |at| {
        let slope = EluSlope { height: rule.height, width: rule.width };
        &at.gradient * &DynTensor::apply(Unary(slope), [at.inputs[0].clone()])
    };
    // The derivative of elu: 1 for x > 0, else height / width e^(x / width).
    EluSlope { height: f64, width: f64 } "elu_slope", BOTH, |rule, x| {
        let (start, width) = (E::from_f64(rule.height / rule.width), E::from_f64(rule.width));
        if x > E::ZERO { E::ONE } else { (x / width).exp() * start }
    }, |at| {
        let below = (&at.gradient * at.output).mul_scalar(1.0 / rule.width);
        above(&at.inputs[0], 0.0).select(below.full_like(0.0), below)
    };
    // The derivative at 0 is 1.
    LeakyRelu { slope: f64 } "leaky_relu", INPUTS, |rule, x| {
        if x >= E::ZERO { x } else { x * E::from_f64(rule.slope) }
    }, |at| {
        let zero = at.inputs[0].full_like(0.0);
        let right = at.inputs[0].clone().stop_gradient().compare(Comparison::GreaterEqual, zero);
        right.select(at.gradient.clone(), at.gradient.clone().mul_scalar(rule.slope))
    };
    // The derivative at 0 and at 6 is 0.
    Relu6 {} "relu6", INPUTS, |_rule, x| {
        let six = E::from_f64(6.0);
        if x < E::ZERO { E::ZERO } else if x > six { six } else { x }
    }, |at| {
        let (x, zero) = (&at.inputs[0], at.gradient.full_like(0.0));
        let below = above(&-x.clone().stop_gradient(), -6.0).select(at.gradient.clone(), zero.clone());
        above(x, 0.0).select(below, zero)
    };
}

/// The mask of `x > bound`.
fn above(x: &DynTensor, bound: f64) -> DynTensor {
    x.clone().stop_gradient().compare(Comparison::Greater, x.full_like(bound))
}

impl DynTensor {
    /// `ln(1 + e^x)`, without overflow.
    #[must_use]
    #[track_caller]
    pub fn softplus(self) -> Self {
        Self::apply(Unary(Softplus {}), [self])
    }

    /// `x` for `x > 0`, else `height (e^(x / width) - 1)`.
    #[must_use]
    #[track_caller]
    pub fn elu(self, height: f64, width: f64) -> Self {
        Self::apply(Unary(Elu { height, width }), [self])
    }

    /// `x` for `x >= 0`, else `slope · x`; the gradient at 0 is 1.
    #[must_use]
    #[track_caller]
    pub fn leaky_relu(self, slope: f64) -> Self {
        Self::apply(Unary(LeakyRelu { slope }), [self])
    }

    /// `min(max(x, 0), 6)`; the gradient at 0 and at 6 is 0.
    #[must_use]
    #[track_caller]
    pub fn relu6(self) -> Self {
        Self::apply(Unary(Relu6 {}), [self])
    }

    /// `x / (1 + e^-x)`.
    #[must_use]
    #[track_caller]
    pub fn silu(self) -> Self {
        let gate = self.clone().sigmoid();
        self * gate
    }

    /// `min(max(x + 3, 0), 6) / 6`.
    #[must_use]
    #[track_caller]
    pub fn hard_sigmoid(self) -> Self {
        self.add_scalar(3.0).relu6().mul_scalar(1.0 / 6.0)
    }

    /// `a / (1 + e^-b)`, where a and b are the halves of the last axis.
    #[must_use]
    #[track_caller]
    pub fn glu(self) -> Self {
        let last = self.rank() - 1;
        let half = self.dims()[last] / 2;
        let gate = self.clone().slice(last, half, half).sigmoid();
        self.slice(last, 0, half) * gate
    }
}
