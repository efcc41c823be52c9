//! Trigonometric functions and their inverses.

use std::f64::consts::{FRAC_1_PI, FRAC_2_PI, FRAC_PI_2, FRAC_PI_4, PI};

use super::wide::{flip_sign, nearest, polynomial};

/// `sin_near`, `cos_near` and `tan_near` are valid for |x| up to this.
pub(crate) const NEAR: f64 = 4_194_304.0;

/// π as hi + lo: hi has 29 bits, so its product with an integer up to 2^24 is exact.
const PI_PARTS: [f64; 2] = [
    f64::from_bits(PI.to_bits() & !0xff_ffff),
    PI - f64::from_bits(PI.to_bits() & !0xff_ffff) + 1.224_646_799_147_353_2e-16,
];

/// sin r = r + r³ q(r²), for |r| up to π / 2.
#[inline(always)]
fn sin_reduced(r: f64) -> f64 {
    let square = r * r;
    // The polynomial q, with an error of 1.1e-10.
    let q = polynomial(
        square,
        [
            -2.408_009_508_712_168_8e-8,
            2.753_645_944_364_607e-6,
            -1.984_108_650_700_057e-4,
            8.333_332_768_529_359e-3,
            -0.166_666_666_638_798_5,
        ],
    );
    r + r * square * q
}

/// sin x = ± sin r, where r = x - k π and k is the integer nearest to x / π.
#[inline(always)]
pub(super) fn sin_near(x: f32) -> f32 {
    let wide = f64::from(x);
    let (k, bits) = nearest(wide * FRAC_1_PI);
    let r = (wide - k * PI_PARTS[0]) - k * PI_PARTS[1];
    let y = flip_sign(sin_reduced(r), bits) as f32;
    // `copysign` keeps the sign of zero.
    if x == 0.0 { x } else { y }
}

/// cos x = ± sin r, where r = x - k π and k is the nearest to x / π of the integers plus a half.
#[inline(always)]
pub(super) fn cos_near(x: f32) -> f32 {
    let wide = f64::from(x);
    let (k, bits) = nearest(wide * FRAC_1_PI - 0.5);
    let k = k + 0.5;
    let r = (wide - k * PI_PARTS[0]) - k * PI_PARTS[1];
    flip_sign(sin_reduced(r), !bits) as f32
}

/// t = tan r or -1 / t, where r = x - k π / 2 and k is the integer nearest to 2 x / π.
#[inline(always)]
pub(super) fn tan_near(x: f32) -> f32 {
    let wide = f64::from(x);
    let (k, bits) = nearest(wide * FRAC_2_PI);
    let r = (wide - k * (PI_PARTS[0] / 2.0)) - k * (PI_PARTS[1] / 2.0);
    let square = r * r;
    // tan r = r + r³ q(r²), with an error of 4e-10.
    let q = polynomial(
        square,
        [
            1.789_472_626_449_566e-3,
            -4.415_010_354_464_529e-7,
            4.425_659_266_571_193e-3,
            8.609_118_222_415_316e-3,
            2.191_070_278_053_220_2e-2,
            5.396_501_346_636_389e-2,
            0.133_333_429_485_378,
            0.333_333_332_869_009_57,
        ],
    );
    let t = r + r * square * q;
    let odd = bits & 1 == 1;
    let y = if odd { -1.0 } else { t } / if odd { t } else { 1.0 };
    if x == 0.0 { x } else { y as f32 }
}

/// sin(π x) / (π x), and 1 at 0.
#[inline(always)]
pub(super) fn sinc(x: f32) -> f32 {
    let wide = f64::from(x);
    let (k, bits) = nearest(wide);
    // A float of this size is an integer.
    let r = wide - if x.abs() >= 8_388_608.0 { wide } else { k };
    // sin(π r) = π r + r³ q(r²), with an error of 1e-12.
    let q = polynomial(
        r * r,
        [
            4.501_421_955_619_861_5e-4,
            -7.365_910_620_925_244e-3,
            8.214_530_213_453_451e-2,
            -0.599_264_495_119_183_1,
            2.550_164_039_144_904_3,
            -5.167_712_780_047_427,
        ],
    );
    let y = flip_sign(r * PI + r * r * r * q, bits) / (wide * PI);
    let y = if r == 0.0 { 0.0 } else { y };
    if x == 0.0 { 1.0 } else { y as f32 }
}

