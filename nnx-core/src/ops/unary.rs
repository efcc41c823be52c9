//! Elementwise operations of one input.

use std::fmt::Debug;
use std::ops::Neg;

use super::operation::expect_float;
use super::{Backward, DynTensor, Keeps, Operation, Signature};
use crate::array::dtype::for_float;
use crate::array::{Array, Element, ShapeError};
use crate::kernel::{Float, elementary, elementwise};

/// An elementwise operation: its function of one element, and its gradient rule.
pub(super) trait UnaryOp: Debug + Copy + Send + Sync + 'static {
    const NAME: &'static str;
    const KEEPS: Keeps;
    fn forward<E: Float>(self, x: E) -> E;
    fn gradient(self, at: &Backward<'_>) -> DynTensor;
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Unary<R>(pub(super) R);

impl<R: UnaryOp> Operation for Unary<R> {
    fn name(&self) -> &'static str {
        R::NAME
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        expect_float(R::NAME, inputs)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        for_float!(inputs[0].dtype(), E => map(
            &mut inputs[0],
            #[inline(always)]
            |x: E| self.0.forward(x)
        ))
    }
    fn keeps(&self) -> Keeps {
        R::KEEPS
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        Some(self.0.gradient(at))
    }
    fn flops(&self, _: &[Signature], output: &Signature) -> u64 {
        output.elements() as u64
    }
}

/// `f` of each element, in place where the array is the only owner of its buffer.
pub(super) fn map<E: Element>(x: &mut Array, f: impl Fn(E) -> E + Sync + Send) -> Array {
    // A view is copied first, with its axes in memory order; then `f` works in place.
    let order = x.memory_order();
    *x = x.permute(&order).contiguous();
    let y = match x.unique_mut::<E>() {
        Some(elements) => {
            elementwise::map_in_place(elements, f);
            x.clone()
        }
        None => map_to(x, f),
    };
    y.permute_inverse(&order)
}

/// `f` of each element, which may return another type.
pub(super) fn map_to<A: Element, B: Element>(x: &Array, f: impl Fn(A) -> B + Sync + Send) -> Array {
    let x = x.contiguous();
    Array::build(x.dims(), |out| elementwise::map(x.slice::<A>(), out, f))
}

macro_rules! unary {
    ($($rule:ident { $($field:ident: $type:ty),* } $name:literal, $keeps:ident,
        |$this:ident, $x:ident| $forward:expr, |$at:ident| $gradient:expr;)*) => { $(
        #[derive(Debug, Clone, Copy)]
        struct $rule { $($field: $type),* }
        impl UnaryOp for $rule {
            const NAME: &'static str = $name;
            const KEEPS: Keeps = Keeps::$keeps;
            #[inline(always)]
            fn forward<E: Float>(self, $x: E) -> E {
                let $this = self;
                let _ = $this;
                $forward
            }
            fn gradient(self, $at: &Backward<'_>) -> DynTensor {
                let $this = self;
                let _ = $this;
                $gradient
            }
        }
    )* };
}

pub(super) use unary;

