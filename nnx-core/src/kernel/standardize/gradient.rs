//! The gradients of [`normalize`](super::normalize): one pass over memory for the sums, one for the output.

use super::groups::{added, gathered, spread};
use super::normalize::{Row, in_two_parts, rounded, row_statistics};
use super::sums::{along, columns_pair, number};
use super::{Groups, Moments, Rule};
use crate::kernel::{Float, parallel, vectorize_small};

/// The gradients of [`normalize`](super::normalize) for an output gradient g. Writes the gradient of x to
/// `out`, and returns the gradients of scale and bias, which are the sums of `g y` and of g, where y is
/// `(x - mean) s`.
pub(crate) fn normalize_gradient<E: Float>(
    rule: Rule,
    of: Groups,
    moments: Option<&Moments>,
    [x, g, scale]: [&[E]; 3],
    out: &mut [E],
) -> [Vec<E>; 2] {
    let (row, part) = (of.row(), of.blocks_per_part() * of.block());
    if out.is_empty() {
        return [vec![E::ZERO; row], vec![E::ZERO; row]];
    }
    // Each task has its own sums; they are added in order.
    let mut sums = vec![0.0; out.len().div_ceil(part) * 2 * row];
    let mut parts: Vec<_> = out.chunks_mut(part).zip(sums.chunks_exact_mut(2 * row)).collect();
    parallel::chunks(&mut parts, 1, true, &|i, parts| {
        for (out, sums) in parts {
            let range = i * part..i * part + out.len();
            let inputs = [&x[range.clone()], &g[range], scale];
            let narrow = match of.are_rows() {
                true => rows::<E, E>(rule, inputs, out, sums),
                false => blocks::<E, E>(rule, of, moments, inputs, out, sums),
            };
            if !narrow {
                match of.are_rows() {
                    true => rows::<E, f64>(rule, inputs, out, sums),
                    false => blocks::<E, f64>(rule, of, moments, inputs, out, sums),
                };
            }
        }
    });
    let total = added(&sums, 2 * row);
    let element = |half: &[f64]| half.iter().map(|&sum| E::from_f64(sum)).collect();
    [element(&total[..row]), element(&total[row..])]
}

/// Rows, one after the other, in the arithmetic of `W`. Returns false if its range is too small for one.
fn rows<E: Float, W: Float>(
    rule: Rule,
    [x, g, scale]: [&[E]; 3],
    out: &mut [E],
    sums: &mut [f64],
) -> bool {
    let row = scale.len();
    let [mut along_scale, mut along_bias] = [0; 2].map(|_| vec![W::ZERO; row]);
    let fits = vectorize_small::<W, _>(
        #[inline(always)]
        || {
            let rows = x.chunks_exact(row).zip(g.chunks_exact(row));
            for (out, (x, g)) in out.chunks_exact_mut(row).zip(rows) {
                let [known, ..] = row_statistics::<E, W>(rule, row, x);
                let [total, product] = along::<E, W, true>([x, g, scale], |x, g, scale| {
                    let g = g * scale;
                    (g, known.centred(x) * g)
                });
                let s = rule.factor(known.variance);
                let total = if rule.centred { total / row as f64 } else { 0.0 };
                let product = s * s * product / row as f64;
                let fits = rule.fits::<W>(known.near.to_f64(), known.variance);
                if !(fits && fit::<W>([total, product])) {
                    return false;
                }
                let (s, total, product) =
                    (W::from_f64(s), W::from_f64(total), W::from_f64(product));
                finish_row(
                    known,
                    [s, total, product],
                    [x, g, scale],
                    out,
                    &mut along_scale,
                    &mut along_bias,
                );
            }
            true
        },
    );
    let found = along_scale.iter().chain(&along_bias);
    sums.iter_mut().zip(found.clone()).for_each(|(sum, found)| *sum = found.to_f64());
    fits && found.into_iter().all(|sum| fit::<W>([sum.to_f64()]))
}

