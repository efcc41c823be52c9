//! GEMM against three loops, bit for bit, at every level.

mod operands;
mod sizes;
mod values;

use super::*;
use crate::kernel::finish::Finish;
use crate::kernel::level::Level;

/// The reference: three loops, in the summation order that the module's documentation states. `fused`:
/// multiply and add round once, as at every level but the scalar one.
fn reference(
    fused: bool,
    k: usize,
    dots: bool,
    a: impl Fn(usize) -> f32,
    b: impl Fn(usize) -> f32,
    bias: Option<f32>,
) -> f32 {
    let multiply_add = |x: f32, y: f32, z: f32| if fused { x.mul_add(y, z) } else { x * y + z };
    if dots {
        let mut sums = [0.0; 64];
        (0..k).for_each(|p| sums[p % 64] = multiply_add(a(p), b(p), sums[p % 64]));
        for half in [32, 16, 8, 4, 2, 1] {
            (0..half).for_each(|l| sums[l] += sums[l + half]);
        }
        return bias.map_or(sums[0], |bias| sums[0] + bias);
    }
    let piece = k.div_ceil(k.div_ceil(512).max(1)).next_multiple_of(8).max(1);
    let sums = (0..k).step_by(piece).map(|from| {
        let terms = from..(from + piece).min(k);
        terms.fold(0.0, |sum, p| multiply_add(a(p), b(p), sum))
    });
    let sum = sums.reduce(|sum, piece| sum + piece).unwrap_or(0.0);
    bias.map_or(sum, |bias| sum + bias)
}

/// Whether both have the same bits, or both are NaN: which NaN it is depends on the instructions.
fn same(x: f32, y: f32) -> bool {
    x.to_bits() == y.to_bits() || (x.is_nan() && y.is_nan())
}

fn is_fused(level: Level) -> bool {
    level.name() != "scalar"
}
