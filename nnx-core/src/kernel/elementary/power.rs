//! Powers: |x|^y = e^(y ln |x|), computed in `f64`, with the sign and the special cases of IEEE 754's `pow`.

use std::f64::consts::LN_2;

use super::wide::{binary_parts, exp_wide, polynomial};

/// ln u of a positive, finite and normal u, within 1.3e-11 of it: an exponent of up to 104 multiplies the error.
#[inline(always)]
fn ln_precise(u: f64) -> f64 {
    let (n, m, _) = binary_parts(u);
    let r = m - 1.0;
    // ln m = r - r²/2 + r³ q(r).
    let q = polynomial(
        r,
        [
            -5.005_739_856_074_896e-2,
            9.036_918_082_473_439e-2,
            -9.109_977_501_765_226e-2,
            9.031_007_216_275_544e-2,
            -9.922_838_167_187_782e-2,
            0.111_094_818_631_704_83,
            -0.125_032_197_543_855_83,
            0.142_858_606_778_236_7,
            -0.166_666_117_335_671_52,
            0.199_999_978_487_027_75,
            -0.250_000_002_671_548_65,
            0.333_333_333_374_911,
        ],
    );
    let square = r * r;
    n * LN_2 + (r - 0.5 * square + r * square * q)
}

/// x^y. It is 1 for y = 0 and for x = 1, also where the other is NaN; NaN for a negative finite x and a y that is no integer.
#[inline(always)]
pub(super) fn powf(x: f32, y: f32) -> f32 {
    let size = x.abs();
    let ln = ln_precise(size.into());
    let ln = if size == 0.0 { f64::NEG_INFINITY } else { ln };
    let ln = if size < f32::INFINITY { ln } else { size.into() };
    let power = exp_wide(f64::from(y) * ln) as f32;
    let half = 0.5 * y;
    let is_whole = y.trunc() == y;
    // An infinite y counts as even.
    let is_odd = is_whole & (half.trunc() != half);
    let power = if is_odd { power.copysign(x) } else { power };
    let is_undefined = (x < 0.0) & (x > f32::NEG_INFINITY) & !is_whole;
    let power = if is_undefined { f32::NAN } else { power };
    let is_one = (y == 0.0) | (x == 1.0) | ((x == -1.0) & (y.abs() == f32::INFINITY));
    if is_one { 1.0 } else { power }
}
