//! Elementary functions of `f32` without calls or branches: a loop over them becomes SIMD.
//!
//! The polynomials are those of Cephes (Moshier, 1992). No step is fused, so that every level of the
//! processor gives the same bits.

/// The polynomial with these coefficients, highest power first, by Horner's rule.
#[inline(always)]
fn polynomial<const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    let mut sum = coefficients[0];
    for coefficient in &coefficients[1..] {
        sum = sum * x + coefficient;
    }
    sum
}

/// `2^n` for n within -126 to 127.
#[inline(always)]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) as u32).wrapping_shl(23))
}

/// `e^x`, to 2 units in the last place; NaN stays NaN.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    /// Above 2^22 a number has no fraction: to add this rounds to the nearest whole number.
    const WHOLE: f32 = 1.5 * 8_388_608.0;
    // What is beyond is infinite, or 0. (A comparison with NaN is false, and leaves it.)
    let x = if x > 89.0 { 89.0 } else { x };
    let x = if x < -104.0 { -104.0 } else { x };

    // e^x = 2^n e^r with |r| <= ln 2 / 2; ln 2 in two parts, of which n times the larger is exact.
    let shifted = x * std::f32::consts::LOG2_E + WHOLE;
    let n = shifted - WHOLE;
    let r = x - n * (355.0 / 512.0) - n * -2.121_944_4e-4;
    let p = polynomial(
        r,
        [1.987_569_1e-4, 1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_65, 0.5],
    );
    let e_r = p * (r * r) + r + 1.0;

    // In two steps: 2^n alone may be infinite, or 0, where the product isn't.
    let n = shifted.to_bits().wrapping_sub(WHOLE.to_bits()) as i32;
    let half = n >> 1;
    e_r * power_of_two(half) * power_of_two(n.wrapping_sub(half))
}

/// The hyperbolic tangent, to 3 units in the last place; NaN stays NaN.
#[inline(always)]
pub(super) fn tanh(x: f32) -> f32 {
    let size = x.abs();
    // Near 0 a polynomial, which keeps the digits that a difference from 1 would lose.
    let square = x * x;
    let p = polynomial(
        square,
        [-5.704_988_7e-3, 2.063_909e-2, -5.373_971_6e-2, 0.133_314_42, -0.333_332_8],
    );
    let near = p * square * size + size;
    let far = 1.0 - 2.0 / (exp(size + size) + 1.0);
    (if size < 0.625 { near } else { far }).copysign(x)
}

#[cfg(test)]
mod tests {
    use super::{exp, tanh};

    /// The largest error of `f` over numbers of all sizes up to `largest`, in units in the last place.
    #[allow(clippy::cast_possible_truncation, reason = "rounding is what is measured")]
    fn worst(f: fn(f32) -> f32, exact: fn(f64) -> f64, largest: f32) -> f64 {
        let mut worst = 0.0f64;
        for bits in (0..largest.to_bits()).step_by(997) {
            for x in [f32::from_bits(bits), -f32::from_bits(bits)] {
                let exact = exact(f64::from(x));
                let rounded = (exact as f32).abs().max(f32::MIN_POSITIVE);
                let unit = f64::from(rounded.next_up() - rounded);
                worst = worst.max((f64::from(f(x)) - exact).abs() / unit);
            }
        }
        worst
    }

    #[test]
    fn the_exponential_is_right_to_two_units_in_the_last_place() {
        let worst = worst(exp, f64::exp, 88.7);
        assert!(worst < 2.0, "{worst} units in the last place");
    }

    #[test]
    fn the_hyperbolic_tangent_is_right_to_three_units_in_the_last_place() {
        let worst = worst(tanh, f64::tanh, 100.0);
        assert!(worst < 3.0, "{worst} units in the last place");
    }

    #[test]
    fn at_the_ends_they_are_exact() {
        assert_eq!([0.0, -0.0].map(exp), [1.0, 1.0]);
        assert_eq!([88.8, 1e30, f32::INFINITY].map(exp), [f32::INFINITY; 3]);
        assert_eq!([-104.0, -1e30, f32::NEG_INFINITY].map(exp), [0.0; 3]);
        // Below the smallest normal number there are still some.
        assert!(exp(-88.0) > 0.0 && exp(-100.0) > 0.0 && exp(88.7).is_finite());
        assert_eq!([20.0, 1e30, f32::INFINITY].map(tanh), [1.0; 3]);
        assert_eq!([-20.0, -1e30, f32::NEG_INFINITY].map(tanh), [-1.0; 3]);
        assert!(tanh(-0.0).is_sign_negative() && tanh(-0.0) == 0.0);
        assert!(exp(f32::NAN).is_nan() && tanh(f32::NAN).is_nan());
    }
}
