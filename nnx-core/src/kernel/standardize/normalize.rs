//! Normalizes groups, then scales and shifts them. Scale and bias have an element for each element of a
//! row, which is `groups · width` contiguous elements of an array `[blocks, height, groups, width]`.
//!
//! It is memory-bound, so it reads as little as possible. A row that is a group of its own is read from
//! memory once: the later passes find it in L1. Other groups take one pass for the statistics and one for
//! the output.

use super::groups::spread;
use super::sums::{along, number};
use super::{Groups, Moments, Rule};
use crate::kernel::{Float, parallel, vectorize_small};

/// `out = (x - mean) s scale + bias` with s = 1 / sqrt(variance + epsilon). If there is a single block, its
/// moments may be given.
pub(crate) fn normalize<E: Float>(
    rule: Rule,
    of: Groups,
    moments: Option<&Moments>,
    x: &[E],
    affine: [&[E]; 2],
    out: &mut [E],
) {
    let row = of.row();
    if of.are_rows() {
        let narrow = affine.iter().all(|terms| terms.iter().all(|&term| moderate(term)));
        return parallel::rows(out, row, |first, out| {
            let x = &x[first * row..][..out.len()];
            for (x, out) in x.chunks(together(row)).zip(out.chunks_mut(together(row))) {
                if !(narrow && rows::<E, E>(rule, row, x, affine, out)) {
                    rows::<E, f64>(rule, row, x, affine, out);
                }
            }
        });
    }
    let part = of.blocks_per_part() * of.block();
    parallel::chunks(out, part, true, &|i, out| {
        let x = &x[i * part..][..out.len()];
        for (x, out) in x.chunks_exact(of.block()).zip(out.chunks_exact_mut(of.block())) {
            let moments = Moments::known_or_of(moments, of, x, rule);
            let columns = Columns::of(rule, of, &moments, affine[0]);
            if moments.fit(rule) && columns.fit(affine[1]) {
                columns.write::<E, E>(x, affine[1], out);
            } else {
                columns.write::<E, f64>(x, affine[1], out);
            }
        }
    });
}

/// Whether a product of a few such values stays in the range of f32.
fn moderate<E: Float>(x: E) -> bool {
    x.to_f64().abs() <= 1e12
}

/// Rows whose statistics are computed together: their independent sums hide the latency of additions.
pub(super) const TOGETHER: usize = 4;
/// Elements of such rows at most, so that they stay in L1.
const BLOCK: usize = 2048;

/// Elements of the rows that are computed together.
pub(super) fn together(row: usize) -> usize {
    (BLOCK / row).clamp(1, TOGETHER) * row
}

/// The statistics of a row, in the arithmetic of `W`: its mean as hi + lo (0 if it isn't centered), and its
/// variance.
#[derive(Clone, Copy)]
pub(super) struct Row<W> {
    pub(super) near: W,
    pub(super) rest: W,
    pub(super) variance: f64,
}

impl<W: Float> Row<W> {
    /// `x - mean`.
    #[inline(always)]
    pub(super) fn centred(&self, x: W) -> W {
        (x - self.near) - self.rest
    }
}

/// The statistics of up to four rows.
#[inline(always)]
pub(super) fn row_statistics<E: Float, W: Float>(
    rule: Rule,
    row: usize,
    x: &[E],
) -> [Row<W>; TOGETHER] {
    let count = row as f64;
    let mut known = [Row { near: W::ZERO, rest: W::ZERO, variance: 0.0 }; TOGETHER];
    if rule.centred {
        for (known, x) in known.iter_mut().zip(x.chunks_exact(row)) {
            let [sum, _] = along::<E, W, false>([x; 3], |x, _, _| (x, x));
            known.near = W::from_f64(sum / count);
        }
    }
    for (known, x) in known.iter_mut().zip(x.chunks_exact(row)) {
        let near = known.near;
        let [sum, squares] = along::<E, W, true>([x; 3], |x, _, _| {
            let x = x - near;
            (x, x * x)
        });
        // The rounding error of `hi`: the mean of the differences from it.
        let rest = if rule.centred { sum / count } else { 0.0 };
        let variance = squares / count - rest * rest;
        known.rest = W::from_f64(rest);
        known.variance = if variance < 0.0 { 0.0 } else { variance };
    }
    known
}

/// Writes rows in the arithmetic of `W`. Returns false if its range is too small for one of them.
fn rows<E: Float, W: Float>(
    rule: Rule,
    row: usize,
    x: &[E],
    [scale, bias]: [&[E]; 2],
    out: &mut [E],
) -> bool {
    vectorize_small::<W, _>(
        #[inline(always)]
        || {
            let known = row_statistics::<E, W>(rule, row, x);
            let rows = x.chunks_exact(row).zip(out.chunks_exact_mut(row));
            for ((x, out), &Row { near, rest, variance }) in rows.zip(&known) {
                if !rule.fits::<W>(near.to_f64(), variance) {
                    return false;
                }
                let s = W::from_f64(rule.factor(variance));
                let terms = scale.iter().zip(bias);
                for ((out, &x), (&scale, &bias)) in out.iter_mut().zip(x).zip(terms) {
                    let y = ((number::<E, W>(x) - near) - rest) * s;
                    *out = number(y * number(scale) + number(bias));
                }
            }
            true
        },
    )
}

/// `x -> (x - mean) factor + bias` along the columns of a block.
struct Columns {
    row: usize,
    mean: Vec<f64>,
    factor: Vec<f64>,
}

impl Columns {
    fn of<E: Float>(rule: Rule, of: Groups, moments: &Moments, scale: &[E]) -> Self {
        let s = moments.factors(rule, of);
        let factor = s.iter().zip(scale).map(|(s, scale)| s * scale.to_f64()).collect();
        Self { row: of.row(), mean: spread(&moments.mean, of.width), factor }
    }

    fn fit<E: Float>(&self, bias: &[E]) -> bool {
        bias.iter().all(|&bias| moderate(bias))
            && self.factor.iter().all(|&factor| moderate(factor))
    }

    fn write<E: Float, W: Float>(&self, x: &[E], bias: &[E], out: &mut [E]) {
        let [near, rest] = in_two_parts::<W>(&self.mean);
        let factor = rounded::<W>(&self.factor);
        parallel::rows(out, self.row, |first, out| {
            let x = &x[first * self.row..][..out.len()];
            vectorize_small::<W, _>(
                #[inline(always)]
                || {
                    for (x, out) in x.chunks_exact(self.row).zip(out.chunks_exact_mut(self.row)) {
                        let terms = near.iter().zip(&rest).zip(factor.iter().zip(bias));
                        for ((out, &x), ((&near, &rest), (&factor, &bias))) in
                            out.iter_mut().zip(x).zip(terms)
                        {
                            let x = (number::<E, W>(x) - near) - rest;
                            *out = number(x * factor + number(bias));
                        }
                    }
                },
            );
        });
    }
}

/// Values rounded to another type.
pub(super) fn rounded<W: Float>(x: &[f64]) -> Vec<W> {
    x.iter().map(|&x| W::from_f64(x)).collect()
}

/// Values as hi + lo in another type: if both are subtracted one after the other, no digit of the
/// difference is lost.
pub(super) fn in_two_parts<W: Float>(x: &[f64]) -> [Vec<W>; 2] {
    let near: Vec<W> = rounded(x);
    let rest = x.iter().zip(&near).map(|(x, near)| W::from_f64(x - near.to_f64())).collect();
    [near, rest]
}
