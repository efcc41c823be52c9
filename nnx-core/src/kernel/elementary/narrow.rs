//! Helpers of the functions that compute in `f32`.

/// The polynomial with these coefficients, highest power first (Horner's scheme).
#[inline(always)]
pub(super) fn polynomial<const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    coefficients.into_iter().reduce(|sum, coefficient| sum * x + coefficient).unwrap_or(0.0)
}

/// The polynomial with these coefficients, split into two shorter chains of even and of odd powers, which a processor
/// computes at the same time. It is for polynomials of many coefficients.
#[inline(always)]
pub(super) fn long_polynomial<const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    let square = x * x;
    let mut sums = [0.0; 2];
    for (i, coefficient) in coefficients.into_iter().enumerate() {
        let sum = &mut sums[(N - 1 - i) % 2];
        *sum = if i < 2 { coefficient } else { *sum * square + coefficient };
    }
    sums[0] + x * sums[1]
}

/// As `long_polynomial`, with four chains: for a polynomial of many coefficients on whose value the rest of a function
/// depends.
#[inline(always)]
pub(super) fn longest_polynomial<const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    let square = x * x;
    let fourth = square * square;
    let mut sums = [0.0; 4];
    for (i, coefficient) in coefficients.into_iter().enumerate() {
        let sum = &mut sums[(N - 1 - i) % 4];
        *sum = if i < 4 { coefficient } else { *sum * fourth + coefficient };
    }
    (sums[0] + x * sums[1]) + square * (sums[2] + x * sums[3])
}

/// ln 2 as hi + lo (Cody and Waite): hi times an integer up to 2^12 is exact.
pub(super) const LN_2: [f32; 2] = [355.0 / 512.0, -2.121_944_4e-4];

/// A constant as hi + lo, where hi has 12 bits.
#[allow(clippy::cast_possible_truncation, reason = "rounding is intended")]
pub(super) const fn split(x: f64) -> [f32; 2] {
    let hi = f32::from_bits((x as f32).to_bits() & 0xffff_f000);
    [hi, (x - hi as f64) as f32]
}