unary! {
    Negate {} "neg", NOTHING, |_rule, x| -x, |at| -at.gradient.clone();
    Exp {} "exp", OUTPUT, |_rule, x| x.exp(), |at| &at.gradient * at.output;
    Log {} "log", INPUTS, |_rule, x| x.ln(), |at| &at.gradient / &at.inputs[0];
    Sqrt {} "sqrt", OUTPUT, |_rule, x| x.sqrt(), |at| (&at.gradient / at.output).mul_scalar(0.5);
    Tanh {} "tanh", OUTPUT, |_rule, x| x.tanh(), |at| {
        let y = at.output;
        &at.gradient - &(&at.gradient * &(y * y))
    };
    Sigmoid {} "sigmoid", OUTPUT, |_rule, x| elementary::sigmoid(x), |at| {
        let y = at.output;
        &at.gradient * &(y - &(y * y))
    };
    // NaN stays NaN; at 0 the value and the gradient are 0.
    Relu {} "relu", OUTPUT, |_rule, x| if x <= E::ZERO { E::ZERO } else { x },
        |at| at.gradient.clone().relu_gradient(at.output.clone());
    Abs {} "abs", INPUTS, |_rule, x| x.abs(), |at| &at.gradient * &at.inputs[0].clone().sign();
    // -1, 0 or 1. Its gradient is 0.
    Sign {} "sign", NOTHING, |_rule, x| {
        if x > E::ZERO { E::ONE } else if x < E::ZERO { -E::ONE } else { x }
    }, |at| at.gradient.full_like(0.0);
    Erf {} "erf", INPUTS, |_rule, x| x.erf(), |at| {
        let x = &at.inputs[0];
        let slope = (-(x * x)).exp().mul_scalar(std::f64::consts::FRAC_2_SQRT_PI);
        &at.gradient * &slope
    };
    Sin {} "sin", INPUTS, |_rule, x| x.sin(), |at| &at.gradient * &at.inputs[0].clone().cos();
    Cos {} "cos", INPUTS, |_rule, x| x.cos(), |at| -(&at.gradient * &at.inputs[0].clone().sin());
    MulScalar { factor: f64 } "mul_scalar", NOTHING, |rule, x| x * E::from_f64(rule.factor),
        |at| at.gradient.clone().mul_scalar(rule.factor);
    AddScalar { amount: f64 } "add_scalar", NOTHING, |rule, x| x + E::from_f64(rule.amount),
        |at| at.gradient.clone();
    Powf { exponent: f64 } "powf", INPUTS, |rule, x| {
        // Powers 1, 2 and 3 by multiplication: fewer roundings, and defined for negative x.
        if rule.exponent == 1.0 { x }
        else if rule.exponent == 2.0 { x * x }
        else if rule.exponent == 3.0 { x * x * x }
        else { x.powf(E::from_f64(rule.exponent)) }
    }, |at| {
        // The derivative of x^0 is 0 everywhere, also at 0, where x^-1 is infinite.
        if rule.exponent == 0.0 { return at.gradient.full_like(0.0) }
        &at.gradient * &at.inputs[0].clone().powf(rule.exponent - 1.0).mul_scalar(rule.exponent)
    };
    Clamp { low: f64, high: f64 } "clamp", INPUTS, |rule, x| {
        let (low, high) = (E::from_f64(rule.low), E::from_f64(rule.high));
        if x < low { low } else if x > high { high } else { x }
    }, |at| {
        let inside = Inside { low: rule.low, high: rule.high };
        &at.gradient * &DynTensor::apply(Unary(inside), [at.inputs[0].clone()])
    };
    // 1 within the bounds (inclusive), 0 outside. Its gradient is 0.
    Inside { low: f64, high: f64 } "inside", NOTHING, |rule, x| {
        if x >= E::from_f64(rule.low) && x <= E::from_f64(rule.high) { E::ONE } else { E::ZERO }
    }, |at| at.gradient.full_like(0.0);
}

macro_rules! methods {
    ($($(#[$doc:meta])* $method:ident = $rule:ident;)*) => {
        impl DynTensor { $(
            $(#[$doc])*
            #[must_use]
            #[track_caller]
            pub fn $method(self) -> Self {
                Self::apply(Unary($rule {}), [self])
            }
        )* }
    };
}
methods! {
    /// `e^x`.
    exp = Exp;
    /// The natural logarithm.
    log = Log;
    /// The square root.
    sqrt = Sqrt;
    /// The hyperbolic tangent.
    tanh = Tanh;
    /// `1 / (1 + e^-x)`.
    sigmoid = Sigmoid;
    /// `max(x, 0)`, with gradient 0 at 0.
    relu = Relu;
    /// The absolute value, with gradient 0 at 0.
    abs = Abs;
    /// The sign: −1, 0 or 1; NaN stays NaN.
    sign = Sign;
    /// The error function.
    erf = Erf;
    /// The sine, of radians.
    sin = Sin;
    /// The cosine, of radians.
    cos = Cos;
}

impl DynTensor {
    /// `factor · x`.
    #[must_use]
    #[track_caller]
    pub fn mul_scalar(self, factor: f64) -> Self {
        Self::apply(Unary(MulScalar { factor }), [self])
    }

    /// `x + amount`.
    #[must_use]
    #[track_caller]
    pub fn add_scalar(self, amount: f64) -> Self {
        Self::apply(Unary(AddScalar { amount }), [self])
    }

    /// `x^exponent`.
    #[must_use]
    #[track_caller]
    pub fn powf(self, exponent: f64) -> Self {
        Self::apply(Unary(Powf { exponent }), [self])
    }

    /// `min(max(x, low), high)`, with gradient 0 outside of the bounds.
    #[must_use]
    #[track_caller]
    pub fn clamp(self, low: f64, high: f64) -> Self {
        Self::apply(Unary(Clamp { low, high }), [self])
    }
}

impl Neg for DynTensor {
    type Output = Self;
    #[track_caller]
    fn neg(self) -> Self {
        Self::apply(Unary(Negate {}), [self])
    }
}
