//! Helpers of the formulas: bias correction, and bounds that keep slots finite.
//!
//! No slot becomes infinite or NaN from finite gradients. In optax one huge gradient, whose square overflows,
//! freezes its parameter for ever. A gradient that is infinite or NaN isn't hidden: it makes the slot NaN.

use super::elementwise;
use crate::array::dtype::for_float;
use crate::array::{Array, DType};
use crate::ops::DynTensor;
use crate::tensor::Real;

/// `decay^t` at step `t - 1`, correctly rounded, of the rounded decay. optax computes it so under `jit`.
#[allow(clippy::cast_precision_loss, reason = "steps are far below 2^53")]
pub(in crate::optim) fn power<E: Real>(decay: f64, step: u64) -> E {
    E::from_f64(E::from_f64(decay).to_f64().powf(step as f64 + 1.0))
}

/// The factor `1 / (1 - decay^t)` at step `t - 1`. It corrects a moving average that started at 0.
///
/// Each operation is rounded to the element type. In f32 this is up to 2e-5 off for a decay near 1. optax
/// rounds so too, and these steps are to equal optax's. A decay that rounds to 1 is used unrounded, as the
/// factor would be infinite.
pub(in crate::optim) fn bias_correction<E: Real>(decay: f64, step: u64) -> E {
    let rounded = power::<E>(decay, step);
    if rounded == E::ONE {
        return E::from_f64(1.0 / (1.0 - power::<f64>(decay, step)));
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

/// -1, 0 or 1; 0 keeps its sign, and NaN, which has none, stays NaN.
#[inline(always)]
pub(in crate::optim) fn sign<E: Real>(x: E) -> E {
    if x > E::ZERO {
        E::ONE
    } else if x < E::ZERO {
        -E::ONE
    } else {
        x
    }
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

elementwise! {
    /// [`bounded`], for transforms that square whole arrays.
    pub(in crate::optim) struct Bounded {}
    slots 0 {}
    prepare |_settings, _step| {}
    update |g, _p| (bounded(g), [])
}

/// The one element of an array.
pub(in crate::optim) fn number(x: &Array) -> f64 {
    fn first<E: Real>(x: &[E]) -> f64 {
        x[0].to_f64()
    }
    let x = x.contiguous();
    for_float!(x.dtype(), E => first::<E>(x.slice()))
}

/// A counter, `()` of u32.
pub(in crate::optim) fn counted(x: &Array) -> u64 {
    x.contiguous().slice::<u32>()[0].into()
}

/// Number `index` of some numbers of f64, without axes.
pub(in crate::optim) fn one_of(numbers: &Array, index: usize) -> DynTensor {
    DynTensor::from(numbers.clone()).slice(0, index, 1).reshape(&[])
}

/// Number `index` of some numbers of f64, as a factor of arrays of this type.
pub(in crate::optim) fn factor(numbers: &Array, index: usize, dtype: DType) -> DynTensor {
    one_of(numbers, index).cast(dtype)
}

/// [`dot`] as an array without axes.
pub(in crate::optim) fn dot_product(a: &Array, b: &Array) -> Array {
    let [a, b] = [a, b].map(|x| DynTensor::from(x.clone()));
    (a * b).sum_all().into_array()
}

/// `⟨a, b⟩`: the sum of all products, each in the element type.
pub(in crate::optim) fn dot(a: &Array, b: &Array) -> f64 {
    number(&dot_product(a, b))
}

/// A number, clamped to the range of this element type if `of`, which it was computed from, is finite.
pub(in crate::optim) fn within_range(x: f64, of: f64, dtype: DType) -> f64 {
    let most = if dtype == DType::F32 { f64::from(f32::MAX) } else { f64::MAX };
    if of.is_finite() && x > most { most } else { x }
}
