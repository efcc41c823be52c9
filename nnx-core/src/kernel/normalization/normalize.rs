//! Normalizes groups, then scales and shifts them. Scale and bias have an element for each element of a
//! row, which is `groups · width` contiguous elements of an array `[blocks, height, groups, width]`.
//!
//! It is memory-bound, so it reads as little as possible. A row that is a group of its own is read from
//! memory once: the later passes find it in L1. Other groups take one pass for the statistics and one for
//! the output.

use super::groups::{TILE, repeat_each};
use super::sums::{convert, round_from_f64, row_sums, to_f64};
use super::{Groups, Moments, NormKind, huge};
use crate::kernel::scratch::{self, List};
use crate::kernel::{Float, parallel, vectorize_small};

/// `out = (x - mean) s scale + bias` with s = 1 / sqrt(variance + epsilon). If there is a single block, its
/// moments may be given.
pub(crate) fn normalize<E: Float>(
    kind: NormKind,
    shape: Groups,
    moments: Option<&Moments>,
    x: &[E],
    affine: [&[E]; 2],
    out: &mut [E],
) {
    let row = shape.row();
    if moments.is_none() && !huge::fits(x) {
        return huge::normalize_each(kind, shape, x, affine, out);
    }
    if shape.is_rowwise() {
        let narrow = affine.iter().all(|terms| terms.iter().all(|&term| is_moderate(term)));
        return parallel::rows(out, row, |first, out| {
            let x = &x[first * row..][..out.len()];
            for (x, out) in
                x.chunks(interleaved_elements(row)).zip(out.chunks_mut(interleaved_elements(row)))
            {
                if !(narrow && rows::<E, E>(kind, row, x, affine, out)) {
                    in_f64(x, affine, out, |x, affine, out| {
                        rows::<f64, f64>(kind, row, x, affine, out);
                    });
                }
            }
        });
    }
    let chunk = shape.blocks_per_task() * shape.block();
    parallel::for_chunks(out, chunk, shape.blocks_in_parallel(), &|i, out| {
        let x = &x[i * chunk..][..out.len()];
        for (x, out) in x.chunks_exact(shape.block()).zip(out.chunks_exact_mut(shape.block())) {
            let moments = Moments::given_or_computed(moments, shape, x, kind);
            let columns = ColumnAffine::new(kind, shape, &moments, affine[0]);
            if moments.in_range(kind) && columns.in_range(affine[1]) {
                columns.write::<E, E>(x, affine[1], out);
            } else {
                in_f64(x, affine, out, |x, [_, bias], out| columns.write::<f64, f64>(x, bias, out));
            }
        }
    });
}

/// Calls `work` with inputs and output in f64: its arithmetic is compiled for `f64` alone.
#[cold]
fn in_f64<E: Float>(
    x: &[E],
    affine: [&[E]; 2],
    out: &mut [E],
    work: impl FnOnce(&[f64], [&[f64]; 2], &mut [f64]),
) {
    let (x, [scale, bias]) = (to_f64(x), affine.map(to_f64));
    let mut wide = scratch::filled(out.len(), 0.0);
    work(&x, [&scale, &bias], &mut wide);
    round_from_f64(&wide, out);
}

/// Whether a product of a few such values stays within the range of f32.
fn is_moderate<E: Float>(x: E) -> bool {
    x.to_f64().abs() <= 1e12
}

/// Rows whose statistics are computed at the same time: their independent sums hide the latency of additions.
pub(super) const INTERLEAVED_ROWS: usize = 4;
/// The most elements that these rows have together, so that they stay in L1.
const INTERLEAVED_ELEMENTS: usize = 2048;

/// The number of elements in the rows that are computed at the same time; `row` is the number of elements of one row.
pub(super) fn interleaved_elements(row: usize) -> usize {
    (INTERLEAVED_ELEMENTS / row).clamp(1, INTERLEAVED_ROWS) * row
}

/// The statistics of a row, in the arithmetic of `W`: its mean as hi + lo (0 if it isn't centered), and its
/// variance.
#[derive(Clone, Copy)]
pub(super) struct RowStats<W> {
    pub(super) hi: W,
    pub(super) lo: W,
    pub(super) variance: f64,
}

impl<W: Float> RowStats<W> {
    /// `x - mean`.
    #[inline(always)]
    pub(super) fn centered(&self, x: W) -> W {
        (x - self.hi) - self.lo
    }
}

/// The statistics of up to four rows.
#[inline(always)]
pub(super) fn row_statistics<E: Float, W: Float>(
    kind: NormKind,
    row: usize,
    x: &[E],
) -> [RowStats<W>; INTERLEAVED_ROWS] {
    let count = row as f64;
    let mut known = [RowStats { hi: W::ZERO, lo: W::ZERO, variance: 0.0 }; INTERLEAVED_ROWS];
    if kind.centered {
        for (known, x) in known.iter_mut().zip(x.chunks_exact(row)) {
            let [sum, _] = row_sums::<E, W, false>([x; 3], |x, _, _| (x, x));
            known.hi = W::from_f64(sum / count);
        }
    }
    for (known, x) in known.iter_mut().zip(x.chunks_exact(row)) {
        let hi = known.hi;
        let [sum, squares] = row_sums::<E, W, true>([x; 3], |x, _, _| {
            let x = x - hi;
            (x, x * x)
        });
        // The rounding error of `hi`: the mean of the differences from it.
        let lo = if kind.centered { sum / count } else { 0.0 };
        let variance = squares / count - lo * lo;
        known.lo = W::from_f64(lo);
        known.variance = if variance < 0.0 { 0.0 } else { variance };
    }
    known
}

