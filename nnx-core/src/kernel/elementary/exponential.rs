//! Powers of e and of 2, and the hyperbolic functions.

use super::narrow::{LN_2, long_polynomial, polynomial};
use super::wide::{exp_m1_wide, exp_wide, ln_1p_normal, ln_1p_wide};

/// Splits e^x into 2^n e^r, where n is the integer nearest to x / ln 2 and r = x - n ln 2 is within ± ln 2 / 2. Returns
/// n and e^r.
#[inline(always)]
fn exp_parts(x: f32) -> (i32, f32) {
    // A float this large has no fraction bits: adding it rounds to an integer.
    const ROUND: f32 = 12_582_912.0;
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    let e = near_0(fraction(x, n));
    let n = (rounded.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32);
    (n, e)
}

/// x - n ln 2.
#[inline(always)]
fn fraction(x: f32, n: f32) -> f32 {
    (x - n * LN_2[0]) - n * LN_2[1]
}

/// e^r = 1 + r + r² q(r) for |r| up to ln 2 / 2, where q has an error of 1e-8.
#[inline(always)]
#[allow(clippy::excessive_precision, reason = "as they were fitted")]
fn near_0(r: f32) -> f32 {
    let q = polynomial(r, [1.393_373_3e-3, 8.363_235e-3, 4.166_646_4e-2, 0.166_665_77, 0.5]);
    q * (r * r) + r + 1.0
}

/// 2^n, for an n at which it is a normal number.
#[inline(always)]
#[allow(clippy::cast_sign_loss, reason = "bits of numbers")]
fn power(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) as u32) << 23)
}

/// e^x.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    // Outside of these bounds e^x is 0 or infinite. NaN passes through.
    let x = if x < -104.0 { -104.0 } else { x };
    let x = if x > 89.0 { 89.0 } else { x };
    let (n, e) = exp_parts(x);
    // 2^n in two factors, each of them finite and normal even if e^x is subnormal or infinite.
    let half = n >> 1;
    e * power(half) * power(n.wrapping_sub(half))
}

/// e^x for |x| up to 87.
#[inline(always)]
pub(super) fn exp_within(x: f32) -> f32 {
    let (n, e) = exp_parts(x);
    e * power(n)
}

/// e^x of an x up to 0, or NaN: 0 below -87.68, where [`exp`] is subnormal.
#[inline(always)]
pub(super) fn exp_to_0(x: f32) -> f32 {
    // As `ROUND` of `exp_parts`; its lowest bits are then those of n + 127, the exponent of 2^n as floats have it. At
    // the bound that is 0, and so is the power.
    const ROUND: f32 = 12_582_912.0 + 127.0;
    let x = if x < -88.0 { -88.0 } else { x };
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let r = fraction(x, rounded - ROUND);
    near_0(r) * f32::from_bits(rounded.to_bits() << 23)
}

/// Splits 2^x into 2^n 2^r, where n is the integer nearest to x and r = x - n is exact. Returns n and 2^r.
#[inline(always)]
fn exp2_parts(x: f32) -> (i32, f32) {
    const ROUND: f32 = 12_582_912.0;
    let rounded = x + ROUND;
    let e = exp2_near_0(x - (rounded - ROUND));
    ((rounded.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32), e)
}

/// 2^r = 1 + r q(r) for |r| up to ½, where q has an error of 4e-9.
#[inline(always)]
#[allow(clippy::excessive_precision, reason = "as they were fitted")]
fn exp2_near_0(r: f32) -> f32 {
    let q = polynomial(
        r,
        [1.545_322_3e-4, 1.339_093_23e-3, 9.618_082_4e-3, 5.550_357e-2, 0.240_226_51, 0.693_147_19],
    );
    r * q + 1.0
}

/// 2^x.
#[inline(always)]
pub(super) fn exp2(x: f32) -> f32 {
    let x = if x < -151.0 { -151.0 } else { x };
    let x = if x > 129.0 { 129.0 } else { x };
    let (n, e) = exp2_parts(x);
    // 2^n is applied in two factors, as in `exp`.
    let half = n >> 1;
    e * power(half) * power(n.wrapping_sub(half))
}

/// 2^x for |x| up to [`NEAR_EXP2`]: the same bits as those of [`exp2`].
#[inline(always)]
pub(super) fn exp2_near(x: f32) -> f32 {
    let (n, e) = exp2_parts(x);
    e * power(n)
}

/// `exp2_near` is valid for arguments of this size, where 2^n is a normal number.
pub(crate) const NEAR_EXP2: f64 = 126.0;

/// x / (1 + e^-x) for |x| up to [`NEAR_SILU`].
#[inline(always)]
pub(super) fn silu_near(x: f32) -> f32 {
    x / (1.0 + exp_within(-x))
}

