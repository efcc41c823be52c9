//! Scans over all kinds of blocks, compared with one column at a time.

use super::*;

const BLOCKS: [[usize; 3]; 9] = [
    [1, 1, 1],
    [7, 300, 1],
    [3, 5, 1],
    [1, 40_000, 1],
    [1, 30, 500],
    [9, 20, 130],
    [2, 3, 7],
    [0, 3, 2],
    [2, 0, 3],
];

/// The reference: one column at a time.
fn reference<F: Scan<f64>>(f: F, x: &[f64], block: Block, reverse: bool) -> Vec<Option<F::Out>> {
    let Block { length, inner, .. } = block;
    let mut out: Vec<_> = x.iter().map(|_| None).collect();
    for at in 0..block.reduced() {
        let mut state = f.start();
        for l in 0..length {
            let l = if reverse { length - 1 - l } else { l };
            let i = (at / inner * length + l) * inner + at % inner;
            out[i] = Some(f.step(&mut state, x[i]));
        }
    }
    out
}

fn compare<F: Scan<f64, Out: Copy + PartialEq + std::fmt::Debug + Default>>(f: F) {
    for [outer, length, inner] in BLOCKS {
        let block = Block { outer, length, inner };
        let x: Vec<f64> =
            (0..outer * length * inner).map(|i| (i * 37 % 101) as f64 / 50.0).collect();
        for reverse in [false, true] {
            let mut out = vec![F::Out::default(); x.len()];
            scan(f, &x, block, reverse, &mut out);
            let expected = reference(f, &x, block, reverse);
            let same = out.iter().zip(expected).all(|(out, expected)| Some(*out) == expected);
            assert!(same, "{block:?}, reverse {reverse}");
        }
    }
}

#[test]
fn scans_of_all_blocks_equal_the_reference() {
    compare(Sums);
    compare(Products);
    compare(Extremes { min: false });
    compare(Extremes { min: true });
    compare(Positions { min: false });
    compare(Positions { min: true });
    compare(LogSums);
}

#[test]
fn a_long_sum_of_f32_keeps_its_accuracy() {
    let x = vec![0.1f32; 1_000_000];
    let mut sums = vec![f32::NAN; x.len()];
    scan(Sums, &x, Block { outer: 1, length: x.len(), inner: 1 }, false, &mut sums);
    assert_eq!(sums[999_999], (f64::from(0.1f32) * 1e6) as f32);
}

#[test]
fn sums_of_exponentials_are_right_for_infinities_and_nan() {
    let (inf, nan) = (f32::INFINITY, f32::NAN);
    let x = [-inf, -inf, 1000.0, 1000.0, inf, inf, 0.0, nan, 1.0];
    let mut out = [0.0; 9];
    scan(LogSums, &x, Block { outer: 1, length: 9, inner: 1 }, false, &mut out);
    assert_eq!(out[..7], [-inf, -inf, 1000.0, 1000.0 + 2f32.ln(), inf, inf, inf]);
    assert!(out[7].is_nan() && out[8].is_nan());
}

#[test]
fn a_recurrence_is_its_loop_in_both_directions() {
    for [outer, length, inner] in BLOCKS {
        let block = Block { outer, length, inner };
        let n = outer * length * inner;
        let a: Vec<f32> = (0..n).map(|i| (i * 37 % 101) as f32 / 101.0).collect();
        let b: Vec<f32> = (0..n).map(|i| (i * 29 % 97) as f32 - 48.0).collect();
        for reverse in [false, true] {
            let mut out = vec![f32::NAN; n];
            recurrence(&a, &b, block, reverse, &mut out);
            for at in 0..block.reduced() {
                let mut state = 0.0;
                for l in 0..length {
                    let l = if reverse { length - 1 - l } else { l };
                    let i = (at / inner * length + l) * inner + at % inner;
                    state = state * f64::from(a[i]) + f64::from(b[i]);
                    assert_eq!(out[i], state as f32, "{block:?}, reverse {reverse}");
                }
            }
        }
    }
}
