//! What keeps slots finite: no slot of an optimizer becomes infinite or NaN by gradients that are finite.
//! Otherwise one huge gradient would freeze a parameter for ever, as it does in optax, where its square
//! overflows.
//!
//! A gradient that is infinite or NaN isn't hidden: it makes the slot NaN.

use crate::kernel::Float;

/// The largest gradient whose square, and that of twice it, may be added up: 2⁶², in f64 2⁵¹⁰.
#[inline(always)]
fn squarable<E: Float>() -> E {
    let exponent = if size_of::<E>() == 4 { 62 } else { 510 };
    E::from_f64(f64::from_bits((1023 + exponent) << 52))
}

/// A gradient for a rule that squares it: beyond ±2⁶² (4.6e18; in f64 beyond ±2⁵¹⁰) it counts as that. The
/// direction that such a rule takes is that of the gradient over its own size, which stays.
#[inline(always)]
pub(in crate::optim) fn bounded<E: Float>(g: E) -> E {
    let bound = squarable::<E>();
    clamped(g, bound) + g * E::ZERO
}

/// What a slot or an update becomes by adding up, from a gradient: beyond the range of the type it is the
/// largest number there.
#[inline(always)]
pub(in crate::optim) fn saturated<E: Float>(x: E, g: E) -> E {
    clamped(x, E::MAX) + g * E::ZERO
}

/// `x` within `±bound`; NaN stays. What follows it, `+ 0 g`, adds 0 where g is finite and NaN elsewhere.
#[inline(always)]
fn clamped<E: Float>(x: E, bound: E) -> E {
    let x = if x > bound { bound } else { x };
    if x < -bound { -bound } else { x }
}