/// `silu_near` is valid for arguments of this size.
pub(crate) const NEAR_SILU: f64 = 87.0;

/// 2^x of an x within -127 and 1: 0 up to -126.5.
#[inline(always)]
#[allow(clippy::approx_constant, clippy::excessive_precision, reason = "as they were fitted")]
pub(super) fn exp2_to_1(x: f32) -> f32 {
    // As `ROUND` of `exp2`; its lowest bits are then those of n + 127, the exponent of 2^n as floats have it.
    const ROUND: f32 = 12_582_912.0 + 127.0;
    let rounded = x + ROUND;
    let r = x - (rounded - ROUND);
    // 2^r, with an error of 9e-8 at ±½, and none at 0.
    let e = long_polynomial(
        r,
        [1.326_476e-3, 9.671_535e-3, 5.550_734e-2, 0.240_222_42, 0.693_147, 1.0],
    );
    e * f32::from_bits(rounded.to_bits() << 23)
}

/// 2^x of an x up to 0, or NaN: 0 below -126.5, where [`exp2`] is nearly subnormal.
#[inline(always)]
pub(super) fn exp2_to_0(x: f32) -> f32 {
    // As in `exp_to_0`.
    const ROUND: f32 = 12_582_912.0 + 127.0;
    let x = if x < -127.0 { -127.0 } else { x };
    let rounded = x + ROUND;
    exp2_near_0(x - (rounded - ROUND)) * f32::from_bits(rounded.to_bits() << 23)
}

/// e^x - 1.
#[inline(always)]
pub(super) fn exp_m1(x: f32) -> f32 {
    let y = exp_m1_wide(x.into()) as f32;
    // `copysign` keeps the sign of zero.
    if x == 0.0 { x } else { y }
}

/// tanh: x + x³ q(x²) near 0, where the other formula cancels; else 1 - 2 e / (1 + e) with e = e^-2|x| and the sign of x.
#[inline(always)]
#[allow(clippy::excessive_precision, reason = "as they were fitted")]
pub(super) fn tanh(x: f32) -> f32 {
    let square = x * x;
    // q, for x² up to 0.65², with an error of 2e-9.
    let q = polynomial(
        square,
        [2.218_362_8e-3, -8.276_126e-3, 2.174_755e-2, -5.395_655_7e-2, 0.133_332_92, -0.333_333_33],
    );
    let near = x + x * (square * q);
    let e = exp_to_0(-2.0 * x.abs());
    let far = 1.0 - 2.0 * e / (1.0 + e);
    // `copysign` also keeps the sign of zero.
    (if x.abs() < 0.65 { near } else { far }).copysign(x)
}

/// sinh: (E + E / (E + 1)) / 2 with E = e^|x| - 1, and the sign of x.
#[inline(always)]
pub(super) fn sinh(x: f32) -> f32 {
    let e = exp_m1_wide(x.abs().into());
    ((0.5 * (e + e / (e + 1.0))) as f32).copysign(x)
}

/// cosh: (e^x + e^-x) / 2.
#[inline(always)]
pub(super) fn cosh(x: f32) -> f32 {
    let e = exp_wide(x.abs().into());
    (0.5 * (e + 1.0 / e)) as f32
}

/// asinh: ln(|x| + √(x² + 1)) = ln(1 + |x| + x² / (1 + √(x² + 1))), with the sign of x.
#[inline(always)]
pub(super) fn asinh(x: f32) -> f32 {
    let size = f64::from(x.abs());
    let square = size * size;
    let y = ln_1p_wide(size + square / (1.0 + (square + 1.0).sqrt())) as f32;
    (if x.abs() == f32::INFINITY { f32::INFINITY } else { y }).copysign(x)
}

/// acosh: ln(x + √(x² - 1)) = ln(1 + t + √(t (t + 2))) with t = x - 1.
#[inline(always)]
pub(super) fn acosh(x: f32) -> f32 {
    let t = f64::from(x) - 1.0;
    let y = ln_1p_wide(t + (t * (t + 2.0)).sqrt()) as f32;
    if x >= 1.0 { y } else { f32::NAN }
}

/// atanh: ln(1 + 2 |x| / (1 - |x|)) / 2, with the sign of x.
#[inline(always)]
pub(super) fn atanh(x: f32) -> f32 {
    let size = f64::from(x.abs());
    ((0.5 * ln_1p_wide(2.0 * size / (1.0 - size))) as f32).copysign(x)
}

/// atanh for |x| below 1: the logarithm is of a normal number and needs no special cases.
#[inline(always)]
pub(super) fn atanh_near(x: f32) -> f32 {
    let size = f64::from(x.abs());
    ((0.5 * ln_1p_normal(2.0 * size / (1.0 - size))) as f32).copysign(x)
}
