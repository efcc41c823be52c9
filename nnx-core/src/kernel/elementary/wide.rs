//! Helpers of the functions of `f32` that compute in `f64`. A SIMD vector holds half as many elements. In exchange no
//! cancellation matters, and 97 % of the error is the final rounding to `f32`. `erfc` has a shorter
//! polynomial: 2 % of its results aren't the float nearest to the exact one, but the next.

use std::f64::consts::{FRAC_1_SQRT_2, LN_2, LOG2_E};

/// The polynomial with these coefficients, highest power first. Even and odd powers are two sums (Horner's scheme in
/// x²), since a processor computes two short chains sooner than a long one.
#[inline(always)]
pub(super) fn polynomial<const N: usize>(x: f64, coefficients: [f64; N]) -> f64 {
    let square = x * x;
    let mut sums = [0.0; 2];
    for (i, coefficient) in coefficients.into_iter().enumerate() {
        let sum = &mut sums[(N - 1 - i) % 2];
        *sum = if i < 2 { coefficient } else { *sum * square + coefficient };
    }
    sums[0] + x * sums[1]
}

/// The bits of 1.0: its biased exponent.
const ONE: u64 = 1f64.to_bits();

/// The integer nearest to x, for |x| up to 2^51, as a float, and as bits whose lowest ones are those of the integer.
#[inline(always)]
pub(super) fn nearest(x: f64) -> (f64, u64) {
    // A float this large has no fraction bits: adding it rounds to an integer.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let rounded = x + ROUND;
    (rounded - ROUND, rounded.to_bits())
}

/// `x` with the sign flipped if the lowest bit of `flip` is 1.
#[inline(always)]
pub(super) fn flip_sign(x: f64, flip: u64) -> f64 {
    f64::from_bits(x.to_bits() ^ (flip << 63))
}

/// Clamps `x` to bounds outside of which e^x is 0 or infinite in f32. NaN passes through.
#[inline(always)]
fn exp_bounds(x: f64) -> f64 {
    let x = if x < -200.0 { -200.0 } else { x };
    if x > 200.0 { 200.0 } else { x }
}

/// Splits e^x into 2^n (1 + p), where n is the integer nearest to x / ln 2, and p = r + r² q(r) with r = x - n ln 2.
/// For |x| up to 700. Returns 2^n and p.
#[inline(always)]
fn exp_parts(x: f64) -> (f64, f64) {
    let (n, bits) = nearest(x * LOG2_E);
    let r = x - n * LN_2;
    // The polynomial q, with an error of 5e-10.
    let q = polynomial(
        r,
        [
            1.989_103_065_437_032_7e-4,
            1.393_368_586_261_717_4e-3,
            8.333_310_889_582_076e-3,
            4.166_646_460_202_654e-2,
            0.166_666_666_816_591_79,
            0.500_000_001_349_817_8,
        ],
    );
    (f64::from_bits((bits << 52).wrapping_add(ONE)), r + r * r * q)
}

/// e^x, for |x| up to 700.
#[inline(always)]
pub(super) fn exp_within(x: f64) -> f64 {
    let (power, p) = exp_parts(x);
    power + power * p
}

/// e^x, for |x| up to 700, with an error of 8e-9: an eighth of a unit in the last place of `f32`, in fewer steps.
#[inline(always)]
pub(super) fn exp_brief(x: f64) -> f64 {
    let (n, bits) = nearest(x * LOG2_E);
    let r = x - n * LN_2;
    let q = polynomial(
        r,
        [
            1.392_617_611_993_558e-3,
            8.363_173_074_513_711e-3,
            4.166_655_466_205_053_4e-2,
            0.166_665_770_255_979_9,
            0.5,
        ],
    );
    ((1.0 + r) + r * r * q) * f64::from_bits((bits << 52).wrapping_add(ONE))
}

/// e^x.
#[inline(always)]
pub(super) fn exp_wide(x: f64) -> f64 {
    exp_within(exp_bounds(x))
}

/// e^x - 1.
#[inline(always)]
pub(super) fn exp_m1_wide(x: f64) -> f64 {
    let (power, p) = exp_parts(exp_bounds(x));
    (power - 1.0) + power * p
}

/// Splits a positive normal u into 2ⁿ m, with m within √½ to √2. Returns n, m, and the bits of the exponent of 2ⁿ.
#[inline(always)]
pub(super) fn binary_parts(u: f64) -> (f64, f64, u64) {
    const EXPONENT: u64 = 0xfff << 52;
    const TWO_52: f64 = 4_503_599_627_370_496.0;
    // The exponent of `shifted` is n, with the bias 1023.
    let shifted = u.to_bits().wrapping_add(ONE - FRAC_1_SQRT_2.to_bits());
    let bits = shifted & EXPONENT;
    let n = f64::from_bits((shifted >> 52) | TWO_52.to_bits()) - (TWO_52 + 1023.0);
    (n, f64::from_bits(u.to_bits().wrapping_sub(bits).wrapping_add(ONE)), bits)
}

/// n ln 2 + ln(1 + r), for r within √½ - 1 to √2 - 1.
#[inline(always)]
fn ln_of_parts(n: f64, r: f64) -> f64 {
    // The polynomial q, with an error of 2.7e-9.
    let q = polynomial(
        r,
        [
            6.971_611_471_451_178e-2,
            -0.114_797_338_466_376_35,
            0.116_854_199_234_867_4,
            -0.124_256_873_314_511_06,
            0.142_490_576_456_974_8,
            -0.166_678_023_195_012_54,
            0.200_007_157_488_921,
            -0.249_999_969_579_508_82,
            0.333_333_311_800_300_46,
        ],
    );
    let square = r * r;
    n * LN_2 + (r - 0.5 * square + r * square * q)
}

/// ln u of a positive, finite and normal u.
#[inline(always)]
pub(super) fn ln_normal(u: f64) -> f64 {
    let (n, m, _) = binary_parts(u);
    ln_of_parts(n, m - 1.0)
}

/// ln(u + c) of a positive, finite and normal u, where c is the rounding error of u.
#[inline(always)]
fn ln_corrected(u: f64, c: f64) -> f64 {
    let (n, m, bits) = binary_parts(u);
    ln_of_parts(n, (m - 1.0) + c * f64::from_bits((2 * ONE).wrapping_sub(bits)))
}

/// ln(u + c) of any u, with the special cases of a logarithm: 0, infinity, NaN and negative numbers.
#[inline(always)]
pub(super) fn ln_wide(u: f64, c: f64) -> f64 {
    let y = ln_corrected(u, c);
    let y = if u == f64::INFINITY { u } else { y };
    let y = if u == 0.0 { f64::NEG_INFINITY } else { y };
    // The comparison is false for NaN.
    if u >= 0.0 { y } else { f64::NAN }
}

/// ln(1 + x) of a finite x that is 0 or more.
#[inline(always)]
pub(super) fn ln_1p_normal(x: f64) -> f64 {
    let u = 1.0 + x;
    ln_corrected(u, x - (u - 1.0))
}

/// ln(1 + x).
#[inline(always)]
pub(super) fn ln_1p_wide(x: f64) -> f64 {
    let u = 1.0 + x;
    ln_wide(u, x - (u - 1.0))
}
