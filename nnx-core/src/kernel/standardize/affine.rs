//! Groups brought to mean 0 and variance 1, then scaled and shifted, in as few passes over memory as
//! their statistics allow. Scale and bias have an element for each one of a row, which are the `groups
//! width` neighbours of an array `[blocks, height, groups, width]`.
//!
//! Rows that are a group each are read once: the other passes find them in the nearest cache. Else
//! there are two passes for the statistics, and one for what is written.

use std::ops::Range;

use super::groups::{added, along, along_pair, columns_pair, gathered, spread};
use super::{Groups, Moments, Rule};
use crate::kernel::{Float, parallel, vectorize};

/// `out = (x - mean) s scale + bias` with s = 1 / sqrt(variance + epsilon). The moments of a single block
/// may be known.
pub(crate) fn normalize<E: Float>(
    rule: Rule,
    of: Groups,
    moments: Option<&Moments>,
    x: &[E],
    [scale, bias]: [&[E]; 2],
    out: &mut [E],
) {
    let (scale, bias) = (numbers(scale), numbers(bias));
    let (row, block) = (of.row(), of.block());
    if of.are_rows() {
        return parallel::rows(out, row, |first, out| {
            let x = &x[first * row..][..out.len()];
            vectorize(
                #[inline(always)]
                || {
                    for (out, x) in out.chunks_exact_mut(row).zip(x.chunks_exact(row)) {
                        let (mean, s) = row_statistics(rule, x);
                        let affine = scale.iter().zip(&bias);
                        for ((out, &x), (&scale, &bias)) in out.iter_mut().zip(x).zip(affine) {
                            *out = E::from_f64((x.to_f64() - mean) * s * scale + bias);
                        }
                    }
                },
            );
        });
    }
    each_block(of, out, |blocks, out| {
        for (x, out) in x[blocks].chunks_exact(block).zip(out.chunks_exact_mut(block)) {
            let (mean, s) = block_statistics(rule, of, moments, x);
            let factor: Vec<f64> = s.iter().zip(&scale).map(|(s, scale)| s * scale).collect();
            parallel::rows(out, row, |first, out| {
                let x = &x[first * row..][..out.len()];
                vectorize(
                    #[inline(always)]
                    || {
                        for (out, x) in out.chunks_exact_mut(row).zip(x.chunks_exact(row)) {
                            let terms = mean.iter().zip(&factor).zip(&bias);
                            for ((out, &x), ((mean, factor), bias)) in
                                out.iter_mut().zip(x).zip(terms)
                            {
                                *out = E::from_f64((x.to_f64() - mean) * factor + bias);
                            }
                        }
                    },
                );
            });
        }
    });
}

/// The gradients of [`normalize`], g being that of its output: with respect to x, in `out`; and with
/// respect to scale and bias, returned, the sums of `g y` and of g, where y is `(x - mean) s`.
pub(crate) fn normalize_gradient<E: Float>(
    rule: Rule,
    of: Groups,
    moments: Option<&Moments>,
    [x, g, scale]: [&[E]; 3],
    out: &mut [E],
) -> [Vec<E>; 2] {
    let scale = numbers(scale);
    let (row, part) = (of.row(), of.blocks_per_part() * of.block());
    if out.is_empty() {
        return [vec![E::ZERO; row], vec![E::ZERO; row]];
    }
    // Each part of the work has its own sums, which are added in order.
    let mut sums = vec![0.0; out.len().div_ceil(part) * 2 * row];
    let mut parts: Vec<_> = out.chunks_mut(part).zip(sums.chunks_exact_mut(2 * row)).collect();
    parallel::chunks(&mut parts, 1, true, &|i, parts| {
        for (out, sums) in parts {
            let range = i * part..i * part + out.len();
            let ([x, g], sums) = ([&x[range.clone()], &g[range]], sums.split_at_mut(row));
            match of.are_rows() {
                true => rows_gradient(rule, [x, g], &scale, out, sums),
                false => blocks_gradient(rule, of, moments, [x, g], &scale, out, sums),
            }
        }
    });
    let total = added(&sums, 2 * row);
    let element = |half: &[f64]| half.iter().map(|&sum| E::from_f64(sum)).collect();
    [element(&total[..row]), element(&total[row..])]
}

