//! `(x - mean) factor + bias` with given columns: batch norm in evaluation mode.

use crate::kernel::{Float, parallel, vectorize_small};

/// Elements per block: they are copied, and rescaled while they are in L1.
const COPIED_ELEMENTS: usize = 4096;

/// `out = (x - mean) factor + bias`, where each of the three has an element for each column. If `x` is `None`, `out` is
/// updated in place.
pub(crate) fn rescale<E: Float>(x: Option<&[E]>, [mean, factor, bias]: [&[E]; 3], out: &mut [E]) {
    let row = mean.len();
    if out.is_empty() {
        return;
    }
    assert!(
        factor.len() == row && bias.len() == row && out.len().is_multiple_of(row),
        "whole rows"
    );
    let block = (COPIED_ELEMENTS / row).max(1) * row;
    parallel::rows(out, row, |first, out| {
        let start = first * row;
        for (i, out) in out.chunks_mut(block).enumerate() {
            if let Some(x) = x {
                out.copy_from_slice(&x[start + i * block..][..out.len()]);
            }
            vectorize_small::<E, _>(
                #[inline(always)]
                || {
                    for row in out.chunks_exact_mut(row) {
                        let terms = mean.iter().zip(factor).zip(bias);
                        for (x, ((&mean, &factor), &bias)) in row.iter_mut().zip(terms) {
                            *x = (*x - mean) * factor + bias;
                        }
                    }
                },
            );
        }
    });
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