/// Writes a row and adds to the gradients of scale and bias. The slices are arguments, so that the compiler
/// knows that they don't overlap.
#[inline(always)]
fn finish_row<E: Float, W: Float>(
    known: Row<W>,
    [s, total, product]: [W; 3],
    [x, g, scale]: [&[E]; 3],
    out: &mut [E],
    along_scale: &mut [W],
    along_bias: &mut [W],
) {
    let sums = along_scale.iter_mut().zip(along_bias.iter_mut());
    let inputs = x.iter().zip(g).zip(scale);
    for ((out, ((&x, &g), &scale)), (along_scale, along_bias)) in
        out.iter_mut().zip(inputs).zip(sums)
    {
        let (x, g) = (known.centred(number(x)), number::<E, W>(g));
        *out = number(s * ((number::<E, W>(scale) * g - total) - x * product));
        *along_scale += g * (x * s);
        *along_bias += g;
    }
}

/// Whether the values are in the range of `W`, far from its limits.
fn fit<W: Float>(numbers: impl IntoIterator<Item = f64>) -> bool {
    size_of::<W>() == 8 || numbers.into_iter().all(|number| number.abs() <= 1e30)
}

/// Blocks, one after the other, in the arithmetic of `W`. Returns false if its range is too small for one.
fn blocks<E: Float, W: Float>(
    rule: Rule,
    of: Groups,
    moments: Option<&Moments>,
    [x, g, scale]: [&[E]; 3],
    out: &mut [E],
    sums: &mut [f64],
) -> bool {
    let (row, block, count) = (of.row(), of.block(), of.count());
    let (along_scale, along_bias) = sums.split_at_mut(row);
    along_scale.fill(0.0);
    along_bias.fill(0.0);
    let scale: Vec<f64> = scale.iter().map(|scale| scale.to_f64()).collect();
    let inputs = x.chunks_exact(block).zip(g.chunks_exact(block));
    for (out, (x, g)) in out.chunks_exact_mut(block).zip(inputs) {
        let moments = Moments::known_or_of(moments, of, x, rule);
        if !moments.fit(rule) && size_of::<W>() < 8 {
            return false;
        }
        let [near, rest] = in_two_parts::<W>(&spread(&moments.mean, of.width));
        let s = moments.factors(rule, of);
        let pair = columns_pair(of, [x, g], [&near, &rest]);
        let (sum, product) = pair.split_at(row);
        for c in 0..row {
            along_scale[c] += product[c] * s[c];
            along_bias[c] += sum[c];
        }
        // The mean of a sum over each group, repeated for the columns of the group.
        let group_mean = |sums: &[f64]| -> Vec<f64> {
            let weighted: Vec<f64> =
                sums.iter().zip(&scale).map(|(sum, scale)| sum * scale / count).collect();
            spread(&gathered(&weighted, of.width), of.width)
        };
        let (mut total, mut along) = (group_mean(sum), group_mean(product));
        for c in 0..row {
            total[c] = if rule.centred { total[c] } else { 0.0 };
            along[c] *= s[c] * s[c];
        }
        if !fit::<W>(total.iter().chain(&along).chain(&scale).chain(&pair).copied()) {
            return false;
        }
        // The part that is constant along a column, as one number. If there is no variance, it cancels
        // exactly.
        let still: Vec<f64> = (0..row).map(|c| rest[c].to_f64() * along[c] - total[c]).collect();
        let [s, scale, along, still] =
            [&s, &scale, &along, &still].map(|terms| rounded::<W>(terms));
        parallel::rows(out, row, |first, out| {
            let range = first * row..first * row + out.len();
            let inputs = x[range.clone()].chunks_exact(row).zip(g[range].chunks_exact(row));
            vectorize_small::<W, _>(
                #[inline(always)]
                || {
                    for (out, (x, g)) in out.chunks_exact_mut(row).zip(inputs) {
                        write_row([x, g], [&near, &still, &scale, &along, &s], out);
                    }
                },
            );
        });
    }
    true
}

/// Writes a row of a block.
#[inline(always)]
fn write_row<E: Float, W: Float>(
    [x, g]: [&[E]; 2],
    [near, still, scale, along, s]: [&[W]; 5],
    out: &mut [E],
) {
    let terms = near.iter().zip(still).zip(scale.iter().zip(along)).zip(s);
    for ((out, (&x, &g)), (((&near, &still), (&scale, &along)), &s)) in
        out.iter_mut().zip(x.iter().zip(g)).zip(terms)
    {
        let x = number::<E, W>(x) - near;
        *out = number(s * ((scale * number(g) + still) - x * along));
    }
}
