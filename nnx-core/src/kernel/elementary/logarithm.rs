//! Logarithms: x = 2^n m, where m is within √½ to √2, and ln m = r - r²/2 + r³ q(r) of r = m - 1.

use super::narrow::{LN_2, long_polynomial, split};

/// The polynomial q, with an error of 1.8e-9 in ln m.
#[inline(always)]
#[allow(clippy::excessive_precision, reason = "as they were fitted")]
fn q(r: f32) -> f32 {
    long_polynomial(
        r,
        [
            7.149_753_3e-2,
            -0.115_712_012,
            0.116_615_115,
            -0.124_110_506,
            0.142_499_365,
            -0.166_684_802,
            0.200_007_075,
            -0.249_999_89,
            0.333_333_312,
        ],
    )
}

/// The exponent n in the bits of the float, for a positive normal x.
#[inline(always)]
fn exponent(x: f32) -> i32 {
    (x.to_bits().wrapping_sub(std::f32::consts::FRAC_1_SQRT_2.to_bits()) as i32) >> 23
}

/// Splits x into 2^n m, and returns n and r = m - 1.
#[inline(always)]
fn parts(x: f32) -> (f32, f32) {
    // A subnormal input is scaled by 2^23, which makes it normal.
    let (scaled, shift) = if x < f32::MIN_POSITIVE { (x * 8_388_608.0, -23.0) } else { (x, 0.0) };
    let n = exponent(scaled);
    let r = f32::from_bits(scaled.to_bits().wrapping_sub((n as u32) << 23)) - 1.0;
    (n as f32 + shift, r)
}

/// Handles the special cases: returns `y`, the logarithm of x, where x is positive and finite.
#[inline(always)]
fn with_limits(x: f32, y: f32) -> f32 {
    let y = if x == f32::INFINITY { x } else { y };
    let y = if x == 0.0 { f32::NEG_INFINITY } else { y };
    // The comparison is false for NaN.
    if x >= 0.0 { y } else { f32::NAN }
}

/// ln x = ln m + n ln 2.
#[inline(always)]
pub(super) fn ln(x: f32) -> f32 {
    let (n, r) = parts(x);
    let square = r * r;
    let y = (r * square * q(r) + n * LN_2[1]) - 0.5 * square;
    with_limits(x, (r + y) + n * LN_2[0])
}

/// ln m times a constant, with both factors and the result as hi + lo. The product of the two hi is exact.
#[inline(always)]
fn scaled_ln(r: f32, [hi, lo]: [f32; 2]) -> [f32; 2] {
    let half = 0.5 * r * r;
    let top = f32::from_bits((r - half).to_bits() & 0xffff_f000);
    let rest = ((r - top) - half) + r * r * r * q(r);
    [top * hi, (rest + top) * lo + rest * hi]
}

/// log₂ x = ln m / ln 2 + n.
#[inline(always)]
pub(super) fn log2(x: f32) -> f32 {
    let (n, r) = parts(x);
    let [hi, lo] = scaled_ln(r, const { split(std::f64::consts::LOG2_E) });
    with_limits(x, (lo + hi) + n)
}

/// log₁₀ x = ln m / ln 10 + n log₁₀ 2.
#[inline(always)]
pub(super) fn log10(x: f32) -> f32 {
    let (n, r) = parts(x);
    let [hi, lo] = scaled_ln(r, const { split(std::f64::consts::LOG10_E) });
    let log10_2 = const { split(std::f64::consts::LOG10_2) };
    with_limits(x, ((n * log10_2[1] + lo) + hi) + n * log10_2[0])
}

/// ln(1 + x) = ln(u + c), where u is the float nearest to 1 + x, and c = x - (u - 1) is its rounding error: r is (u +
/// c) / 2^n - 1.
#[inline(always)]
#[allow(clippy::cast_sign_loss, reason = "bits of numbers")]
pub(super) fn ln_1p(x: f32) -> f32 {
    let u = 1.0 + x;
    let c = if x < 1.0 { x - (u - 1.0) } else { 1.0 - (u - x) };
    let n = exponent(u);
    let bits = (n as u32) << 23;
    let whole = f32::from_bits(u.to_bits().wrapping_sub(bits)) - 1.0;
    // For a large u, c is negligible, and 2^-n may be subnormal.
    let c = c * f32::from_bits(1f32.to_bits().wrapping_sub(bits));
    let c = if n > 100 { 0.0 } else { c };
    let r = whole + c;
    let rest = (whole - r) + c;
    let (n, square) = (n as f32, r * r);
    let y = (r * square * q(r) + (n * LN_2[1] + rest)) - 0.5 * square;
    let y = with_limits(u, (r + y) + n * LN_2[0]);
    // `copysign` keeps the sign of zero.
    if x == 0.0 { x } else { y }
}
