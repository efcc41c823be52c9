//! Elementary functions of `f32` as short sequences of multiplications and additions, which the compiler
//! auto-vectorizes. The functions of the C library take one scalar per call.
//!
//! | file | functions | error in units in the last place |
//! |---|---|---|
//! | `exponential` | `exp`, `exp_to_0`, `exp2`, `exp2_to_0`, `tanh` | 2 |
//! | | `silu_near` | 3 |
//! | | `exp_m1`, `sinh`, `cosh`, `asinh`, `acosh`, `atanh` | 1 |
//! | `logarithm` | `ln`, `log2`, `log10`, `ln_1p` | 2 |
//! | `trigonometric` | `sin`, `cos`, `tan`, `asin`, `acos`, `atan`, `atan2`, `sinc` | 1 |
//! | `error` | `erf` | 3 |
//! | | `erfc`, `erfinv` | 1 |
//! | | `normal_cdf` | 2 above 0; 1.5e-5 of it down to -6.5, where it is 4e-11 |
//! | `power` | `powf` | 1 |
//! | `root` | `cbrt`, `hypot`, `remainder` | 1 |
//! | `gamma` | `digamma_near`, `ln_gamma_near` | 1 |
//! | | `ln_gamma`, `polygamma`, and the derivatives of `sinc`, in `f64` and one element at a time | 1 |
//!
//! Those with an error of 1 compute in `f64` (`wide`). No step is fused, so every ISA level gives the same bits. The
//! polynomials were fitted at Chebyshev nodes. `f64`, which serves to check gradients, calls the standard library
//! (libm for what it lacks) for full accuracy.
//!
//! The period of sine, cosine and tangent is subtracted from its argument in two parts, which is exact for arguments
//! up to [`NEAR`]. The few beyond it are computed one at a time: `sin` has this branch, `sin_near` doesn't.

mod error;
mod exponential;
mod gamma;
mod logarithm;
mod narrow;
mod power;
mod root;
#[cfg(test)]
mod tests;
mod trigonometric;
mod wide;

pub(crate) use error::NEAR_ERFINV;
pub(crate) use exponential::{NEAR_EXP2, NEAR_SILU};
pub(crate) use gamma::{LARGEST_DIGAMMA, ln_gamma, polygamma, sinc_derivative};
pub(crate) use root::NEAR_QUOTIENT;
pub(crate) use trigonometric::NEAR;

use super::Float;

