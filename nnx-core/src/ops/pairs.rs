//! Helpers of the rows of `elementwise/pairs_*`: parts of kernels, and gradient rules.

use super::{Backward, Comparison, DynTensor};
use crate::kernel::{Float, elementary};

/// Whether the remainder of `a / b` needs more digits than `f64` has.
#[inline(always)]
pub(super) fn is_far<E: Float>(a: E, b: E) -> bool {
    (a / b).abs() >= E::from_f64(elementary::NEAR_QUOTIENT)
}

/// `rest`, a remainder of a division by `b`, plus `b` if their signs differ.
#[inline(always)]
pub(super) fn with_sign_of<E: Float>(rest: E, b: E) -> E {
    let differ = rest != E::ZERO && (rest < E::ZERO) != (b < E::ZERO);
    if differ { rest + b } else { rest }
}

/// The gradient times x / (x² + y²), where x is this input of the two, without squares that overflow.
pub(super) fn turn(at: &Backward<'_>, index: usize) -> DynTensor {
    let size = at.inputs[0].clone().hypot(at.inputs[1].clone());
    &at.gradient * &(&(&at.inputs[index] / &size) / &size)
}

/// The gradient times x / √(x² + y²), where x is this input of the two; 0 where both are 0.
pub(super) fn cathetus(at: &Backward<'_>, index: usize) -> DynTensor {
    let size = at.output;
    let none = size.clone().stop_gradient().compare(Comparison::Equal, size.full_like(0.0));
    let divisor = none.clone().select(size.full_like(1.0), size.clone());
    let unit = &at.inputs[index] / &divisor;
    // This `select` makes the second derivative 0 there, too.
    &at.gradient * &none.select(unit.full_like(0.0), unit)
}

/// The gradient times e^x / (e^x + e^y), where x is the input at `index`; a half where both are the same infinity.
pub(super) fn share(at: &Backward<'_>, index: usize) -> DynTensor {
    let (x, y) = (&at.inputs[index], &at.inputs[1 - index]);
    let infinite = !x.clone().is_finite();
    let [x_of, y_of] = [x, y].map(|x| x.clone().stop_gradient());
    let same = x_of.compare(Comparison::Equal, y_of) & infinite;
    let distance = same.select(x.full_like(0.0), x - y);
    &at.gradient * &distance.sigmoid()
}
