//! The exponential of a matrix, by scaling and squaring with a Padé approximant of degree 13 (Higham, 2005).
//!
//! ```text
//! s = the least number with |A / 2^s|₁ <= 5.37;  A = A / 2^s
//! U = A (A⁶ (b13 A⁶ + b11 A⁴ + b9 A²) + b7 A⁶ + b5 A⁴ + b3 A² + b1 I)
//! V =    A⁶ (b12 A⁶ + b10 A⁴ + b8 A²) + b6 A⁶ + b4 A⁴ + b2 A² + b0 I
//! E = (V - U)⁻¹ (V + U), squared s times
//! ```

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};

use super::lu::Lu;
use super::{all_finite, matrix, write};

/// The coefficients `b0` to `b13`.
const COEFFICIENTS: [f64; 14] = [
    64_764_752_532_480_000.0,
    32_382_376_266_240_000.0,
    7_771_770_303_897_600.0,
    1_187_353_796_428_800.0,
    129_060_195_264_000.0,
    10_559_470_521_600.0,
    670_442_572_800.0,
    33_522_128_640.0,
    1_323_241_920.0,
    40_840_800.0,
    960_960.0,
    16_380.0,
    182.0,
    1.0,
];
/// The largest norm for which the approximant is exact to rounding.
const LARGEST_NORM: f64 = 5.371_920_351_148_152;

fn product(a: &Mat<f64>, b: &Mat<f64>) -> Mat<f64> {
    let mut out = Mat::zeros(a.nrows(), b.ncols());
    matmul(out.as_mut(), Accum::Replace, a.as_ref(), b.as_ref(), 1.0, Par::Seq);
    out
}

/// The 1-norm: the largest sum of absolute values of a column.
fn norm(a: &Mat<f64>) -> f64 {
    let columns = (0..a.ncols()).map(|j| (0..a.nrows()).map(|i| a[(i, j)].abs()).sum::<f64>());
    columns.fold(0.0, f64::max)
}

/// `exp(A)`.
pub(crate) fn expm(a: &[f64], n: usize, out: &mut [f64]) {
    if !all_finite(a) {
        return out.fill(f64::NAN);
    }
    let mut a = matrix(a, n);
    let mut squarings = 0;
    // The matrix is halved step by step: each factor is exact, however large the norm is.
    while norm(&a) > LARGEST_NORM {
        a = Mat::from_fn(n, n, |i, j| a[(i, j)] * 0.5);
        squarings += 1;
    }
    let a2 = product(&a, &a);
    let a4 = product(&a2, &a2);
    let a6 = product(&a4, &a2);
    // The coefficients are divided by the first one, so that the exponential of zeros is exact.
    let b = COEFFICIENTS.map(|b| b / COEFFICIENTS[0]);
    // The even or odd coefficients: `odd` is 1 for U, 0 for V.
    let polynomial = |odd: usize| {
        let high = Mat::from_fn(n, n, |i, j| {
            b[12 + odd] * a6[(i, j)] + b[10 + odd] * a4[(i, j)] + b[8 + odd] * a2[(i, j)]
        });
        let high = product(&a6, &high);
        Mat::from_fn(n, n, |i, j| {
            let constant = if i == j { b[odd] } else { 0.0 };
            let low = b[6 + odd] * a6[(i, j)] + b[4 + odd] * a4[(i, j)] + b[2 + odd] * a2[(i, j)];
            high[(i, j)] + low + constant
        })
    };
    let (u, v) = (product(&a, &polynomial(1)), polynomial(0));
    let mut e = Mat::from_fn(n, n, |i, j| v[(i, j)] + u[(i, j)]);
    Lu::new(Mat::from_fn(n, n, |i, j| v[(i, j)] - u[(i, j)])).solve(e.as_mut());
    for _ in 0..squarings {
        e = product(&e, &e);
    }
    write(e.as_ref(), out);
}