/// Declares [`Elementary`], with a row for each function: its documentation, its implementation for `f32`, and that for
/// `f64`.
macro_rules! elementary {
    ({ $($(#[$doc:meta])* $name:ident = $narrow:expr, $wide:expr;)* }
     of two { $($(#[$doc_2:meta])* $name_2:ident = $narrow_2:expr, $wide_2:expr;)* }) => {
        /// Elementary functions of `f32` and `f64`.
        pub trait Elementary: Sized {
            $($(#[$doc])* fn $name(self) -> Self;)*
            $($(#[$doc_2])* fn $name_2(self, other: Self) -> Self;)*
        }
        impl Elementary for f32 {
            $(#[inline(always)] fn $name(self) -> Self { $narrow(self) })*
            $(#[inline(always)] fn $name_2(self, other: Self) -> Self { $narrow_2(self, other) })*
        }
        impl Elementary for f64 {
            $(#[inline(always)] fn $name(self) -> Self { $wide(self) })*
            $(#[inline(always)] fn $name_2(self, other: Self) -> Self { $wide_2(self, other) })*
        }
    };
}
elementary! {
    {
    /// `e^self`.
    exp = exponential::exp, f64::exp;
    /// `e^self` of a `self` up to 0: faster than `exp`; for `f32` 0 below -87.68, where that is subnormal.
    exp_to_0 = exponential::exp_to_0, f64::exp;
    /// `2^self`.
    exp2 = exponential::exp2, f64::exp2;
    /// `2^self` of a `self` up to 0: faster than `exp_to_0`; for `f32` 0 below -126.5.
    exp2_to_0 = exponential::exp2_to_0, f64::exp2;
    /// `2^self`, for `f32` only where |self| is up to `NEAR_EXP2`.
    exp2_near = exponential::exp2_near, f64::exp2;
    /// `self / (1 + e^-self)`, for `f32` only where |self| is up to `NEAR_SILU`.
    silu_near = exponential::silu_near, |x: f64| x / (1.0 + (-x).exp());
    /// `e^self - 1`, accurate near 0.
    exp_m1 = exponential::exp_m1, f64::exp_m1;
    /// The natural logarithm.
    ln = logarithm::ln, f64::ln;
    /// The logarithm to base 2.
    log2 = logarithm::log2, f64::log2;
    /// The logarithm to base 10.
    log10 = logarithm::log10, f64::log10;
    /// The natural logarithm of `1 + self`, accurate near 0.
    ln_1p = logarithm::ln_1p, f64::ln_1p;
    /// The cube root.
    cbrt = root::cbrt, f64::cbrt;
    /// The sine.
    sin = |x| near_or(x, trigonometric::sin_near, f64::sin), f64::sin;
    /// The sine; for `f32` only where |self| is up to `NEAR`.
    sin_near = trigonometric::sin_near, f64::sin;
    /// The cosine.
    cos = |x| near_or(x, trigonometric::cos_near, f64::cos), f64::cos;
    /// The cosine; for `f32` only where |self| is up to `NEAR`.
    cos_near = trigonometric::cos_near, f64::cos;
    /// The tangent.
    tan = |x| near_or(x, trigonometric::tan_near, f64::tan), f64::tan;
    /// The tangent; for `f32` only where |self| is up to `NEAR`.
    tan_near = trigonometric::tan_near, f64::tan;
    /// `sin(π self) / (π self)`, and 1 at 0.
    sinc = trigonometric::sinc, gamma::sinc;
    /// The inverse sine.
    asin = trigonometric::asin, f64::asin;
    /// The inverse cosine.
    acos = trigonometric::acos, f64::acos;
    /// The inverse tangent.
    atan = trigonometric::atan, libm::atan;
    /// The hyperbolic sine.
    sinh = exponential::sinh, f64::sinh;
    /// The hyperbolic cosine.
    cosh = exponential::cosh, f64::cosh;
    /// The hyperbolic tangent.
    tanh = exponential::tanh, f64::tanh;
    /// The inverse hyperbolic sine.
    asinh = exponential::asinh, libm::asinh;
    /// The inverse hyperbolic cosine.
    acosh = exponential::acosh, |x| if x >= 1.0 { libm::acosh(x) } else { f64::NAN };
    /// The inverse hyperbolic tangent.
    atanh = exponential::atanh, libm::atanh;
    /// The inverse hyperbolic tangent, for `f32` only where |self| is below 1.
    atanh_near = exponential::atanh_near, libm::atanh;
    /// The error function.
    erf = error::erf, libm::erf;
    /// `1 - erf(self)`, accurate for large `self`.
    erfc = error::erfc, libm::erfc;
    /// The cumulative distribution function of the standard normal distribution, Φ.
    normal_cdf = error::normal_cdf, error::normal_cdf_f64;
    /// The inverse of the error function.
    erfinv = error::erfinv, error::erfinv_f64;
    /// The inverse of the error function, for `f32` only where |self| is below `NEAR_ERFINV`.
    erfinv_near = error::erfinv_near, error::erfinv_f64;
    /// The digamma function, for `f32` only above 0 and up to `LARGEST_DIGAMMA`.
    digamma_near = gamma::digamma_near, |x| polygamma(0, x);
    /// The logarithm of the gamma function; for `f32` only where it is positive and finite.
    ln_gamma_near = gamma::ln_gamma_near, ln_gamma;
    }
    of two {
    /// The angle of the point (`other`, `self`), from −π to π.
    atan2 = trigonometric::atan2, f64::atan2;
    /// `self` to the power of `other`.
    powf = power::powf, f64::powf;
    /// `√(self² + other²)`, without overflow.
    hypot = root::hypot, f64::hypot;
    /// The remainder of `self / other` with the sign of `self`.
    remainder = root::remainder, |a, b| a % b;
    /// The remainder; for `f32` only where the quotient is up to `NEAR_QUOTIENT`.
    remainder_near = root::remainder_near, |a, b| a % b;
    }
}

/// `near(x)`, but `far(x)` in `f64` where x is beyond [`NEAR`].
#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "rounding is intended")]
fn near_or(x: f32, near: impl Fn(f32) -> f32, far: impl Fn(f64) -> f64) -> f32 {
    if f64::from(x.abs()) > NEAR { far(x.into()) as f32 } else { near(x) }
}

/// `1 / (1 + e^-x)`.
#[inline(always)]
pub(crate) fn sigmoid<E: Float>(x: E) -> E {
    // Only e^-|x|: neither branch overflows.
    let e = (-x.abs()).exp();
    let above = if x < E::ZERO { e } else { E::ONE };
    above / (E::ONE + e)
}

/// `ln(1 + e^x)`, as `max(x, 0) + ln(1 + e^-|x|)`, which never overflows.
#[inline(always)]
pub(crate) fn softplus<E: Float>(x: E) -> E {
    let tail = (-x.abs()).exp().ln_1p();
    if x < E::ZERO { tail } else { x + tail }
}

/// `ln cosh x`, without cancellation near 0 and without overflow.
#[inline(always)]
pub(crate) fn log_cosh<E: Float>(x: E) -> E {
    let (size, half) = (x.abs(), E::from_f64(0.5));
    if size > E::from_f64(4.0) {
        // ln((e^x + e^-x) / 2) = x + ln(1 + e^-2x) - ln 2, where ln 2 is small compared with x.
        return size + (-(size + size)).exp().ln_1p() - E::from_f64(std::f64::consts::LN_2);
    }
    // cosh x = 1 + 2 sinh²(x / 2)
    let sinh = ((size * half).exp_m1() - (-(size * half)).exp_m1()) * half;
    (sinh * sinh + sinh * sinh).ln_1p()
}
