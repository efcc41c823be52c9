//! The logarithm of the gamma function and its derivatives, and those of `sinc`: scalar code in `f64`, but for the first two
//! of positive `f32`.

use std::f64::consts::PI;

use super::wide::{ln_normal, ln_wide, polynomial};

/// `ln |Γ(x)|`: ∞ at 0, at the negative integers and at ±∞.
#[inline(never)]
pub(crate) fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// ln Γ(x) of a positive and finite x.
///
/// Below 3 it is (z - 1) (z - 2) p(2 z - 3), where z is x + 1, x or x - 1, within 1 to 2; less ln x if x is below 1, and plus
/// ln(x - 1) if it is 2 or more. From 3 on it is Stirling's series at x + 4, less ln(x (x + 1) (x + 2) (x + 3)).
#[inline(always)]
pub(super) fn ln_gamma_near(x: f32) -> f32 {
    const HALF_LN_TAU: f64 = 0.918_938_533_204_672_8;
    let x = f64::from(x);
    let (is_below, is_above, is_far) = (x < 1.0, x >= 2.0, x >= 3.0);
    let z = if is_below { x + 1.0 } else { x };
    let z = if is_above { x - 1.0 } else { z };
    // The polynomial p, with an error of 1.1e-10.
    let p = polynomial(
        2.0 * z - 3.0,
        [
            9.209_361_625_345_555e-8,
            -2.964_476_778_337_596e-7,
            6.603_562_314_896_962e-7,
            -2.164_171_545_112_929_4e-6,
            7.532_727_559_665_976e-6,
            -2.516_241_040_000_392e-5,
            8.509_457_672_778_387e-5,
            -2.945_305_148_709_244e-4,
            1.049_819_462_399_495_4e-3,
            -3.913_563_483_338_103e-3,
            1.572_785_024_004_159e-2,
            -7.297_994_786_591_343e-2,
            0.483_128_950_540_980_9,
        ],
    );
    let (y, t) = (x + 4.0, x * (x + 3.0));
    let inverse = 1.0 / y;
    let square = inverse * inverse;
    let tail = 1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0));
    let series = (y - 0.5) * ln_normal(y) - y + HALF_LN_TAU + inverse * tail;
    // One more logarithm: of a product, of x, of x - 1 (which is added), or of 1.
    let of = if is_below { x } else { 1.0 };
    let of = if is_above { z } else { of };
    let ln = ln_normal(if is_far { t * (t + 2.0) } else { of });
    // `0 - ln` is 0 of either sign at 1, where the product is -0: their sum is 0.
    let near = (z - 1.0) * (z - 2.0) * p + if is_above { ln } else { 0.0 - ln };
    (if is_far { series - ln } else { near }) as f32
}

/// B₂, B₄, ..: the Bernoulli numbers of the asymptotic series.
const BERNOULLI: [f64; 8] = [
    1.0 / 6.0,
    -1.0 / 30.0,
    1.0 / 42.0,
    -1.0 / 30.0,
    5.0 / 66.0,
    -691.0 / 2730.0,
    7.0 / 6.0,
    -3617.0 / 510.0,
];

/// The derivative of this order of the digamma function: order 0 is digamma itself. At 0 and at the negative integers
/// it is NaN.
#[inline(never)]
pub(crate) fn polygamma(order: u32, x: f64) -> f64 {
    if x <= 0.0 {
        // At a pole, derivatives of odd order tend to ∞ from both sides; those of even order have different signs, so
        // the result is NaN.
        if order % 2 == 1 && x == x.floor() && x.is_finite() {
            return f64::INFINITY;
        }
        // ψ(1 - x) - ψ(x) = π cot(π x), differentiated.
        let mirrored = polygamma(order, 1.0 - x);
        return sign(order) * mirrored - cotangent_derivative(order, x);
    }
    if order == 0 && x == f64::INFINITY {
        return x;
    }
    let (n, sign) = (f64::from(order), -sign(order));
    let factorial: f64 = (1..=order).map(f64::from).product();
    // ψ⁽ⁿ⁾(x) = ψ⁽ⁿ⁾(x + 1) + sign n! / xⁿ⁺¹, up to an x at which the series is accurate.
    let (mut x, mut sum) = (x, 0.0);
    while x < 10.0 + 2.0 * n {
        sum += x.powi(-1 - order.cast_signed());
        x += 1.0;
    }
    // The k-th term of the series, B₂ₖ (2k + n - 1)! / ((2k)! x²ᵏ⁺ⁿ), without the Bernoulli number.
    let inverse = (x * x).recip();
    let mut term = factorial / x.powi(order.cast_signed());
    let start = if order == 0 { -x.ln() } else { term / n };
    let mut tail = start + 0.5 * term / x;
    term *= 0.5 * (n + 1.0) * inverse;
    for (bernoulli, k) in BERNOULLI.into_iter().zip(1u8..) {
        tail += bernoulli * term;
        let twice = f64::from(2 * k);
        term *= (twice + n) * (twice + n + 1.0) / ((twice + 1.0) * (twice + 2.0)) * inverse;
    }
    sign * (tail + factorial * sum)
}

