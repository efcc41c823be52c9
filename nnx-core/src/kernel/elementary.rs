//! Elementary functions of `f32` as short sequences of multiplications and additions, which the compiler
//! auto-vectorizes. The functions of the C library take one scalar per call.
//!
//! | function | error in units in the last place |
//! |---|---|
//! | `exp`, `ln`, `tanh` | 2 |
//! | `erf` | 3 |
//!
//! No step is fused, so every ISA level gives the same bits. The polynomials were fitted at Chebyshev
//! nodes. `f64`, which serves to check gradients, calls the standard library (libm for `erf`) for full
//! accuracy.

use super::Float;

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

/// The polynomial with these coefficients, highest power first (Horner's scheme).
#[inline(always)]
fn polynomial<const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    coefficients.into_iter().reduce(|sum, coefficient| sum * x + coefficient).unwrap_or(0.0)
}

/// ln 2 as hi + lo (Cody and Waite): hi times an integer up to 2^12 is exact.
const LN_2: [f32; 2] = [355.0 / 512.0, -2.121_944_4e-4];

/// e^x = 2^n e^r, where n is the integer nearest to x / ln 2 and r = x - n ln 2 is within ± ln 2 / 2.
#[inline(always)]
#[allow(clippy::cast_sign_loss, clippy::excessive_precision, reason = "bits of numbers")]
pub(super) fn exp(x: f32) -> f32 {
    // A float this large has no fraction bits: adding it rounds to an integer.
    const ROUND: f32 = 12_582_912.0;
    // Outside of these bounds e^x is 0 or infinite. NaN passes through.
    let x = if x < -104.0 { -104.0 } else { x };
    let x = if x > 89.0 { 89.0 } else { x };
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = (x - n * LN_2[0]) - n * LN_2[1];
    // 1 + r + r² q(r), with an error of 1e-8.
    let q = polynomial(r, [1.393_373_3e-3, 8.363_235e-3, 4.166_646_4e-2, 0.166_665_77, 0.5]);
    let e = q * (r * r) + r + 1.0;
    // 2^n in two factors, each of them finite and normal even if e^x is subnormal or infinite.
    let n = (rounded.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32);
    let power = |n: i32| f32::from_bits((n.wrapping_add(127) as u32) << 23);
    let half = n >> 1;
    e * power(half) * power(n.wrapping_sub(half))
}

/// x + x³ q(x²) near 0, where the other formula cancels; else 1 - 2 / (e^2|x| + 1) with the sign of x.
#[inline(always)]
#[allow(clippy::excessive_precision, reason = "as they were fitted")]
pub(super) fn tanh(x: f32) -> f32 {
    let square = x * x;
    // For x² up to 0.65², with an error of 2e-9.
    let q = polynomial(
        square,
        [2.218_362_8e-3, -8.276_126e-3, 2.174_755e-2, -5.395_655_7e-2, 0.133_332_92, -0.333_333_33],
    );
    let near = x + x * (square * q);
    let far = 1.0 - 2.0 / (exp(2.0 * x.abs()) + 1.0);
    // `copysign` also keeps the sign of zero.
    (if x.abs() < 0.65 { near } else { far }).copysign(x)
}

/// ln x = ln m + n ln 2 with x = 2^n m, where m is within √½ to √2: r - r²/2 + r³ q(r) of r = m - 1.
#[inline(always)]
#[allow(clippy::excessive_precision, reason = "as they were fitted")]
pub(super) fn ln(x: f32) -> f32 {
    // A subnormal input is scaled by 2^23, which makes it normal.
    let (scaled, shift) = if x < f32::MIN_POSITIVE { (x * 8_388_608.0, -23.0) } else { (x, 0.0) };
    let bits = scaled.to_bits();
    let exponent = (bits.wrapping_sub(std::f32::consts::FRAC_1_SQRT_2.to_bits()) as i32) >> 23;
    let r = f32::from_bits(bits.wrapping_sub((exponent as u32) << 23)) - 1.0;
    let n = exponent as f32 + shift;
    // With an error of 1.8e-9.
    let q = polynomial(
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
    );
    let square = r * r;
    let y = (r * square * q + n * LN_2[1]) - 0.5 * square;
    let y = (r + y) + n * LN_2[0];
    let y = if x == f32::INFINITY { x } else { y };
    let y = if x == 0.0 { f32::NEG_INFINITY } else { y };
    // False for NaN.
    if x >= 0.0 { y } else { f32::NAN }
}

