//! Roots, and the remainder of a division.

/// The cube root: two steps of Halley's method, from a float with a third of the exponent of |x|.
#[inline(always)]
pub(super) fn cbrt(x: f32) -> f32 {
    let size = f64::from(x.abs());
    // A third of the upper half of the bits. The constant is two thirds of the bias, minus the average error of the
    // linear first approximation of the mantissa.
    let third = ((size.to_bits() >> 32) * 0x5555_5556) >> 32;
    let start = f64::from_bits((third + 715_094_163) << 32);
    let step = |y: f64| {
        let cube = y * y * y;
        y * (cube + (size + size)) / ((cube + cube) + size)
    };
    let y = step(step(start)) as f32;
    let y = if x.abs() == f32::INFINITY || x == 0.0 { x.abs() } else { y };
    y.copysign(x)
}

/// √(x² + y²). In f64 no square overflows.
#[inline(always)]
pub(super) fn hypot(x: f32, y: f32) -> f32 {
    let (wide_x, wide_y) = (f64::from(x), f64::from(y));
    let root = (wide_x * wide_x + wide_y * wide_y).sqrt() as f32;
    let infinite = x.abs() == f32::INFINITY || y.abs() == f32::INFINITY;
    if infinite { f32::INFINITY } else { root }
}

/// `remainder_near` is valid for |x / y| up to this.
pub(crate) const NEAR_QUOTIENT: f64 = 268_435_456.0;

/// The remainder of x / y, with the sign of x. It computes in f64, where the quotient rounds to an integer only if it
/// is one, and its product with y is exact.
#[inline(always)]
pub(super) fn remainder_near(x: f32, y: f32) -> f32 {
    let (wide_x, wide_y) = (f64::from(x), f64::from(y));
    let rest = (wide_x - (wide_x / wide_y).trunc() * wide_y) as f32;
    let rest = if y.abs() == f32::INFINITY && x.abs() < f32::INFINITY { x } else { rest };
    rest.copysign(x)
}

/// [`remainder_near`], and the remainder of the standard library where the quotient is larger.
#[inline(always)]
pub(super) fn remainder(x: f32, y: f32) -> f32 {
    let far = f64::from(x / y).abs() >= NEAR_QUOTIENT;
    if far { x % y } else { remainder_near(x, y) }
}
