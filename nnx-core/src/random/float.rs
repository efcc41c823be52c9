//! The mathematical functions of the distributions, in f32 and rounded as in JAX.
//!
//! To equal JAX bit for bit, a function must evaluate the same polynomials in the same order, with fused
//! multiply-adds where XLA's CPU compiler uses them. The polynomials are Cephes's logarithms, Giles's inverse error
//! function ("Approximating the erfinv function", 2012) and Eigen's error function.

/// `a·b + c`, rounded once as an FMA instruction does.
///
/// The product of two f32 is exact in f64. The sum is rounded to f64 and then to f32. That differs from a single
/// rounding only if the first result is exactly between two f32, about once in 10⁹. Unlike `f32::mul_add`, this is
/// fast on CPUs without FMA, and the compiler vectorizes it. It vectorizes the functions below, too, if they are
/// inlined.
#[inline]
pub(super) fn fma(a: f32, b: f32, c: f32) -> f32 {
    (f64::from(a) * f64::from(b) + f64::from(c)) as f32
}

/// The polynomial with these coefficients, highest power first, by Horner's rule.
#[inline]
fn polynomial<const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    let mut sum = coefficients[0];
    for coefficient in &coefficients[1..] {
        sum = fma(sum, x, *coefficient);
    }
    sum
}

/// The natural logarithm of a positive normal float.
#[inline(always)]
pub(super) fn ln(x: f32) -> f32 {
    const MANTISSA: u32 = 0x007f_ffff;
    // x = m·2^e with m in [√½, √2), so that m − 1 is small on both sides.
    let bits = x.to_bits();
    let half = f32::from_bits(bits & MANTISSA | 0.5f32.to_bits());
    let low = half < std::f32::consts::FRAC_1_SQRT_2;
    let e = ((bits >> 23) as i32 - 126 - i32::from(low)) as f32;
    let m = if low { half + half - 1.0 } else { half - 1.0 };

    // ln(1 + m) = m − m²/2 + m³·p(m), with p in three parts that don't depend on each other.
    let m2 = m * m;
    let m3 = m2 * m;
    let high = polynomial(m, [0.070376836, -0.1151461, 0.116769984]);
    let middle = polynomial(m, [-0.12420141, 0.14249323, -0.16668057]);
    let low = polynomial(m, [0.20000714, -0.24999994, 0.3333333]);
    let p = fma(fma(high, m3, middle), m3, low);

    // e·ln 2 with ln 2 in two parts. The larger has few bits, so its product with e is exact.
    let tail = fma(p, m3, e * -2.1219444e-4);
    fma(e, 355.0 / 512.0, fma(m2, -0.5, m) + tail)
}

/// `ln(1 + x)` for x in (−1, 1), accurate also where `1 + x` would round x away.
#[inline(always)]
pub(super) fn ln_1p(x: f32) -> f32 {
    let numerator =
        polynomial(x, [4.527e-5, 0.49854103, 6.5787325, 29.911919, 60.94967, 57.112965, 20.039553]);
    let denominator =
        polynomial(x, [1.0, 15.062909, 83.04757, 221.7624, 309.09872, 216.42789, 60.11866]);
    let square = x * x;
    let near = x + fma(square, -0.5, x * square * (numerator / denominator));
    // Computes both branches and selects one, so that the compiler can vectorize loops over this.
    if x.abs() < std::f32::consts::SQRT_2 - 1.0 { near } else { ln(1.0 + x) }
}

/// The error function `erf(x) = 2/√π · ∫₀ˣ exp(−t²) dt`.
pub(super) fn erf(x: f32) -> f32 {
    // Outside of this range the f32 result is ±1.
    let x = x.clamp(-3.832507, 3.832507);
    let square = x * x;
    let numerator = polynomial(
        square,
        [
            2.2905065e-4,
            3.408291e-3,
            0.050955694,
            0.18520832,
            1.128_379_143_519_084_f64 as f32, // near 2/√π, but not its f32
        ],
    );
    let denominator = polynomial(
        square,
        [-1.1791603e-7, 2.3547966e-5, 1.0179626e-3, 0.01407047, 0.11098505, 0.49746925, 1.0],
    );
    x * numerator / denominator
}

/// The x with `erf(x) = y`, for y in [−1, 1]; ±∞ at the ends.
#[inline(always)]
pub(super) fn erf_inv(y: f32) -> f32 {
    // The coefficients for the middle and for the tails, highest power first.
    const MIDDLE: [f32; 9] = [
        2.8102264e-8,
        3.4327394e-7,
        -3.5233877e-6,
        -4.3915065e-6,
        2.1858087e-4,
        -0.001253725,
        -0.0041776816,
        0.24664073,
        1.5014094,
    ];
    const TAIL: [f32; 9] = [
        -2.0021426e-4,
        1.0095056e-4,
        0.0013493432,
        -0.0036734284,
        0.0057395077,
        -0.0076224613,
        0.0094388705,
        1.001674,
        2.8329768,
    ];
    let w = -ln_1p(-y * y);
    let slope =
        if w < 5.0 { polynomial(w - 2.5, MIDDLE) } else { polynomial(w.sqrt() - 3.0, TAIL) };
    y * if y.abs() < 1.0 { slope } else { f32::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fma_rounds_once() {
        // 1 + 2⁻¹² squared is 1 + 2⁻¹¹ + 2⁻²⁴; rounded before the subtraction, the last is lost.
        let x = 1.0 + 2f32.powi(-12);
        assert_eq!(fma(x, x, -1.0 - 2f32.powi(-11)), 2f32.powi(-24));
    }

    #[test]
    fn logarithms_are_accurate_to_the_last_bits() {
        for i in 1..1000 {
            let x = i as f32 * 0.01;
            let exact = f64::from(x).ln();
            assert!((f64::from(ln(x)) - exact).abs() <= 1e-7 * exact.abs().max(0.1), "ln {x}");
        }
        for i in -999..1000 {
            let x = i as f32 * 0.001;
            let exact = f64::from(x).ln_1p();
            assert!((f64::from(ln_1p(x)) - exact).abs() <= 2e-7 * exact.abs(), "ln_1p {x}");
        }
        assert_eq!(ln(f32::MIN_POSITIVE), -126.0 * std::f32::consts::LN_2);
    }

    #[test]
    fn erf_inv_undoes_erf() {
        for i in -250..=250 {
            let x = i as f32 * 0.01;
            // For large x erf is flat, so that an error in its last bits is a large error of x.
            let error = 3e-7 * (1.0 + (x * x).exp());
            assert!((erf_inv(erf(x)) - x).abs() <= error, "{x}");
        }
        assert_eq!([-1.0, 1.0].map(erf_inv), [f32::NEG_INFINITY, f32::INFINITY]);
        assert_eq!([-9.0, 9.0].map(erf), [-1.0, 1.0]);
    }

    #[test]
    fn erf_equals_tabulated_values() {
        // Abramowitz and Stegun, table 7.1.
        for (x, y) in [(0.5, 0.520_499_9), (1.0, 0.842_700_8), (2.0, 0.995_322_3)] {
            assert!((erf(x) - y).abs() < 3e-7, "{x}");
        }
    }
}
