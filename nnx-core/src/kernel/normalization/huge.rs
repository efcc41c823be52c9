//! Groups of `f64` whose sums or squares overflow, though their elements are finite: they are divided by a power of two
//! first, which is exact. (For `f32`, such groups are computed in `f64`.)

use super::{Groups, NormKind, normalize, normalize_backward};
use crate::kernel::Float;
use crate::kernel::scratch::{self, List};

/// Squares and sums of elements with absolute values up to this don't overflow.
const LARGEST: f64 = 1e140;
/// The power of two that brings the largest `f64` below [`LARGEST`].
const DOWN: f64 = f64::from_bits((1023 - 600) << 52);

/// Whether no statistic of `x` overflows. The statistics of an infinity or NaN aren't finite anyway, so such elements
/// need no scaling.
pub(super) fn fits<E: Float>(x: &[E]) -> bool {
    let far = |x: f64| x.abs() > LARGEST && x.is_finite();
    size_of::<E>() == 4 || !x.iter().fold(false, |found, x| found | far(x.to_f64()))
}

/// Copies a group to a row of its own, scaled so that nothing overflows.
struct Row<'a, E> {
    kind: NormKind,
    shape: Groups,
    indices: &'a [usize],
    x: Vec<E>,
    scale: f64,
}

impl<E: Float> Row<'_, E> {
    /// The elements of `x` at the indices of the group.
    fn gather(&self, x: &[E]) -> Vec<E> {
        self.indices.iter().map(|&i| x[i]).collect()
    }

    /// The scale or bias of each element of the group; `x` has one for each element of a row.
    fn affine(&self, x: &[E], row: usize) -> Vec<E> {
        self.indices.iter().map(|&i| x[i % row]).collect()
    }
}

/// Calls `work` for each group.
fn each_row<E: Float>(kind: NormKind, shape: Groups, x: &[E], mut work: impl FnMut(&Row<'_, E>)) {
    for group in 0..shape.blocks * shape.groups {
        let (block, column) = (group / shape.groups, group % shape.groups);
        let start = |h: usize| ((block * shape.height + h) * shape.groups + column) * shape.width;
        let indices: Vec<usize> =
            (0..shape.height).flat_map(|h| start(h)..start(h) + shape.width).collect();
        let mut x: Vec<E> = indices.iter().map(|&i| x[i]).collect();
        let (mut kind, mut scale) = (kind, 1.0);
        if kind.centered && !fits(&x) && x.iter().all(|other| *other == x[0]) {
            x.fill(E::ZERO);
        }
        if !fits(&x) {
            // The epsilon is negligible compared with such a variance.
            (kind.epsilon, scale) = (0.0, DOWN);
            x.iter_mut().for_each(|x| *x = *x * E::from_f64(DOWN));
        }
        let shape = Groups { blocks: 1, height: 1, groups: 1, width: x.len() };
        work(&Row { kind, shape, indices: &indices, x, scale });
    }
}

/// [`normalize`] with the scaling, one group at a time.
#[cold]
pub(super) fn normalize_each<E: Float>(
    kind: NormKind,
    shape: Groups,
    x: &[E],
    affine: [&[E]; 2],
    out: &mut [E],
) {
    each_row(kind, shape, x, |row| {
        let [scale, bias] = affine.map(|terms| row.affine(terms, shape.row()));
        let mut y = row.x.clone();
        normalize(row.kind, row.shape, None, &row.x, [&scale, &bias], &mut y);
        row.indices.iter().zip(y).for_each(|(&i, y)| out[i] = y);
    });
}

/// [`normalize_backward`] with the scaling, one group at a time.
#[cold]
pub(super) fn backward_each<E: Float>(
    kind: NormKind,
    shape: Groups,
    [x, g, scale]: [&[E]; 3],
    out: &mut [E],
) -> [List<E>; 2] {
    let mut sums = [0; 2].map(|_| scratch::filled(shape.row(), E::ZERO));
    each_row(kind, shape, x, |row| {
        let (g, scale) = (row.gather(g), row.affine(scale, shape.row()));
        let mut slope = g.clone();
        let found = normalize_backward(row.kind, row.shape, None, [&row.x, &g, &scale], &mut slope);
        for (at, &i) in row.indices.iter().enumerate() {
            out[i] = slope[at] * E::from_f64(row.scale);
            sums.iter_mut().zip(&found).for_each(|(sum, found)| sum[i % shape.row()] += found[at]);
        }
    });
    sums
}

/// The variances and the standard deviations of groups. `variances` gives the variances; those in `f64` whose squares
/// overflow or underflow are computed again from elements times a power of two.
pub(super) fn deviations<E: Float>(
    x: &[E],
    variances: impl Fn(&[E]) -> List<f64>,
) -> [List<f64>; 2] {
    let plain = variances(x);
    let mut found = plain.clone();
    let mut roots: List<f64> = found.iter().map(|variance| variance.sqrt()).collect();
    let far = |variance: &f64| size_of::<E>() == 8 && !(1e-240..1e280).contains(variance);
    for scale in [DOWN, DOWN.recip()] {
        // A variance of 0 may come from equal elements, or from squares that underflow.
        let outside = |variance: &f64| far(variance) && (*variance < 1.0) == (scale > 1.0);
        if !plain.iter().any(outside) {
            continue;
        }
        let scaled: Vec<E> = x.iter().map(|&x| x * E::from_f64(scale)).collect();
        for (i, &other) in variances(&scaled).iter().enumerate() {
            if outside(&plain[i]) && other.is_finite() {
                (found[i], roots[i]) = (other / scale / scale, other.sqrt() / scale);
            }
        }
    }
    [found, roots]
}
