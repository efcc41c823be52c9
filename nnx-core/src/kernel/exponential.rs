//! e^x and tanh x as a few multiplications and additions, which the compiler turns into vector
//! instructions; the system's functions take one number at a time, in a call.
//!
//! `f32` is computed here, to within two units in the last place, and the same on every machine. `f64` is
//! there to check gradients, and goes to the system's functions, which know all its digits.

use super::Float;

/// `e^x`.
#[inline(always)]
pub(crate) fn exp<E: Float>(x: E) -> E {
    of_f32(x, exp_f32, E::exp)
}

/// The hyperbolic tangent.
#[inline(always)]
pub(crate) fn tanh<E: Float>(x: E) -> E {
    of_f32(x, tanh_f32, E::tanh)
}

/// `1 / (1 + e^-x)`.
#[inline(always)]
pub(crate) fn sigmoid<E: Float>(x: E) -> E {
    // e to the power of a negative number only: neither side overflows.
    let e = exp(-x.abs());
    let above = if x < E::ZERO { e } else { E::ONE };
    above / (E::ONE + e)
}

/// `narrow` for `f32`, `wide` for `f64`. The conversions are exact, and leave no instruction.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "an f32 was made an f64 just before")]
fn of_f32<E: Float>(x: E, narrow: impl Fn(f32) -> f32, wide: impl Fn(E) -> E) -> E {
    if const { size_of::<E>() == 4 } {
        E::from_f64(f64::from(narrow(x.to_f64() as f32)))
    } else {
        wide(x)
    }
}

/// e^x = 2^n e^r, where n is the whole number next to x / ln 2 and r = x - n ln 2, within ± ln 2 / 2.
#[inline(always)]
#[allow(clippy::cast_sign_loss, clippy::excessive_precision, reason = "bits of numbers")]
fn exp_f32(x: f32) -> f32 {
    // From here on a number this large has no digits behind the point: adding it rounds.
    const ROUND: f32 = 12_582_912.0;
    // ln 2 in two parts, of which n times the first is exact.
    const LN_2: [f32; 2] = [0.693_359_375, -2.121_944_4e-4];
    // Beyond these e^x is 0 and infinite. A NaN stays.
    let x = if x < -104.0 { -104.0 } else { x };
    let x = if x > 89.0 { 89.0 } else { x };
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = (x - n * LN_2[0]) - n * LN_2[1];
    // 1 + r + r² q(r), with q fitted to 1e-8 at Chebyshev's points.
    let q = 1.393_373_3e-3_f32;
    let q = q * r + 8.363_235e-3;
    let q = q * r + 4.166_646_4e-2;
    let q = q * r + 0.166_665_77;
    let q = q * r + 0.5;
    let e = q * (r * r) + r + 1.0;
    // 2^n in two factors, each a number also where the product is subnormal or infinite.
    let n = (rounded.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32);
    let power = |n: i32| f32::from_bits((n.wrapping_add(127) as u32) << 23);
    let half = n >> 1;
    e * power(half) * power(n.wrapping_sub(half))
}

/// x + x³ q(x²) near 0, where the other form would lose digits: 1 - 2 / (e^2|x| + 1), with the sign of x.
#[inline(always)]
#[allow(clippy::excessive_precision, reason = "as they were fitted")]
fn tanh_f32(x: f32) -> f32 {
    let square = x * x;
    // Fitted to 2e-9 at Chebyshev's points of 0 to 0.65².
    let q = 2.218_362_8e-3_f32;
    let q = q * square - 8.276_126e-3;
    let q = q * square + 2.174_755e-2;
    let q = q * square - 5.395_655_7e-2;
    let q = q * square + 0.133_332_92;
    let q = q * square - 0.333_333_33;
    let near = x + x * (square * q);
    let far = 1.0 - 2.0 / (exp_f32(2.0 * x.abs()) + 1.0);
    // A zero keeps its sign, too.
    (if x.abs() < 0.65 { near } else { far }).copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of all magnitudes and both signs, and those between them in steps.
    fn numbers() -> impl Iterator<Item = f32> {
        let steps = (-110_000..110_000).map(|i| i as f32 / 1000.0);
        let bits = (0..u32::MAX - 10_000).step_by(9_973).map(f32::from_bits);
        steps.chain(bits.filter(|x| !x.is_nan()))
    }

    /// How many numbers of type f32 lie between two of the same sign.
    fn apart(a: f32, b: f32) -> u32 {
        a.to_bits().abs_diff(b.to_bits())
    }

    fn check(fast: fn(f32) -> f32, exact: fn(f64) -> f64) {
        for x in numbers() {
            let (found, expected) = (fast(x), exact(f64::from(x)) as f32);
            assert!(apart(found, expected) <= 2, "of {x:e}: {found:e}, expected {expected:e}");
        }
    }

    #[test]
    fn they_are_right_to_two_units_in_the_last_place() {
        check(exp::<f32>, f64::exp);
        check(tanh::<f32>, f64::tanh);
    }

    #[test]
    fn the_ends_and_nan() {
        for (x, e) in [(f32::INFINITY, f32::INFINITY), (f32::NEG_INFINITY, 0.0), (0.0, 1.0)] {
            assert_eq!(exp(x), e);
            assert_eq!(tanh(x), x.tanh());
        }
        assert_eq!(tanh(-0.0f32).to_bits(), (-0.0f32).to_bits());
        assert_eq!([-1e30f32, 0.0, 1e30].map(sigmoid), [0.0, 0.5, 1.0]);
        assert!(sigmoid(-89.0f32) > 0.0);
        assert!(exp(f32::NAN).is_nan() && tanh(f32::NAN).is_nan() && sigmoid(f32::NAN).is_nan());
    }

    #[test]
    fn vector_instructions_give_the_same_bits() {
        let x: Vec<f32> = numbers().step_by(31).collect();
        let mut vectors = vec![0.0; x.len()];
        super::super::elementwise::map(&x, &mut vectors, |x| exp(x) + tanh(x));
        for (&x, y) in x.iter().zip(vectors) {
            assert_eq!(y.to_bits(), (exp(x) + tanh(x)).to_bits(), "of {x:e}");
        }
    }
}
