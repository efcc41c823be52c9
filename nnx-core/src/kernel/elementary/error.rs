//! The error function, its complement and its inverse, and the normal distribution.

use super::exponential::{exp_within as exp_narrow, exp2_to_1};
use super::narrow;
use super::wide::{exp_brief, ln_normal, ln_wide, polynomial};

/// erf: x + x q(x²) near 0, and 1 - e^p(|x|) with the sign of x elsewhere, where p approximates ln(1 - erf).
#[inline(always)]
#[allow(clippy::excessive_precision, reason = "as they were fitted")]
pub(super) fn erf(x: f32) -> f32 {
    let size = x.abs();
    // erf(4) rounds to 1. NaN passes through.
    let size = if size > 4.0 { 4.0 } else { size };
    let square = x * x;
    let q = narrow::long_polynomial(
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
    let p = narrow::long_polynomial(
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
    let far = 1.0 - exp_narrow(p);
    (if size < 0.875 { near } else { far }).copysign(x)
}

/// 2^p(|x|) for negative x, where p approximates log₂ Φ(-|x|), and 1 minus that for others.
#[inline(always)]
#[allow(clippy::excessive_precision, reason = "as they were fitted")]
pub(super) fn normal_cdf(x: f32) -> f32 {
    // There p is -127, the exponent whose power is 0 below. NaN passes through.
    let size = x.abs();
    let size = if size > 11.6 { 11.6 } else { size };
    // Up to 6.5, Φ has an absolute error of 1e-8 and a relative one of 7e-6. Beyond, where Φ is below 4e-11, p falls
    // faster than log₂ Φ.
    let p = narrow::longest_polynomial(
        size,
        [
            -2.076_654_8e-8,
            6.674_914e-7,
            -9.097_473e-6,
            6.668_581e-5,
            -2.499_385_4e-4,
            -5.383_488_7e-5,
            7.003_877_3e-3,
            -5.247_436_5e-2,
            -0.459_211_65,
            -1.151_105,
            -1.0,
        ],
    );
    let tail = exp2_to_1(p);
    if x < 0.0 { tail } else { 1.0 - tail }
}

/// Φ in `f64`.
pub(super) fn normal_cdf_f64(x: f64) -> f64 {
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// p(t) e^-x² / (|x| + 1/2) of t = (|x| - 2.6) / (|x| + 2.6), and 2 minus that for negative x.
#[inline(always)]
pub(super) fn erfc(x: f32) -> f32 {
    // erfc(11) rounds to 0. NaN passes through.
    let size = f64::from(x.abs());
    let size = if size > 11.0 { 11.0 } else { size };
    // One division in place of two.
    let (sum, growth) = (size + 2.6, size + 0.5);
    let inverse = 1.0 / (sum * growth);
    // p, for |x| up to 11, with an error of 1.6e-8, and of 0 at x = 0.
    let p = polynomial(
        (size - 2.6) * (growth * inverse),
        [
            0.000_256_799_173_036_611_67,
            0.000_502_273_230_798_507_4,
            -0.002_099_709_970_378_038_3,
            -0.001_605_622_363_775_307_3,
            0.020_480_331_892_461_72,
            -0.054_252_706_193_232_476,
            0.076_490_769_261_505_05,
            -0.043_723_190_008_369_05,
            -0.063_006_376_117_999_99,
            0.631_201_059_573_203_7,
        ],
    );
    let y = (p * (sum * inverse)) * exp_brief(-size * size);
    (if x < 0.0 { 2.0 - y } else { y }) as f32
}

/// The polynomial p of erfinv(x) = x p(w), for w = -ln(1 - x²) up to 5, with an error of 7e-9.
#[inline(always)]
fn near(w: f64) -> f64 {
    polynomial(
        w,
        [
            -8.931_925_968_837_027e-9,
            2.243_043_014_943_932e-7,
            -2.008_271_338_854_478_3e-6,
            4.150_663_234_985_367e-6,
            4.404_880_433_117_254_4e-5,
            -1.265_394_743_215_765e-4,
            -2.335_270_594_860_928_7e-3,
            1.154_916_511_692_312_6e-2,
            0.232_013_712_762_157_18,
            0.886_226_924_201_168_1,
        ],
    )
}

/// w = -ln(1 - x²), the argument of the polynomials of erfinv.
#[inline(always)]
fn depth(x: f64) -> f64 {
    -ln_wide((1.0 - x) * (1.0 + x), 0.0)
}

/// w = -ln(1 - x²) is below 5 for |x| below this.
pub(crate) const NEAR_ERFINV: f64 = 0.9966;

/// erfinv for |x| below `NEAR_ERFINV`. There 1 - x² is a normal number, so its logarithm needs no special cases.
#[inline(always)]
pub(super) fn erfinv_near(x: f32) -> f32 {
    let x = f64::from(x);
    (x * near(-ln_normal((1.0 - x) * (1.0 + x)))) as f32
}

/// erfinv: x p(w), or x times a polynomial in √w for x near ±1.
#[inline(always)]
pub(super) fn erfinv(x: f32) -> f32 {
    let x = f64::from(x);
    let w = depth(x);
    // For w from 5 to 17, which is more than w of the largest float below 1; with an error of 1.4e-8.
    let far = polynomial(
        w.sqrt(),
        [
            1.074_866_142_537_799e-4,
            -3.203_248_566_539_366e-3,
            4.200_726_780_865_763_5e-2,
            -0.317_239_495_559_867_36,
            1.513_637_234_800_623_7,
            -4.697_009_075_607_17,
            9.355_601_360_453_198,
            -11.229_557_731_519_684,
            7.900_841_341_410_841,
            -1.462_324_910_852_151_7,
        ],
    );
    let y = x * if w < 5.0 { near(w) } else { far };
    (if w == f64::INFINITY { w.copysign(x) } else { y }) as f32
}

/// The inverse of the error function in `f64`: Newton steps, starting from the result in `f32`.
pub(super) fn erfinv_f64(x: f64) -> f64 {
    let size = x.abs();
    #[allow(clippy::cast_possible_truncation, reason = "a first approximation")]
    let narrow = erfinv(x as f32);
    // In f32, |x| above 1 - 2^-25 rounds to 1. There the first terms of the asymptotic series are close enough as a
    // start.
    let mut y = match narrow.is_finite() {
        true => f64::from(narrow.abs()),
        false if size < 1.0 => (-(1.0 - size).ln() - 2.2).sqrt(),
        false => return if size == 1.0 { f64::INFINITY.copysign(x) } else { f64::NAN },
    };
    for _ in 0..4 {
        // Near 1 the error is computed with erfc, which keeps the digits that 1 - erf loses.
        let error = if size < 0.5 { libm::erf(y) - size } else { (1.0 - size) - libm::erfc(y) };
        let step = error * (std::f64::consts::FRAC_2_SQRT_PI * (-y * y).exp()).recip();
        // Halley's correction, by the second derivative.
        y -= step / (1.0 + y * step);
    }
    y.copysign(x)
}
