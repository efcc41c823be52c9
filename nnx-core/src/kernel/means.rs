//! Sums, means and Euclidean norms. A sum overflows only if its result does.
//!
//! The fast path adds in the element type. If its result isn't finite, the row or column is summed again in
//! f64: `f32` can't overflow there, and `f64` is scaled by 2⁻⁶⁴ first. So ordinary input keeps its speed,
//! and finite input has a finite mean.

use super::reduce::{self, BLOCK_ELEMENTS, sum_of_block, sum_of_squares};
use super::tree::{halves, sum_on_threads};
use super::{Float, vectorize_small};
use crate::kernel::scratch;

/// The scale of elements that are summed in f64, so that 2⁶⁴ of them can't overflow.
fn pre_scale<E: Float>() -> f64 {
    if size_of::<E>() == 8 { 2f64.powi(-64) } else { 1.0 }
}

/// `Σ x · scale` in f64, pairwise, over elements `0, step, 2 step, ..`.
#[cold]
#[inline(never)]
fn sum_scaled<E: Float>(x: &[E], step: usize) -> f64 {
    let count = x.len().div_ceil(step);
    if count <= 64 {
        return x.iter().step_by(step).map(|x| x.to_f64() * pre_scale::<E>()).sum();
    }
    let (left, right) = x.split_at(count.div_ceil(2) * step);
    sum_scaled(left, step) + sum_scaled(right, step)
}

/// `found` is the sum in the arithmetic of `E`. Returns it if it is finite, else the sum in f64.
#[inline(always)]
pub(super) fn sum_or_else<E: Float>(found: E, x: &[E], step: usize) -> E {
    if found.is_finite() { found } else { E::from_f64(sum_scaled(x, step) / pre_scale::<E>()) }
}

/// `found` is the mean from sums in `E`. Returns it if it is finite, else the mean from sums in f64.
#[inline(always)]
fn mean_or_else<E: Float>(found: f64, count: usize, x: &[E], step: usize) -> E {
    if found.is_finite() {
        return E::from_f64(found);
    }
    E::from_f64(sum_scaled(x, step) / count as f64 / pre_scale::<E>())
}

/// The mean in f64 of `count` elements: the slice padded with zeros.
#[cold]
#[inline(never)]
pub(super) fn mean_scaled<E: Float>(x: impl Iterator<Item = E>, count: f64) -> E {
    let x: Vec<E> = x.collect();
    E::from_f64(sum_scaled(&x, 1) / count / pre_scale::<E>())
}

/// The sum of a slice in f64: blocks are summed in `E`, and their sums in f64 as a tree.
#[inline(always)]
pub(super) fn sum_in_f64<E: Float>(x: &[E]) -> f64 {
    if x.len() <= BLOCK_ELEMENTS { sum_of_block(x).to_f64() } else { blocks_in_f64(x) }
}

fn blocks_in_f64<E: Float>(x: &[E]) -> f64 {
    if x.len() <= BLOCK_ELEMENTS {
        let block = vectorize_small::<E, _>(
            #[inline(always)]
            || sum_of_block(x),
        );
        return block.to_f64();
    }
    let (left, right) = halves(x);
    blocks_in_f64(left) + blocks_in_f64(right)
}

/// `out[r] = Σ_c x[r, c] / width`, rounded once from f64; NaN for a width of 0.
pub(crate) fn mean_rows<E: Float>(x: &[E], width: usize, out: &mut [E]) {
    assert_eq!(x.len(), width * out.len(), "mean_rows: lengths differ");
    match out {
        [out] => *out = mean_or_else(sum_on_threads(x, sum_in_f64) / width as f64, width, x, 1),
        _ => reduce::fold_rows(x, width, out, |row| {
            mean_or_else(sum_in_f64(row) / width as f64, width, row, 1)
        }),
    }
}

/// `out[c] = Σ_r x[r, c] / rows`, rounded once from f64; NaN without rows.
pub(crate) fn mean_columns<E: Float>(x: &[E], width: usize, out: &mut [E]) {
    assert!(
        out.len() == width && (width == 0 || x.len().is_multiple_of(width)),
        "mean_columns: not whole rows"
    );
    if x.is_empty() {
        return out.fill(E::from_f64(f64::NAN));
    }
    if width == 1 {
        return mean_rows(x, x.len(), out);
    }
    let rows = x.len() / width;
    // At most 64 partial sums for each column, which are added in f64 and in order.
    let bands = reduce::partial_sums(x, width);
    for (c, out) in out.iter_mut().enumerate() {
        let total: f64 = bands[c..].iter().step_by(width).map(|sum| sum.to_f64()).sum();
        *out = mean_or_else(total / rows as f64, rows, &x[c..], width);
    }
}

/// A Euclidean norm as `scale · root`. The scale is a power of two. It is 1 unless the squares, or the norm
/// itself, leave the range of f64.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Norm {
    pub(crate) scale: f64,
    pub(crate) root: f64,
}

impl Norm {
    /// The norm; infinite if it is beyond the range of f64.
    pub(crate) fn value(self) -> f64 {
        self.scale * self.root
    }

    /// `√(Σ norm²)`: the norm of the concatenation.
    pub(crate) fn combined(norms: impl Iterator<Item = Self>) -> Self {
        let norms = scratch::collected(norms);
        let largest = norms.iter().fold(0.0, |largest: f64, norm| largest.max(norm.scale));
        let parts = norms.iter().map(|norm| norm.scale / largest * norm.root);
        let Self { scale, root } = norm(&scratch::collected(parts));
        if largest > 0.0 { Self { scale: scale * largest, root } } else { Self { scale, root } }
    }
}