/// Normalizes rows in the arithmetic of `W`. Returns false if the range of `W` is too small for a row.
fn rows<E: Float, W: Float>(
    kind: NormKind,
    row: usize,
    x: &[E],
    [scale, bias]: [&[E]; 2],
    out: &mut [E],
) -> bool {
    vectorize_small::<W, _>(
        #[inline(always)]
        || {
            let known = row_statistics::<E, W>(kind, row, x);
            let rows = x.chunks_exact(row).zip(out.chunks_exact_mut(row));
            for ((x, out), &RowStats { hi, lo, variance }) in rows.zip(&known) {
                if !kind.in_range::<W>(hi.to_f64(), variance) {
                    return false;
                }
                let s = W::from_f64(kind.factor(variance));
                let terms = scale.iter().zip(bias);
                for ((out, &x), (&scale, &bias)) in out.iter_mut().zip(x).zip(terms) {
                    let y = ((convert::<E, W>(x) - hi) - lo) * s;
                    *out = convert(y * convert(scale) + convert(bias));
                }
            }
            true
        },
    )
}

/// Applies `x -> (x - mean) factor + bias` to the columns of a block.
struct ColumnAffine {
    shape: Groups,
    mean: List<f64>,
    factor: List<f64>,
}

impl ColumnAffine {
    fn new<E: Float>(kind: NormKind, shape: Groups, moments: &Moments, scale: &[E]) -> Self {
        let s = moments.factors(kind, shape);
        let factor = s.iter().zip(scale).map(|(s, scale)| s * scale.to_f64()).collect();
        Self { shape, mean: repeat_each(&moments.mean, shape.width), factor }
    }

    fn in_range<E: Float>(&self, bias: &[E]) -> bool {
        bias.iter().all(|&bias| is_moderate(bias))
            && self.factor.iter().all(|&factor| is_moderate(factor))
    }

    /// The mean is hi + lo: `(x - hi) factor` loses no digit of the difference, and `lo factor` is a part of the bias.
    fn write<E: Float, W: Float>(&self, x: &[E], bias: &[E], out: &mut [E]) {
        let hi = rounded::<W>(&self.mean);
        let lo = self.mean.iter().zip(&hi).map(|(mean, hi)| mean - hi.to_f64());
        let bias = lo.zip(&self.factor).zip(bias);
        let bias = bias.map(|((lo, factor), bias)| W::from_f64(bias.to_f64() - lo * factor));
        let bias: List<W> = bias.collect();
        let terms = [hi, rounded(&self.factor), bias];
        let [hi, factor, bias] = terms.map(|terms| self.shape.repeated_row(&terms));
        parallel::rows(out, self.shape.line(), |first, out| {
            let x = &x[first * self.shape.line()..][..out.len()];
            vectorize_small::<W, _>(
                #[inline(always)]
                || write_lines::<E, W>(x, &hi, &factor, &bias, out),
            );
        });
    }
}

/// Elements of a block of lines, which L1 holds while all tiles are computed.
const LINES_BLOCK: usize = 2048;

/// `out = (x - mean) factor + bias` for lines, of which the last one may be shorter.
#[inline(always)]
pub(super) fn write_lines<E: Float, W: Float>(
    x: &[E],
    mean: &[W],
    factor: &[W],
    bias: &[W],
    out: &mut [E],
) {
    let line = mean.len();
    let block = (LINES_BLOCK / line).max(1) * line;
    for (x, out) in x.chunks(block).zip(out.chunks_mut(block)) {
        let whole = out.len() / line * line;
        let ((x, x_rest), (out, out_rest)) = (x.split_at(whole), out.split_at_mut(whole));
        let tiles = mean.as_chunks::<TILE>().0.iter().zip(factor.as_chunks::<TILE>().0);
        for (i, ((mean, factor), bias)) in tiles.zip(bias.as_chunks::<TILE>().0).enumerate() {
            let (mean, factor, bias) = (*mean, *factor, *bias);
            for (x, out) in x.chunks_exact(line).zip(out.chunks_exact_mut(line)) {
                let x = x[i * TILE..].first_chunk::<TILE>().expect("a tile");
                let out = out[i * TILE..].first_chunk_mut::<TILE>().expect("a tile");
                for c in 0..TILE {
                    out[c] = convert((convert::<E, W>(x[c]) - mean[c]) * factor[c] + bias[c]);
                }
            }
        }
        let done = line / TILE * TILE;
        if done < line {
            for (x, out) in x.chunks_exact(line).zip(out.chunks_exact_mut(line)) {
                let out = &mut out[done..];
                write_line(&x[done..], &mean[done..], &factor[done..], &bias[done..], out);
            }
        }
        write_line(x_rest, mean, factor, bias, out_rest);
    }
}

/// A part of a line of [`write_lines`].
#[inline(always)]
fn write_line<E: Float, W: Float>(x: &[E], mean: &[W], factor: &[W], bias: &[W], out: &mut [E]) {
    // The slices have one length, so that the loop needs no bounds checks.
    let length = out.len();
    let (x, mean, factor, bias) =
        (&x[..length], &mean[..length], &factor[..length], &bias[..length]);
    for c in 0..length {
        out[c] = convert((convert::<E, W>(x[c]) - mean[c]) * factor[c] + bias[c]);
    }
}

/// Rounds values to another type.
pub(super) fn rounded<W: Float>(x: &[f64]) -> List<W> {
    x.iter().map(|&x| W::from_f64(x)).collect()
}

/// Splits values into hi + lo of a different type. `x - hi - lo` then loses no digit of the difference.
pub(super) fn hi_lo<W: Float>(x: &[f64]) -> [List<W>; 2] {
    let hi: List<W> = rounded(x);
    let lo = x.iter().zip(&hi).map(|(x, hi)| W::from_f64(x - hi.to_f64())).collect();
    [hi, lo]
}