/// The digamma function ψ of an x above 0 and up to [`LARGEST_DIGAMMA`].
///
/// Below 2 it is (z - z₀) p(2 z - 3), where z is x or x + 1 within 1 to 2 and z₀ the root of ψ, less 1 / x if x is below 1.
/// From there on it is the asymptotic series at x + 4, less 1 / x + 1 / (x + 1) + 1 / (x + 2) + 1 / (x + 3), which is one
/// fraction of t = x (x + 3).
#[inline(always)]
pub(super) fn digamma_near(x: f32) -> f32 {
    const ROOT: f64 = 1.461_632_144_968_362_2;
    let x = f64::from(x);
    let (z, one) = if x < 1.0 { (x + 1.0, 1.0) } else { (x, 0.0) };
    // The polynomial p, with an error of 1.2e-10.
    let p = polynomial(
        2.0 * z - 3.0,
        [
            1.290_181_991_002_666_8e-6,
            -3.761_454_982_390_427e-6,
            7.099_058_817_845_623e-6,
            -2.166_338_904_815_103e-5,
            7.040_579_893_844_802e-5,
            -2.117_419_909_290_951_7e-4,
            6.367_246_895_896_63e-4,
            -1.934_770_213_485_399e-3,
            5.936_822_944_612_01e-3,
            -1.855_065_300_774_576_6e-2,
            6.013_561_931_086_653_5e-2,
            -0.211_813_709_282_123_06,
            0.951_055_876_049_840_5,
        ],
    );
    let near = (z - ROOT) * p;
    let (y, t) = (x + 4.0, x * (x + 3.0));
    let inverse = 1.0 / y;
    let square = inverse * inverse;
    let tail = 1.0 / 12.0 - square * (1.0 / 120.0 - square * (1.0 / 252.0 - square / 240.0));
    let far = ln_wide(y, 0.0) - inverse * (0.5 + inverse * tail);
    let is_far = x >= 2.0;
    let above = if is_far { (2.0 * x + 3.0) * (2.0 * t + 2.0) } else { one };
    let below = if is_far { t * (t + 2.0) } else { x };
    ((if is_far { far } else { near }) - above / below) as f32
}

/// Above this, the fraction of [`digamma_near`] overflows.
pub(crate) const LARGEST_DIGAMMA: f64 = 1e30;

/// (-1)^order.
fn sign(order: u32) -> f64 {
    if order.is_multiple_of(2) { 1.0 } else { -1.0 }
}

/// The derivative of this order of π cot(π x). Each is a polynomial in c = cot(π x), since c' = -π (1 + c²).
fn cotangent_derivative(order: u32, x: f64) -> f64 {
    let rest = x - x.round();
    if rest == 0.0 {
        return f64::NAN;
    }
    let c = (PI * rest).tan().recip();
    // The coefficients of the polynomial in c, from the constant on.
    let mut polynomial = vec![0.0, 1.0];
    for _ in 0..order {
        let slope: Vec<f64> =
            polynomial.iter().zip(0u32..).map(|(a, k)| a * f64::from(k)).skip(1).collect();
        polynomial = vec![0.0; slope.len() + 2];
        for (k, slope) in slope.into_iter().enumerate() {
            polynomial[k] -= slope;
            polynomial[k + 2] -= slope;
        }
    }
    let value = polynomial.into_iter().rev().fold(0.0, |sum, a| sum * c + a);
    value * PI.powi(1 + order.cast_signed())
}

/// `sin(π x) / (π x)`, and 1 at 0.
#[inline(never)]
pub(super) fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    let sin = sin_pi(x);
    if sin == 0.0 { 0.0 } else { sin / (PI * x) }
}

/// sin(π x), which is 0 at integers.
fn sin_pi(x: f64) -> f64 {
    let whole = x.round();
    let even = (0.5 * whole).fract() == 0.0;
    let sin = (PI * (x - whole)).sin();
    if even { sin } else { -sin }
}

/// The derivative of this order of `sinc`.
#[inline(never)]
pub(crate) fn sinc_derivative(order: u32, x: f64) -> f64 {
    let (n, u) = (f64::from(order), PI * x);
    let scale = PI.powi(order.cast_signed());
    if u.abs() < n + 2.0 {
        // The sum of (-1)ᵏ u²ᵏ⁻ⁿ / ((2k + 1) (2k - n)!) over 2k >= n.
        let first = order.div_ceil(2);
        let mut power = if order.is_multiple_of(2) { 1.0 } else { u };
        let mut sum = 0.0;
        for k in first..first + 24 {
            sum += sign(k) * power / f64::from(2 * k + 1);
            let next = f64::from(2 * k - order);
            power *= u * u / ((next + 1.0) * (next + 2.0));
        }
        return scale * sum;
    }
    // f⁽ⁿ⁾ = (sin(u + n π / 2) - n f⁽ⁿ⁻¹⁾) / u.
    let (sin, cos) = (sin_pi(x), sin_pi(x + 0.5));
    let turned = [sin, cos, -sin, -cos].into_iter().cycle();
    let value = turned
        .take(1 + order as usize)
        .zip(0u32..)
        .fold(0.0, |lower, (sin, k)| (sin - f64::from(k) * lower) / u);
    scale * value
}
