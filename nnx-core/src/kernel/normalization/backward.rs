//! The gradients of [`normalize`](super::normalize): one pass over memory for the sums, one for the output.

use super::columns::columns_pair;
use super::groups::{repeat_each, sum_each, sum_of_rows};
use super::normalize::{RowStats, hi_lo, rounded, row_statistics};
use super::sums::{convert, round_from_f64, row_sums, to_f64};
use super::{Groups, Moments, NormKind, huge};
use crate::kernel::scratch::{self, List};
use crate::kernel::{Float, parallel, vectorize_small};

/// The gradients of [`normalize`](super::normalize) for an output gradient g. Writes the gradient of x to
/// `out`, and returns the gradients of scale and bias, which are the sums of `g y` and of g, where y is
/// `(x - mean) s`.
pub(crate) fn normalize_backward<E: Float>(
    kind: NormKind,
    shape: Groups,
    moments: Option<&Moments>,
    [x, g, scale]: [&[E]; 3],
    out: &mut [E],
) -> [List<E>; 2] {
    let (row, chunk) = (shape.row(), shape.blocks_per_task() * shape.block());
    if out.is_empty() {
        return [0; 2].map(|_| scratch::filled(row, E::ZERO));
    }
    if moments.is_none() && !huge::fits(x) {
        return huge::backward_each(kind, shape, [x, g, scale], out);
    }
    // Each task has its own sums; they are added in order.
    let mut sums = scratch::filled(out.len().div_ceil(chunk) * 2 * row, 0.0);
    parallel::for_pairs(
        (out, chunk),
        (&mut sums, 2 * row),
        shape.blocks_in_parallel(),
        &|i, out, sums| {
            let range = i * chunk..i * chunk + out.len();
            let inputs = [&x[range.clone()], &g[range], scale];
            let narrow = match shape.is_rowwise() {
                true => rows::<E, E>(kind, inputs, out, sums),
                false => blocks::<E, E>(kind, shape, moments, inputs, out, sums),
            };
            if !narrow {
                in_f64(kind, shape, moments, inputs, out, sums);
            }
        },
    );
    let total = sum_of_rows(&sums, 2 * row);
    let element = |half: &[f64]| scratch::collected(half.iter().map(|&sum| E::from_f64(sum)));
    [element(&total[..row]), element(&total[row..])]
}

/// The gradients of rows or blocks, computed in f64 from converted inputs: the arithmetic is compiled for `f64` inputs alone.
#[cold]
fn in_f64<E: Float>(
    kind: NormKind,
    shape: Groups,
    moments: Option<&Moments>,
    inputs: [&[E]; 3],
    out: &mut [E],
    sums: &mut [f64],
) {
    let [x, g, scale] = inputs.map(to_f64);
    let (inputs, mut wide) = ([&x[..], &g, &scale], scratch::filled(out.len(), 0.0));
    match shape.is_rowwise() {
        true => rows::<f64, f64>(kind, inputs, &mut wide, sums),
        false => blocks::<f64, f64>(kind, shape, moments, inputs, &mut wide, sums),
    };
    round_from_f64(&wide, out);
}

/// The gradients of rows, one row at a time, in the arithmetic of `W`. Returns false if the range of `W` is too small
/// for a row.
fn rows<E: Float, W: Float>(
    kind: NormKind,
    [x, g, scale]: [&[E]; 3],
    out: &mut [E],
    sums: &mut [f64],
) -> bool {
    let row = scale.len();
    let [mut d_scale, mut d_bias] = [0; 2].map(|_| scratch::filled(row, W::ZERO));
    let in_range = vectorize_small::<W, _>(
        #[inline(always)]
        || {
            let rows = x.chunks_exact(row).zip(g.chunks_exact(row));
            for (out, (x, g)) in out.chunks_exact_mut(row).zip(rows) {
                let [known, ..] = row_statistics::<E, W>(kind, row, x);
                let [total, product] = row_sums::<E, W, true>([x, g, scale], |x, g, scale| {
                    let g = g * scale;
                    (g, known.centered(x) * g)
                });
                let s = kind.factor(known.variance);
                let total = if kind.centered { total / row as f64 } else { 0.0 };
                let product = s * s * product / row as f64;
                let in_range = kind.in_range::<W>(known.hi.to_f64(), known.variance);
                if !(in_range && all_in_range::<W>([total, product])) {
                    return false;
                }
                let (s, total, product) =
                    (W::from_f64(s), W::from_f64(total), W::from_f64(product));
                finish_row(
                    known,
                    [s, total, product],
                    [x, g, scale],
                    out,
                    &mut d_scale,
                    &mut d_bias,
                );
            }
            true
        },
    );
    let found = d_scale.iter().chain(&d_bias);
    sums.iter_mut().zip(found.clone()).for_each(|(sum, found)| *sum = found.to_f64());
    in_range && found.into_iter().all(|sum| all_in_range::<W>([sum.to_f64()]))
}

