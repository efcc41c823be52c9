//! Floats of 16 bits: IEEE's binary16 (f16), and bfloat16 (bf16), the upper half of an f32.

/// The value of an f16, exactly.
pub(super) fn f16_to_f32(half: u16) -> f32 {
    let sign = u32::from(half & 0x8000) << 16;
    let (exponent, fraction) = (u32::from(half >> 10 & 0x1f), u32::from(half & 0x3ff));
    match exponent {
        // Subnormal: multiples of 2^-24.
        0 => f32::from_bits(sign | (fraction as f32 / 16_777_216.0).to_bits()),
        // Infinite or NaN.
        31 => f32::from_bits(sign | 0xff << 23 | fraction << 13),
        // The bias of exponents is 15 in an f16, and 127 in an f32.
        _ => f32::from_bits(sign | (exponent + 112) << 23 | fraction << 13),
    }
}

/// The value of a bf16, exactly.
pub(super) fn bf16_to_f32(half: u16) -> f32 {
    f32::from_bits(u32::from(half) << 16)
}

/// The nearest f16, of two the even one. From 65520 on it is infinite.
pub(super) fn f16_from(x: f64) -> u16 {
    narrow(x, 5, 10)
}

/// The nearest bf16, of two the even one.
pub(super) fn bf16_from(x: f64) -> u16 {
    narrow(x, 8, 7)
}

/// The nearest float of a format with these bits of exponent and fraction, of two the even one.
fn narrow(x: f64, exponent_bits: i32, fraction_bits: i32) -> u16 {
    let sign = u16::from(x.is_sign_negative()) << 15;
    let infinite = ((1u64 << exponent_bits) - 1) << fraction_bits;
    if x.is_nan() {
        return sign | infinite as u16 | 1 << (fraction_bits - 1);
    }
    let bias = (1 << (exponent_bits - 1)) - 1;
    // The exponent of x, or the lowest exponent of normal numbers of the format: below it they are subnormal.
    let exponent = ((x.to_bits() >> 52 & 0x7ff) as i32 - 1023).max(1 - bias);
    // x in units of the last bit: the product is exact, since they are a power of two.
    let units = (x.abs() * 2f64.powi(fraction_bits - exponent)).round_ties_even() as u64;
    // The leading bit of `units` adds 1 to the exponent, and so does a fraction that is rounded up to a power of two.
    let code = (((exponent + bias - 1) as u64) << fraction_bits).saturating_add(units);
    sign | code.min(infinite) as u16
}

#[cfg(test)]
mod tests {
    use super::{bf16_from, bf16_to_f32, f16_from, f16_to_f32};

    /// The formats with their conversions and the value of a positive code by its definition.
    const FORMATS: [(fn(u16) -> f32, fn(f64) -> u16, i32, i32); 2] =
        [(f16_to_f32, f16_from, 5, 10), (bf16_to_f32, bf16_from, 8, 7)];

    #[test]
    fn every_half_has_the_value_of_its_definition_and_comes_back() {
        for (widen, narrow, exponent_bits, fraction_bits) in FORMATS {
            let bias = (1 << (exponent_bits - 1)) - 1;
            for code in 0..=u16::MAX {
                let (exponent, fraction) =
                    (i32::from(code & 0x7fff) >> fraction_bits, code & ((1 << fraction_bits) - 1));
                let x = widen(code);
                assert_eq!(x.is_sign_negative(), code >> 15 == 1);
                if exponent == (1 << exponent_bits) - 1 {
                    assert_eq!((x.is_infinite(), x.is_nan()), (fraction == 0, fraction != 0));
                } else {
                    let leading = if exponent == 0 { 0.0 } else { 1.0 };
                    let fraction = leading + f64::from(fraction) / 2f64.powi(fraction_bits);
                    let expected = fraction * 2f64.powi(exponent.max(1) - bias);
                    assert_eq!(f64::from(x.abs()), expected, "{code:x}");
                }
                if !x.is_nan() {
                    assert_eq!(narrow(f64::from(x)), code);
                }
            }
            assert!(widen(narrow(f64::NAN)).is_nan());
        }
    }

    #[test]
    fn numbers_between_two_halves_become_the_nearer_or_the_even_one() {
        for (widen, narrow, exponent_bits, fraction_bits) in FORMATS {
            let infinite = ((1u16 << exponent_bits) - 1) << fraction_bits;
            for code in 0..infinite - 1 {
                let (a, b) = (f64::from(widen(code)), f64::from(widen(code + 1)));
                let middle = a.midpoint(b);
                let even = if code % 2 == 0 { code } else { code + 1 };
                assert_eq!(narrow(middle), even);
                assert_eq!(narrow(middle.next_down()), code);
                assert_eq!(narrow(middle.next_up()), code + 1);
                assert_eq!(narrow(-middle), even | 0x8000);
            }
            // Beyond the largest finite number, rounding is as if infinity were the next number.
            let largest = f64::from(widen(infinite - 1));
            let step = largest - f64::from(widen(infinite - 2));
            assert_eq!(narrow(largest + step / 2.0), infinite);
            assert_eq!(narrow((largest + step / 2.0).next_down()), infinite - 1);
            assert_eq!(narrow(f64::INFINITY), infinite);
            assert_eq!(narrow(f64::MAX), infinite);
            assert_eq!(narrow(f64::MIN_POSITIVE / 4.0), 0);
        }
    }
}