/// x + x q(x²) near 0, and 1 - e^p(|x|) with the sign of x elsewhere, where p approximates ln(1 - erf).
#[inline(always)]
#[allow(clippy::excessive_precision, reason = "as they were fitted")]
pub(super) fn erf(x: f32) -> f32 {
    let size = x.abs();
    // erf(4) rounds to 1. NaN passes through.
    let size = if size > 4.0 { 4.0 } else { size };
    let square = x * x;
    let q = polynomial(
        square,
        [
            8.694_667_8e-5,
            -8.215_559_8e-4,
            5.207_134_3e-3,
            -2.686_173_98e-2,
            0.112_837_358,
            -0.376_126_363,
            0.128_379_167,
        ],
    );
    let p = polynomial(
        size,
        [
            1.605_432_1e-6,
            -4.541_504_3e-5,
            5.912_453_7e-4,
            -4.732_866_1e-3,
            2.634_317_9e-2,
            -0.109_939_169,
            -0.631_979_888,
            -1.130_140_87,
            2.966_650_3e-4,
        ],
    );
    let near = x + x * q;
    let far = 1.0 - exp(p);
    (if size < 0.875 { near } else { far }).copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of every exponent and both signs, and an even grid.
    fn inputs() -> impl Iterator<Item = f32> {
        let steps = (-110_000..110_000).map(|i| i as f32 / 1000.0);
        let mantissas = (0..=u32::from(u8::MAX)).flat_map(|exponent| {
            let inside = (0..0x80_0000).step_by(20_011).chain([1, 0x7f_ffff]);
            inside.map(move |mantissa| f32::from_bits(exponent << 23 | mantissa))
        });
        let both = mantissas.flat_map(|x| [x, -x]);
        steps.chain(both.filter(|x| !x.is_nan()))
    }

    /// The number of floats between two of the same sign.
    fn apart(a: f32, b: f32) -> u32 {
        a.to_bits().abs_diff(b.to_bits())
    }

    fn check(fast: fn(f32) -> f32, exact: fn(f64) -> f64, units: u32) {
        for x in inputs() {
            let (found, expected) = (fast(x), exact(f64::from(x)) as f32);
            let same = found.is_nan() && expected.is_nan();
            assert!(
                same || apart(found, expected) <= units,
                "of {x:e}: {found:e}, expected {expected:e}"
            );
        }
    }

    #[test]
    fn errors_are_within_the_documented_units_in_the_last_place() {
        check(exp, f64::exp, 2);
        check(tanh, f64::tanh, 2);
        check(ln, f64::ln, 2);
        check(erf, libm::erf, 3);
    }

    #[test]
    fn infinities_zeros_and_nan() {
        for (x, e) in [(f32::INFINITY, f32::INFINITY), (f32::NEG_INFINITY, 0.0), (0.0, 1.0)] {
            assert_eq!(exp(x), e);
            assert_eq!(tanh(x), x.tanh());
        }
        for odd in [tanh, erf] {
            assert_eq!(odd(-0.0).to_bits(), (-0.0f32).to_bits());
            assert_eq!([-1e30, f32::INFINITY].map(odd), [-1.0, 1.0]);
        }
        assert_eq!(
            [0.0, -0.0, 1.0, f32::INFINITY].map(ln)[..3],
            [f32::NEG_INFINITY, f32::NEG_INFINITY, 0.0]
        );
        assert!(ln(f32::INFINITY) == f32::INFINITY && ln(-1.0).is_nan() && ln(-1e-40).is_nan());
        assert_eq!([-1e30f32, 0.0, 1e30].map(sigmoid), [0.0, 0.5, 1.0]);
        assert!(sigmoid(-89.0f32) > 0.0);
        for f in [exp, tanh, ln, erf, sigmoid] {
            assert!(f(f32::NAN).is_nan());
        }
    }

    #[test]
    fn simd_gives_the_same_bits() {
        let all =
            |x: f32| [exp(x), tanh(x), ln(x), erf(x)].map(|y| if y.is_nan() { 0.0 } else { y });
        let x: Vec<f32> = inputs().step_by(7).collect();
        let mut vectors = vec![0.0; x.len()];
        for i in 0..4 {
            super::super::elementwise::map(&x, &mut vectors, |x| all(x)[i]);
            for (&x, y) in x.iter().zip(&vectors) {
                assert_eq!(y.to_bits(), all(x)[i].to_bits(), "of {x:e}");
            }
        }
    }
}