/// Writes a row and adds to the gradients of scale and bias. The slices are arguments, so that the compiler
/// knows that they don't overlap.
#[inline(always)]
fn finish_row<E: Float, W: Float>(
    known: RowStats<W>,
    [s, total, product]: [W; 3],
    [x, g, scale]: [&[E]; 3],
    out: &mut [E],
    d_scale: &mut [W],
    d_bias: &mut [W],
) {
    let sums = d_scale.iter_mut().zip(d_bias.iter_mut());
    let inputs = x.iter().zip(g).zip(scale);
    for ((out, ((&x, &g), &scale)), (d_scale, d_bias)) in out.iter_mut().zip(inputs).zip(sums) {
        let (x, g) = (known.centered(convert(x)), convert::<E, W>(g));
        *out = convert(s * ((convert::<E, W>(scale) * g - total) - x * product));
        *d_scale += g * (x * s);
        *d_bias += g;
    }
}

/// Whether the values are in the range of `W`, far from its limits.
fn all_in_range<W: Float>(values: impl IntoIterator<Item = f64>) -> bool {
    size_of::<W>() == 8 || values.into_iter().all(|value| value.abs() <= 1e30)
}

/// The gradients of blocks, one block at a time, in the arithmetic of `W`. Returns false if the range of `W` is too
/// small for a block.
fn blocks<E: Float, W: Float>(
    kind: NormKind,
    shape: Groups,
    moments: Option<&Moments>,
    [x, g, scale]: [&[E]; 3],
    out: &mut [E],
    sums: &mut [f64],
) -> bool {
    let (row, block, count) = (shape.row(), shape.block(), shape.count());
    let (d_scale, d_bias) = sums.split_at_mut(row);
    d_scale.fill(0.0);
    d_bias.fill(0.0);
    let scale: List<f64> = scale.iter().map(|scale| scale.to_f64()).collect();
    let inputs = x.chunks_exact(block).zip(g.chunks_exact(block));
    for (out, (x, g)) in out.chunks_exact_mut(block).zip(inputs) {
        let moments = Moments::given_or_computed(moments, shape, x, kind);
        if !moments.in_range(kind) && size_of::<W>() < 8 {
            return false;
        }
        let [hi, lo] = hi_lo::<W>(&repeat_each(&moments.mean, shape.width));
        let s = moments.factors(kind, shape);
        let pair = columns_pair(shape, [x, g], [&hi, &lo]);
        let (sum, product) = pair.split_at(row);
        for c in 0..row {
            d_scale[c] += product[c] * s[c];
            d_bias[c] += sum[c];
        }
        // The mean of a sum over each group, repeated for the columns of the group.
        let group_mean = |sums: &[f64]| -> List<f64> {
            let weighted: List<f64> =
                sums.iter().zip(&scale).map(|(sum, scale)| sum * scale / count).collect();
            repeat_each(&sum_each(&weighted, shape.width), shape.width)
        };
        let (mut total, mut slope) = (group_mean(sum), group_mean(product));
        for c in 0..row {
            total[c] = if kind.centered { total[c] } else { 0.0 };
            slope[c] *= s[c] * s[c];
        }
        if !all_in_range::<W>(total.iter().chain(&slope).chain(&scale).chain(&pair).copied()) {
            return false;
        }
        // The part of the gradient that is constant along a column. If there is no variance, it cancels exactly.
        let constant: List<f64> = (0..row).map(|c| lo[c].to_f64() * slope[c] - total[c]).collect();
        let terms = [&s, &scale, &slope, &constant];
        let [s, scale, slope, constant] =
            terms.map(|terms| shape.repeated_row(&rounded::<W>(terms)));
        let (hi, line) = (shape.repeated_row(&hi), shape.line());
        parallel::rows(out, line, |first, out| {
            let range = first * line..first * line + out.len();
            let inputs = x[range.clone()].chunks(line).zip(g[range].chunks(line));
            vectorize_small::<W, _>(
                #[inline(always)]
                || {
                    for (out, (x, g)) in out.chunks_mut(line).zip(inputs) {
                        write_line([x, g], [&hi, &constant, &scale, &slope, &s], out);
                    }
                },
            );
        });
    }
    true
}

/// Writes a line of a block.
#[inline(always)]
fn write_line<E: Float, W: Float>(
    [x, g]: [&[E]; 2],
    [hi, constant, scale, slope, s]: [&[W]; 5],
    out: &mut [E],
) {
    let terms = hi.iter().zip(constant).zip(scale.iter().zip(slope)).zip(s);
    for ((out, (&x, &g)), (((&hi, &constant), (&scale, &slope)), &s)) in
        out.iter_mut().zip(x.iter().zip(g)).zip(terms)
    {
        let x = convert::<E, W>(x) - hi;
        *out = convert(s * ((scale * convert(g) + constant) - x * slope));
    }
}