/// Returns whether x is below 0.5, and asin x if it is, else asin √((1 - x) / 2); for x from 0 to 1.
#[inline(always)]
fn asin_parts(x: f64) -> (bool, f64) {
    let small = x < 0.5;
    let square = if small { x * x } else { 0.5 * (1.0 - x) };
    let s = if small { x } else { square.sqrt() };
    // asin s = s + s³ q(s²), with an error of 1e-9.
    let q = polynomial(
        square,
        [
            3.370_072_632_145_29e-2,
            1.714_371_681_919_352_5e-2,
            3.110_172_782_908_208_3e-2,
            4.459_931_916_286_952e-2,
            7.500_094_761_172_908e-2,
            0.166_666_663_365_404_9,
        ],
    );
    (small, s + s * square * q)
}

/// asin x; for |x| of 0.5 or more it is π / 2 - 2 asin √((1 - |x|) / 2) with the sign of x.
#[inline(always)]
pub(super) fn asin(x: f32) -> f32 {
    let (small, part) = asin_parts(x.abs().into());
    (if small { part } else { FRAC_PI_2 - 2.0 * part } as f32).copysign(x)
}

/// acos x = π / 2 - asin x; for |x| of 0.5 or more it is computed from asin √((1 - |x|) / 2).
#[inline(always)]
pub(super) fn acos(x: f32) -> f32 {
    let (small, part) = asin_parts(x.abs().into());
    let positive = x > 0.0;
    let near = if positive { FRAC_PI_2 - part } else { FRAC_PI_2 + part };
    let far = if positive { 2.0 * part } else { PI - 2.0 * part };
    (if small { near } else { far }) as f32
}

/// atan(y / x), neither of them negative or infinite: base + atan t, where the base is 0, π / 4 or π / 2, and t is
/// y / x, (y - x) / (y + x) or -x / y, so that |t| is at most tan(π / 8).
#[inline(always)]
fn atan_of_quotient(y: f64, x: f64) -> f64 {
    const TAN_PI_8: f64 = 0.414_213_562_373_095_05;
    let (flat, steep) = (y <= x * TAN_PI_8, y * TAN_PI_8 > x);
    let top = if flat { y } else { y - x };
    let bottom = if flat { x } else { y + x };
    let base = if flat { 0.0 } else { FRAC_PI_4 };
    let top = if steep { -x } else { top };
    let bottom = if steep { y } else { bottom };
    let base = if steep { FRAC_PI_2 } else { base };
    // If both are 0, so is t.
    let t = top / if bottom == 0.0 { 1.0 } else { bottom };
    let square = t * t;
    // atan t = t + t³ q(t²), with an error of 8e-11.
    let q = polynomial(
        square,
        [
            5.046_128_167_590_952_6e-2,
            -8.623_896_669_594_552e-2,
            0.110_712_604_443_127_4,
            -0.142_841_455_482_736_97,
            0.199_999_771_539_742_05,
            -0.333_333_332_789_515_77,
        ],
    );
    base + (t + t * square * q)
}

/// |x|, and a number larger than any f32 in place of infinity.
#[inline(always)]
fn finite_size(x: f32) -> f64 {
    let size = f64::from(x.abs());
    if size > 1e300 { 1e300 } else { size }
}

/// The inverse tangent.
#[inline(always)]
pub(super) fn atan(x: f32) -> f32 {
    (atan_of_quotient(finite_size(x), 1.0) as f32).copysign(x)
}

/// The angle of the point (x, y).
#[inline(always)]
pub(super) fn atan2(y: f32, x: f32) -> f32 {
    let angle = atan_of_quotient(finite_size(y), finite_size(x));
    let angle = if x.is_sign_negative() { PI - angle } else { angle };
    (angle as f32).copysign(y)
}
