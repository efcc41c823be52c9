//! Helpers of the formulas: bias correction, and bounds that keep slots finite.
//!
//! No slot becomes infinite or NaN from finite gradients. In optax one huge gradient, whose square overflows,
//! freezes its parameter for ever. A gradient that is infinite or NaN isn't hidden: it makes the slot NaN.

use crate::tensor::Real;

/// The factor `1 / (1 - decay^t)` at step `t - 1`. It corrects a moving average that started at 0.
///
/// Each operation is rounded to the element type. In f32 this is up to 2e-5 off for a decay near 1. optax
/// rounds so too, and these steps are to equal optax's. A decay that rounds to 1 is used unrounded, as the
/// factor would be infinite.
#[allow(clippy::cast_precision_loss, reason = "steps are far below 2^53")]
pub(in crate::optim) fn bias_correction<E: Real>(decay: f64, step: u64) -> E {
    let power = |decay: f64| decay.powf(step as f64 + 1.0);
    let rounded = E::from_f64(power(E::from_f64(decay).to_f64()));
    if rounded == E::ONE {
        return E::from_f64(1.0 / (1.0 - power(decay)));
    }
    E::ONE / (E::ONE - rounded)
}

/// What a moving average `a ← decay a + (1 - decay) x` needs at step `t - 1`: `decay`, `1 - decay`, and the
/// [bias correction](bias_correction). `1 - decay` is computed in f64 and rounded afterwards, as in optax.
pub(in crate::optim) fn moving_average<E: Real>(decay: f64, step: u64) -> [E; 3] {
    [E::from_f64(decay), E::from_f64(1.0 - decay), bias_correction(decay, step)]
}

/// The larger of two values, NaN if either is NaN.
#[inline(always)]
pub(in crate::optim) fn maximum<E: Real>(a: E, b: E) -> E {
    if a > b || a.is_nan() { a } else { b }
}

/// The largest gradient that formulas may square and sum, also when it is doubled: 2⁶², in f64 2⁵¹⁰.
#[inline(always)]
fn largest_squarable<E: Real>() -> E {
    let exponent = if size_of::<E>() == 4 { 62 } else { 510 };
    E::from_f64(f64::from_bits((1023 + exponent) << 52))
}

/// Clamps a gradient to ±2⁶² (4.6e18; in f64 ±2⁵¹⁰), for formulas that square it. Such a formula divides by the
/// magnitude of gradients, so a larger one would hardly change the update.
#[inline(always)]
pub(in crate::optim) fn bounded<E: Real>(g: E) -> E {
    let bound = largest_squarable::<E>();
    clamped(g, bound) + g * E::ZERO
}

/// Clamps a sum `x` that gradient `g` entered to the range of the element type.
#[inline(always)]
pub(in crate::optim) fn saturated<E: Real>(x: E, g: E) -> E {
    clamped(x, E::MAX) + g * E::ZERO
}

/// Clamps `x` to `±bound`; NaN stays NaN. The callers add `0 g`, which is 0 for a finite `g` and NaN otherwise.
#[inline(always)]
fn clamped<E: Real>(x: E, bound: E) -> E {
    let x = if x > bound { bound } else { x };
    if x < -bound { -bound } else { x }
}
