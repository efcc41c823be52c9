//! Elementary functions in f64 with the same bits on all machines, for the distributions of `double`.

use std::f64::consts::FRAC_1_SQRT_2;

/// The natural logarithm of a positive normal number: `ln m + e ln 2`, with m from √½ to √2.
pub(super) fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let half = f64::from_bits(bits & 0x000f_ffff_ffff_ffff | 0.5f64.to_bits());
    let small = half < FRAC_1_SQRT_2;
    let m = if small { 2.0 * half } else { half };
    #[allow(clippy::cast_precision_loss, reason = "at most 1024")]
    let e = ((bits >> 52) as i64 - 1022 - i64::from(small)) as f64;
    // ln m = 2 artanh(s) with s = (m - 1) / (m + 1), a series in s² <= 0.0295.
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let square = s * s;
    let mut tail = 0.0f64;
    for k in (1..=11).rev() {
        tail = tail.mul_add(square, 1.0 / f64::from(2 * k + 1));
    }
    // The high part of ln 2 has few bits, so that its product with e is exact.
    const HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
    const LOW: f64 = 1.908_214_929_270_587_7e-10;
    e.mul_add(HIGH, 2.0 * s + e.mul_add(LOW, 2.0 * s * square * tail))
}

/// `ln(1 + x)` for x in (−1, 0].
pub(super) fn ln_1p(x: f64) -> f64 {
    let sum = 1.0 + x;
    // The factor makes up for the digits of x that the sum loses.
    if sum == 1.0 { x } else { ln(sum) * (x / (sum - 1.0)) }
}

/// `e^x` for x in [−36, 0].
pub(super) fn exp(x: f64) -> f64 {
    let part = x / 64.0;
    let series = (1..=20).rev().fold(1.0, |sum, k| 1.0 + sum * part / f64::from(k));
    (0..6).fold(series, |power, _| power * power)
}

/// The error function: its Taylor series near 0, a continued fraction of its complement elsewhere.
pub(super) fn erf(x: f64) -> f64 {
    const FACTOR: f64 = std::f64::consts::FRAC_2_SQRT_PI;
    let size = x.abs();
    let value = if size < 2.0 {
        let (mut term, mut sum) = (size, size);
        for n in 1..60 {
            term *= -size * size / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        FACTOR * sum
    } else if size < 6.0 {
        let fraction = (1..=80).rev().fold(size, |tail, k| size + f64::from(k) / 2.0 / tail);
        1.0 - exp(-size * size) * FACTOR / 2.0 / fraction
    } else {
        1.0
    };
    value.copysign(x)
}

/// The polynomial with these coefficients, highest power first.
fn polynomial<const N: usize>(x: f64, coefficients: [f64; N]) -> f64 {
    coefficients[1..].iter().fold(coefficients[0], |sum, &next| sum.mul_add(x, next))
}

/// The x with `erf(x) = y`, for y in [−1, 1], by Giles's polynomials in `w = -ln(1 - y²)`.
#[allow(clippy::excessive_precision, reason = "as published")]
pub(super) fn erf_inv(y: f64) -> f64 {
    const MIDDLE: [f64; 23] = [
        -3.6444120640178196996e-21,
        -1.685059138182016589e-19,
        1.2858480715256400167e-18,
        1.115787767802518096e-17,
        -1.333171662854620906e-16,
        2.0972767875968561637e-17,
        6.6376381343583238325e-15,
        -4.0545662729752068639e-14,
        -8.1519341976054721522e-14,
        2.6335093153082322977e-12,
        -1.2975133253453532498e-11,
        -5.4154120542946279317e-11,
        1.051212273321532285e-09,
        -4.1126339803469836976e-09,
        -2.9070369957882005086e-08,
        4.2347877827932403518e-07,
        -1.3654692000834678645e-06,
        -1.3882523362786468719e-05,
        0.0001867342080340571352,
        -0.00074070253416626697512,
        -0.0060336708714301490533,
        0.24015818242558961693,
        1.6536545626831027356,
    ];
    const TAIL: [f64; 19] = [
        2.2137376921775787049e-09,
        9.0756561938885390979e-08,
        -2.7517406297064545428e-07,
        1.8239629214389227755e-08,
        1.5027403968909827627e-06,
        -4.013867526981545969e-06,
        2.9234449089955446044e-06,
        1.2475304481671778723e-05,
        -4.7318229009055733981e-05,
        6.8284851459573175448e-05,
        2.4031110387097893999e-05,
        -0.0003550375203628474796,
        0.00095328937973738049703,
        -0.0016882755560235047313,
        0.0024914420961078508066,
        -0.0037512085075692412107,
        0.005370914553590063617,
        1.0052589676941592334,
        3.0838856104922207635,
    ];
    const FAR: [f64; 17] = [
        -2.7109920616438573243e-11,
        -2.5556418169965252055e-10,
        1.5076572693500548083e-09,
        -3.7894654401267369937e-09,
        7.6157012080783393804e-09,
        -1.4960026627149240478e-08,
        2.9147953450901080826e-08,
        -6.7711997758452339498e-08,
        2.2900482228026654717e-07,
        -9.9298272942317002539e-07,
        4.5260625972231537039e-06,
        -1.9681778105531670567e-05,
        7.5995277030017761139e-05,
        -0.00021503011930044477347,
        -0.00013871931833623122026,
        1.0103004648645343977,
        4.8499064014085844221,
    ];
    if y.abs() >= 1.0 {
        return f64::INFINITY.copysign(y);
    }
    let w = -ln_1p(-y * y);
    y * match w {
        _ if w < 6.25 => polynomial(w - 3.125, MIDDLE),
        _ if w < 16.0 => polynomial(w.sqrt() - 3.25, TAIL),
        _ => polynomial(w.sqrt() - 5.0, FAR),
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::{LN_2, SQRT_2};

    use super::*;

    #[test]
    fn functions_are_accurate_to_the_last_bits() {
        for i in 1..2000 {
            let x = f64::from(i) * 0.01;
            assert!((ln(x) - x.ln()).abs() <= 4e-16 * x.ln().abs().max(1.0), "ln {x}");
            let y = -f64::from(i) / 2000.0;
            assert!((ln_1p(y) - y.ln_1p()).abs() <= 6e-16 * y.ln_1p().abs(), "ln_1p {y}");
            let x = -f64::from(i) * 0.018;
            assert!((exp(x) - x.exp()).abs() <= 3e-14 * x.exp(), "exp {x}");
        }
        assert_eq!(ln_1p(-1e-300), -1e-300);
        assert!((ln(2.0) - LN_2).abs() < 2e-16);
        // Abramowitz and Stegun, and Wolfram's tables.
        for (x, y) in [
            (0.5, 0.520_499_877_813_046_5),
            (SQRT_2, 0.954_499_736_103_641_6),
            (2.0, 0.995_322_265_018_952_7),
            (3.0, 0.999_977_909_503_001_4),
            (7.0, 1.0),
        ] {
            assert!((erf(x) - y).abs() < 1e-15 && erf(-x) == -erf(x), "{x}: {}", erf(x));
        }
    }

    #[test]
    fn erf_inv_undoes_erf() {
        for i in -300..=300 {
            let x = f64::from(i) * 0.01;
            let error = 1e-15 * (1.0 + (x * x).exp());
            assert!((erf_inv(erf(x)) - x).abs() <= error, "{x}");
        }
        assert_eq!([-1.0, 1.0].map(erf_inv), [f64::NEG_INFINITY, f64::INFINITY]);
    }
}