/// Whether no square in a sum of squares left the range of f64. Those of f32 never do. The bounds exclude sums
/// that may have lost digits, because their squares are near the smallest f64.
fn squares_fit<E: Float>(squares: f64) -> bool {
    size_of::<E>() == 4 || (1e-280..1e300).contains(&squares) || squares.is_nan()
}

/// The root of a sum of squares; if these may be out of range, the norm of their `elements`.
pub(super) fn root_or_else<E: Float>(squares: f64, elements: impl FnOnce() -> Vec<E>) -> f64 {
    if squares_fit::<E>(squares) { squares.sqrt() } else { norm(&elements()).value() }
}

/// `√(Σ x²)`, without overflow or underflow of the squares.
pub(crate) fn norm<E: Float>(x: &[E]) -> Norm {
    let squares = sum_of_squares(x);
    if squares_fit::<E>(squares) {
        return Norm { scale: 1.0, root: squares.sqrt() };
    }
    let largest = x.iter().fold(0.0, |largest: f64, x| largest.max(x.to_f64().abs()));
    if largest == 0.0 || largest == f64::INFINITY {
        return Norm { scale: 1.0, root: largest };
    }
    // The largest power of two that isn't above the largest element: the division is exact.
    let power = f64::from_bits(largest.to_bits() & 0x7ff0_0000_0000_0000);
    let scale = if power == 0.0 { f64::MIN_POSITIVE } else { power };
    let scaled: Vec<f64> = x.iter().map(|x| x.to_f64() / scale).collect();
    Norm { scale, root: sum_of_squares(&scaled).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::reduce::{sum_columns, sum_rows};

    /// The sum or mean of `n` elements by both kernels: as a row, and as two columns.
    fn both(n: usize, mean: bool, value: impl Fn(usize) -> f32) -> [f32; 3] {
        let x: Vec<f32> = (0..n).map(&value).collect();
        let two: Vec<f32> = x.iter().flat_map(|&x| [x, x]).collect();
        let (mut rows, mut columns) = ([0.0], [0.0; 2]);
        match mean {
            true => (mean_rows(&x, n, &mut rows), mean_columns(&two, 2, &mut columns)),
            false => (sum_rows(&x, n, &mut rows), sum_columns(&two, 2, &mut columns)),
        };
        [rows[0], columns[0], columns[1]]
    }

    #[test]
    fn the_mean_of_ones_is_one_for_every_count() {
        let long = [16_777_216, 16_777_217, 16_777_219, 20_000_001];
        for n in (1..1030).chain([4095, 4097, 100_003]).chain(long) {
            assert_eq!(both(n, true, |_| 1.0), [1.0; 3], "{n} ones");
        }
    }

    #[test]
    fn finite_elements_have_a_finite_mean() {
        for n in [1, 2, 3, 17, 600, 5000] {
            assert_eq!(both(n, true, |_| f32::MAX), [f32::MAX; 3], "{n} elements");
            assert_eq!(both(n, true, |_| -f32::MAX), [-f32::MAX; 3], "{n} elements");
        }
        let mut mean = [0.0];
        mean_rows(&[1.7e308, 1.7e308, 1.7e308], 3, &mut mean);
        assert!((mean[0] / 1.7e308 - 1.0f64).abs() < 1e-15);
    }

    #[test]
    fn a_sum_is_finite_where_only_its_parts_overflow() {
        // All large elements come before those that cancel them.
        for n in [4, 64, 640, 6400] {
            let value = |i: usize| if i < n / 2 { 3e38 } else { -3e38 };
            assert_eq!(both(n, false, value), [0.0; 3], "{n} elements");
        }
        assert_eq!(both(9, false, |_| 3e38), [f32::INFINITY; 3]);
        assert!(both(9, false, |i| if i == 4 { f32::NAN } else { 3e38 })[0].is_nan());
        assert_eq!(both(9, true, |i| if i == 4 { f32::INFINITY } else { 3e38 })[0], f32::INFINITY);
    }

    #[test]
    fn norms_of_any_magnitude_are_accurate() {
        for exponent in [-1022, -1010, -600, -500, 0, 500, 510, 600, 1020] {
            let scale = 2f64.powi(exponent / 2) * 2f64.powi(exponent - exponent / 2);
            let found = norm(&[3.0 * scale, -4.0 * scale]);
            assert_eq!(found.value(), 5.0 * scale, "2^{exponent}");
            let all = Norm::combined([found, Norm { scale: 1.0, root: 0.0 }, found].into_iter());
            let expected = 50f64.sqrt() * scale;
            assert!((all.value() / expected - 1.0).abs() < 1e-12, "2^{exponent}: {all:?}");
        }
        let least = f64::from_bits(1);
        assert_eq!(norm(&[3.0 * least, 4.0 * least]).value(), 5.0 * least);
        assert_eq!(norm::<f64>(&[]).value(), 0.0);
        assert_eq!(Norm::combined([].into_iter()).value(), 0.0);
        assert_eq!(norm(&[1.0, f64::INFINITY]).value(), f64::INFINITY);
        assert!(norm(&[f64::INFINITY, f64::NAN]).value().is_nan());
    }
}