/// Rows, one after the other.
fn rows_gradient<E: Float>(
    rule: Rule,
    [x, g]: [&[E]; 2],
    scale: &[f64],
    out: &mut [E],
    (along_scale, along_bias): (&mut [f64], &mut [f64]),
) {
    let row = scale.len();
    vectorize(
        #[inline(always)]
        || {
            let rows = x.chunks_exact(row).zip(g.chunks_exact(row));
            for (out, (x, g)) in out.chunks_exact_mut(row).zip(rows) {
                let (mean, s) = row_statistics(rule, x);
                let [total, product] = along_pair([x, g], scale, mean);
                let total = if rule.centred { s * total / row as f64 } else { 0.0 };
                let product = s * s * s * product / row as f64;
                let sums = along_scale.iter_mut().zip(along_bias.iter_mut());
                let inputs = x.iter().zip(g).zip(scale);
                for ((out, ((&x, &g), scale)), (along_scale, along_bias)) in
                    out.iter_mut().zip(inputs).zip(sums)
                {
                    let (centred, g) = (x.to_f64() - mean, g.to_f64());
                    *out = E::from_f64(s * scale * g - total - centred * product);
                    *along_scale += g * (centred * s);
                    *along_bias += g;
                }
            }
        },
    );
}

/// Blocks, one after the other.
fn blocks_gradient<E: Float>(
    rule: Rule,
    of: Groups,
    moments: Option<&Moments>,
    [x, g]: [&[E]; 2],
    scale: &[f64],
    out: &mut [E],
    (along_scale, along_bias): (&mut [f64], &mut [f64]),
) {
    let (row, block, count) = (of.row(), of.block(), of.count());
    let blocks = x.chunks_exact(block).zip(g.chunks_exact(block));
    for (out, (x, g)) in out.chunks_exact_mut(block).zip(blocks) {
        let (mean, s) = block_statistics(rule, of, moments, x);
        let sums = columns_pair(of, [x, g], &mean);
        let (sum, product) = sums.split_at(row);
        for c in 0..row {
            along_scale[c] += product[c] * s[c];
            along_bias[c] += sum[c];
        }
        // The mean of a group's sums along its columns, in each of these.
        let group_mean = |sums: &[f64]| -> Vec<f64> {
            let weighted: Vec<f64> =
                sums.iter().zip(scale).map(|(sum, scale)| sum * scale / count).collect();
            spread(&gathered(&weighted, of.width), of.width)
        };
        let (mut total, mut along) = (group_mean(sum), group_mean(product));
        let factor: Vec<f64> = s.iter().zip(scale).map(|(s, scale)| s * scale).collect();
        for c in 0..row {
            total[c] = if rule.centred { s[c] * total[c] } else { 0.0 };
            along[c] *= s[c] * s[c] * s[c];
        }
        parallel::rows(out, row, |first, out| {
            let range = first * row..first * row + out.len();
            let inputs = x[range.clone()].chunks_exact(row).zip(g[range].chunks_exact(row));
            vectorize(
                #[inline(always)]
                || {
                    for (out, (x, g)) in out.chunks_exact_mut(row).zip(inputs) {
                        let terms = mean.iter().zip(&factor).zip(&total).zip(&along);
                        for ((out, (&x, &g)), (((mean, factor), total), along)) in
                            out.iter_mut().zip(x.iter().zip(g)).zip(terms)
                        {
                            let centred = x.to_f64() - mean;
                            *out = E::from_f64(factor * g.to_f64() - total - centred * along);
                        }
                    }
                },
            );
        });
    }
}

/// Calls `work` with parts of whole blocks of `out`, and where they stand.
fn each_block<E: Float>(of: Groups, out: &mut [E], work: impl Fn(Range<usize>, &mut [E]) + Sync) {
    let part = of.blocks_per_part() * of.block();
    parallel::chunks(out, part, true, &|i, out| work(i * part..i * part + out.len(), out));
}

/// The mean of a row, which is 0 where the rule takes none off, and its `1 / sqrt(variance + epsilon)`.
#[inline(always)]
fn row_statistics<E: Float>(rule: Rule, x: &[E]) -> (f64, f64) {
    let count = x.len() as f64;
    let mean = if rule.centred { along(x, |x| x) / count } else { 0.0 };
    let squares = along(x, |x| (x - mean) * (x - mean));
    (mean, rule.factor(squares / count))
}

/// The same for each column of a block.
fn block_statistics<E: Float>(
    rule: Rule,
    of: Groups,
    moments: Option<&Moments>,
    x: &[E],
) -> (Vec<f64>, Vec<f64>) {
    let moments = moments.cloned().unwrap_or_else(|| Moments::of(of, x, rule.centred));
    let factors: Vec<f64> = moments.variance.iter().map(|&spread| rule.factor(spread)).collect();
    (spread(&moments.mean, of.width), spread(&factors, of.width))
}

fn numbers<E: Float>(x: &[E]) -> Vec<f64> {
    x.iter().map(|x| x.to_f64()).collect()
}
