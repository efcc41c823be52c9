//! Gelu, `x Φ(x)` with Φ the cumulative distribution function of the standard normal distribution, in one pass
//! over memory: exact, or with Φ approximated by tanh.

use super::unary::{Unary, UnaryOp, unary};
use super::{Backward, DynTensor, Keeps};
use crate::kernel::{Float, elementary};

/// The approximation: Φ(x) = (1 + tanh u) / 2 = sigmoid(2u) with u = √(2 / π) (x + 0.044715 x³).
const CUBIC: f64 = 0.044_715;
/// 2 √(2 / π), the factor of the polynomial in 2u.
const TWO_ROOT: f64 = 1.595_769_121_605_730_8;
/// 1 / √(2 π), the normal density at 0.
const DENSITY_AT_0: f64 = 0.398_942_280_401_432_7;
/// Beyond ± these bounds Φ is 0 or 1 to the last bit (approximated; exact). Inputs are clamped to them, so that
/// powers of x don't overflow.
const TANH_BOUND: f64 = 24.0;
const EXACT_BOUND: f64 = 40.0;

/// `x` clamped to ± `bound`; NaN stays NaN.
#[inline(always)]
fn clamp_to<E: Float>(x: E, bound: f64) -> E {
    let bound = E::from_f64(bound);
    let x = if x > bound { bound } else { x };
    if x < -bound { -bound } else { x }
}

/// Φ approximated by tanh, for x within `TANH_BOUND`.
#[inline(always)]
fn cdf_by_tanh<E: Float>(x: E) -> E {
    let (cubic, twice) = (E::from_f64(CUBIC), E::from_f64(TWO_ROOT));
    elementary::sigmoid(twice * (x + cubic * x * x * x))
}

unary! {
    // Φ + x Φ', with Φ' = Φ (1 - Φ) (2u)'.
    GeluGradient {} "gelu_slope", INPUTS, |_rule, x| {
        let x = clamp_to(x, TANH_BOUND);
        let phi = cdf_by_tanh(x);
        let slope = E::from_f64(TWO_ROOT) * (E::ONE + E::from_f64(3.0 * CUBIC) * x * x);
        phi + x * (phi * (E::ONE - phi) * slope)
    }, |at| {
        // 2 Φ' + x Φ'', with Φ'' = Φ' (1 - 2 Φ) (2u)' + Φ (1 - Φ) (2u)''.
        let x = at.inputs[0].clone().clamp(-TANH_BOUND, TANH_BOUND);
        let square = x.clone().powf(2.0);
        let phi = (&x * &square.clone().mul_scalar(CUBIC).add_scalar(1.0)).mul_scalar(TWO_ROOT).sigmoid();
        let sigmoid_slope = &phi - &(&phi * &phi);
        let slope = square.mul_scalar(3.0 * CUBIC).add_scalar(1.0).mul_scalar(TWO_ROOT);
        let first = &sigmoid_slope * &slope;
        let second = &(&first * &phi.mul_scalar(-2.0).add_scalar(1.0)) * &slope;
        let second = second + &sigmoid_slope * &x.clone().mul_scalar(6.0 * CUBIC * TWO_ROOT);
        at.gradient * (first.mul_scalar(2.0) + &x * &second)
    };
    // Φ + x φ, where φ is the density of the normal distribution.
    GeluExactGradient {} "gelu_exact_slope", INPUTS, |_rule, x| {
        let x = clamp_to(x, EXACT_BOUND);
        let density = E::from_f64(DENSITY_AT_0) * (E::from_f64(-0.5) * x * x).exp();
        x.normal_cdf() + x * density
    }, |at| {
        // φ (2 - x²)
        let square = at.inputs[0].clone().clamp(-EXACT_BOUND, EXACT_BOUND).powf(2.0);
        let density = square.clone().mul_scalar(-0.5).exp().mul_scalar(DENSITY_AT_0);
        at.gradient * (density * square.mul_scalar(-1.0).add_scalar(2.0))
    };
}

/// `x Φ(x)`, with Φ approximated by tanh.
#[inline(always)]
pub(super) fn by_tanh<E: Float>(x: E) -> E {
    x * cdf_by_tanh(clamp_to(x, TANH_BOUND))
}

/// The derivative of [`by_tanh`].
pub(super) fn by_tanh_slope(x: &DynTensor) -> DynTensor {
    DynTensor::apply(Unary(GeluGradient {}), [x.clone()])
}

/// `x Φ(x)`.
#[inline(always)]
pub(super) fn exact<E: Float>(x: E) -> E {
    x * x.normal_cdf()
}

/// The derivative of [`exact`].
pub(super) fn exact_slope(x: &DynTensor) -> DynTensor {
    DynTensor::apply(Unary(GeluExactGradient {}), [x.clone()])
}
