//! Gelu, `x Φ(x)` with Φ the cumulative distribution function of the standard normal distribution, in one pass
//! over memory: exact, or with Φ approximated by tanh.

use super::unary::{Rule, Unary, unary};
use super::{Backward, DynTensor, Keeps};
use crate::kernel::{Float, elementary};

/// The approximation: Φ(x) = (1 + tanh u) / 2 = sigmoid(2u) with u = √(2 / π) (x + 0.044715 x³).
const CUBIC: f64 = 0.044_715;
/// 2 √(2 / π), the factor of the polynomial in 2u.
const TWICE: f64 = 1.595_769_121_605_730_8;
/// 1 / √(2 π), the normal density at 0.
const HEIGHT: f64 = 0.398_942_280_401_432_7;
/// Beyond ± these bounds Φ is 0 or 1 to the last bit (approximated; exact). Inputs are clamped to them, so that
/// powers of x don't overflow.
const BY_TANH: f64 = 24.0;
const EXACT: f64 = 40.0;

/// `x` clamped to ± `bound`; NaN stays NaN.
#[inline(always)]
fn within<E: Float>(x: E, bound: f64) -> E {
    let bound = E::from_f64(bound);
    let x = if x > bound { bound } else { x };
    if x < -bound { -bound } else { x }
}

/// Φ approximated by tanh, for x within `BY_TANH`.
#[inline(always)]
fn by_tanh<E: Float>(x: E) -> E {
    let (cubic, twice) = (E::from_f64(CUBIC), E::from_f64(TWICE));
    elementary::sigmoid(twice * (x + cubic * x * x * x))
}

/// Φ.
#[inline(always)]
fn exact<E: Float>(x: E) -> E {
    let (half, root) = (E::from_f64(0.5), E::from_f64(std::f64::consts::FRAC_1_SQRT_2));
    half * (E::ONE + (x * root).erf())
}

unary! {
    GeluByTanh {} "gelu", INPUTS, |_rule, x| x * by_tanh(within(x, BY_TANH)), |at| {
        &at.gradient * &DynTensor::apply(Unary(GeluByTanhSlope {}), [at.inputs[0].clone()])
    };
    // Φ + x Φ', with Φ' = Φ (1 - Φ) (2u)'.
    GeluByTanhSlope {} "gelu_slope", INPUTS, |_rule, x| {
        let x = within(x, BY_TANH);
        let phi = by_tanh(x);
        let slope = E::from_f64(TWICE) * (E::ONE + E::from_f64(3.0 * CUBIC) * x * x);
        phi + x * (phi * (E::ONE - phi) * slope)
    }, |at| {
        // 2 Φ' + x Φ'', with Φ'' = Φ' (1 - 2 Φ) (2u)' + Φ (1 - Φ) (2u)''.
        let x = at.inputs[0].clone().clamp(-BY_TANH, BY_TANH);
        let square = x.clone().power(2.0);
        let phi = (&x * &square.clone().scale(CUBIC).shift(1.0)).scale(TWICE).sigmoid();
        let spread = &phi - &(&phi * &phi);
        let slope = square.scale(3.0 * CUBIC).shift(1.0).scale(TWICE);
        let first = &spread * &slope;
        let second = &(&first * &phi.scale(-2.0).shift(1.0)) * &slope;
        let second = second + &spread * &x.clone().scale(6.0 * CUBIC * TWICE);
        &at.gradient * &(first.scale(2.0) + &x * &second)
    };
    GeluExact {} "gelu_exact", INPUTS, |_rule, x| x * exact(x), |at| {
        &at.gradient * &DynTensor::apply(Unary(GeluExactSlope {}), [at.inputs[0].clone()])
    };
    // Φ + x φ, with φ the density.
    GeluExactSlope {} "gelu_exact_slope", INPUTS, |_rule, x| {
        let x = within(x, EXACT);
        let density = E::from_f64(HEIGHT) * (E::from_f64(-0.5) * x * x).exp();
        exact(x) + x * density
    }, |at| {
        // φ (2 - x²)
        let square = at.inputs[0].clone().clamp(-EXACT, EXACT).power(2.0);
        let density = square.clone().scale(-0.5).exp().scale(HEIGHT);
        &at.gradient * &(density * square.scale(-1.0).shift(2.0))
    };
}

impl DynTensor {
    /// `x Φ(x)`, with Φ the standard normal CDF: exact, or approximated by tanh as Flax does by default.
    #[must_use]
    #[track_caller]
    pub fn gelu(self, approximate: bool) -> Self {
        match approximate {
            true => Self::apply(Unary(GeluByTanh {}), [self]),
            false => Self::apply(Unary(GeluExact {}), [self]),
        }
    }
}
