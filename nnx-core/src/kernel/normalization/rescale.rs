//! `(x - mean) factor + bias` with given columns: batch norm in evaluation mode.

use super::Groups;
use super::normalize::write_lines;
use crate::kernel::{Float, parallel, vectorize_small};

/// `out = (x - mean) factor + bias`, where each of the three has an element for each column. If `x` is `None`, `out` is
/// updated in place.
pub(crate) fn rescale<E: Float>(x: Option<&[E]>, terms: [&[E]; 3], out: &mut [E]) {
    let row = terms[0].len();
    if out.is_empty() {
        return;
    }
    assert!(
        terms.iter().all(|terms| terms.len() == row) && out.len().is_multiple_of(row),
        "whole rows"
    );
    let shape = Groups { blocks: 1, height: out.len() / row, groups: row, width: 1 };
    let line = shape.line();
    let [mean, factor, bias] = terms.map(|terms| shape.repeated_row(terms));
    parallel::rows(out, line, |first, out| {
        let start = first * line;
        vectorize_small::<E, _>(
            #[inline(always)]
            || match x {
                Some(x) => {
                    write_lines::<E, E>(&x[start..][..out.len()], &mean, &factor, &bias, out);
                }
                None => rescale_lines(&mean, &factor, &bias, out),
            },
        );
    });
}

/// Updates lines in place.
#[inline(always)]
fn rescale_lines<E: Float>(mean: &[E], factor: &[E], bias: &[E], out: &mut [E]) {
    for line in out.chunks_mut(mean.len()) {
        for (x, ((&mean, &factor), &bias)) in line.iter_mut().zip(mean.iter().zip(factor).zip(bias))
        {
            *x = (*x - mean) * factor + bias;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_every_length_equal_the_reference_in_place_or_not() {
        for row in (1..67).chain([5000]) {
            for rows in [0, 1, 3, 70] {
                let value = |i: usize| match i * 31 % 97 {
                    0 => f32::INFINITY,
                    1 => f32::NEG_INFINITY,
                    2 => 1e-40,
                    n => n as f32 - 40.0,
                };
                let x: Vec<f32> = (0..rows * row).map(value).collect();
                let [mean, factor, bias] = [1, 2, 3]
                    .map(|by| (0..row).map(|c| (c % 9 * by) as f32 + 1.0).collect::<Vec<_>>());
                let reference: Vec<f32> = (0..x.len())
                    .map(|i| (x[i] - mean[i % row]) * factor[i % row] + bias[i % row])
                    .collect();
                let terms = [&mean[..], &factor, &bias];
                let mut out = vec![f32::NAN; x.len()];
                rescale(Some(&x), terms, &mut out);
                assert_eq!(out, reference, "{rows} rows of {row}");
                let mut inside = x.clone();
                rescale(None, terms, &mut inside);
                assert_eq!(inside, reference, "{rows} rows of {row}, in place");
            }
        }
    }
}
