//! Every level against the scalar reference.

use super::*;

/// Small integers, whose sums of products are exact in any order.
fn numbers(count: usize, seed: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 7919 + seed * 31) % 17) as f32 - 8.0).collect()
}

/// Every kind of initial value; the bias is filled in later.
const STARTS: [Start<'static, f32>; 3] = [Start::Zero, Start::Bias(&[]), Start::Output];

/// Compares a product with `rows` overlapping rows at a level with the reference. C starts as NaN where it
/// is written; the elements between its rows must stay.
fn check(level: Level, [rows, terms, columns]: [usize; 3], lanewise: bool, start: Start<'_, f32>) {
    let starts: Vec<usize> = (0..rows).map(|i| i * 3 % (rows + 2)).collect();
    let list: Vec<Term> =
        (0..terms).map(|p| Term { a: p * 5 % (terms + 3), b: p * (columns + 1) }).collect();
    let a = numbers(rows + 2 + terms + 3 + columns, 1);
    let b = numbers(terms * (columns + 1) + columns, 2);
    let x = Indexed { a: &a, b: &b, rows: &starts, terms: &list, columns, lanewise };
    // Rows of C in reverse order, with a gap after each.
    let to: Vec<usize> = (0..rows).rev().map(|i| 1 + i * (columns + 2)).collect();
    let mut c = vec![7.0; 1 + rows * (columns + 2)];
    for &to in &to {
        c[to..][..columns].fill(if let Start::Output = start { 3.0 } else { f32::NAN });
    }
    let bias = numbers(columns, 3);
    let start = if let Start::Bias(_) = start { Start::Bias(&bias) } else { start };
    let mut expected = c.clone();
    plain(x, &mut expected, &to, start);
    at(level, x, &mut c, &to, start);
    assert_eq!(c, expected, "{level:?} {rows} x {terms} x {columns} {lanewise} {start:?}");
}

#[test]
fn every_level_equals_the_plain_twin() {
    for level in Level::all() {
        for columns in 1..=67 {
            for (rows, terms) in [(1, 1), (2, 3), (7, 9), (8, 4), (13, 2), (17, 5)] {
                for start in STARTS {
                    check(level, [rows, terms, columns], false, start);
                    check(level, [rows, terms, columns], true, start);
                }
            }
        }
        for terms in [0, 383, 384, 385, 800] {
            for lanewise in [false, true] {
                for start in STARTS {
                    check(level, [9, terms, 20], lanewise, start);
                }
            }
        }
    }
}

#[test]
fn nan_and_infinities_reach_the_rows_that_they_are_in() {
    for level in Level::all() {
        let (a, b) = ([1.0, f32::NAN, f32::INFINITY, 1e-40], [1.0, -1.0]);
        let terms = [Term { a: 0, b: 0 }];
        let x = Indexed {
            a: &a,
            b: &b,
            rows: &[0, 1, 2, 3],
            terms: &terms,
            columns: 2,
            lanewise: false,
        };
        let mut c = [0.0; 8];
        at(level, x, &mut c, &[0, 2, 4, 6], Start::Zero);
        assert!(c[2].is_nan() && c[3].is_nan());
        assert_eq!(
            [c[0], c[1], c[4], c[5], c[6], c[7]],
            [1.0, -1.0, f32::INFINITY, f32::NEG_INFINITY, 1e-40, -1e-40]
        );
    }
}

#[test]
#[should_panic(expected = "a factor beyond A")]
fn a_place_beyond_an_operand_is_refused() {
    let x = Indexed {
        a: &[1.0, 2.0],
        b: &[1.0],
        rows: &[1],
        terms: &[Term { a: 1, b: 0 }],
        columns: 1,
        lanewise: false,
    };
    vectors(x, &mut [0.0], &[0], Start::Zero);
}
