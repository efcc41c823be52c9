//! Special values, rounding errors, and operands that are refused.

use super::operands::{Guarded, Operand, values};
use super::*;

#[test]
fn infinities_nan_and_denormals_follow_ieee_754() {
    let special = [f32::INFINITY, f32::NEG_INFINITY, f32::NAN, 0.0, -0.0, 1e-40, -1e-45, f32::MAX];
    for [m, k, n] in [[1, 9, 40], [13, 20, 50], [3, 70, 1], [70, 9, 70]] {
        for kind in [0, 2, 4] {
            let mut a = Operand::new(m, k, kind, 1, 1);
            let mut b = Operand::new(k, n, kind, 2, 2);
            // Special values are rare enough that most sums contain none or one of them.
            for (i, &x) in special.iter().enumerate() {
                *a.at_mut(i * 5 % m, i * 7 % k) = x;
                *b.at_mut(i * 3 % k, i * 11 % n) = special[(i + 3) % special.len()];
            }
            let dots = (m == 1 || n == 1) && a.column == 1 && b.row == 1;
            for level in Level::all() {
                let mut c = Guarded::new([m, n], 1);
                let operands = (a.layout(), b.layout());
                level.run(SerialGemm {
                    size: [m, k, n],
                    a: operands.0,
                    b: operands.1,
                    finish: Finish::NOTHING,
                    c: c.output(),
                });
                for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
                    let (a, b) = (|p| a.at(i, p), |p| b.at(p, j));
                    let expected = reference(is_fused(level), k, dots, a, b, None);
                    let found = c.at(i, j);
                    assert!(same(found, expected), "{}: {found}, {expected}", level.name());
                }
            }
        }
    }
}

/// The error of a sum of k products is at most (t + 2) ε times the sum of their absolute values, where t is
/// the longest chain of additions: the length of a k-block plus the number of k-blocks.
#[test]
fn sums_are_as_accurate_as_their_order_allows() {
    for (k, chain) in [(10, 10.0), (512, 512.0), (5000, 504.0 + 10.0)] {
        let (a, b) = (Operand::new(4, k, 0, 0, 1), Operand::new(k, 20, 0, 0, 2));
        for level in Level::all() {
            let mut c = Guarded::new([4, 20], 0);
            level.run(SerialGemm {
                size: [4, k, 20],
                a: a.layout(),
                b: b.layout(),
                finish: Finish::NOTHING,
                c: c.output(),
            });
            for (i, j) in (0..4).flat_map(|i| (0..20).map(move |j| (i, j))) {
                let terms = (0..k).map(|p| f64::from(a.at(i, p)) * f64::from(b.at(p, j)));
                let (sum, size) =
                    terms.fold((0.0, 0.0), |(sum, size), x| (sum + x, size + f64::abs(x)));
                let bound = (chain + 2.0) * f64::from(f32::EPSILON) * size;
                let error = (f64::from(c.at(i, j)) - sum).abs();
                assert!(error <= bound, "{}, k = {k}: {error:e} of {bound:e}", level.name());
            }
        }
    }
}

#[test]
fn a_k_of_0_gives_zeros_or_the_bias() {
    let none = MatrixRef { data: &[], row: 1, column: 1 };
    let mut c = [f32::NAN; 6];
    gemm([2, 0, 3], none, none, Finish::NOTHING, &mut c);
    assert_eq!(c, [0.0; 6]);
    gemm([2, 0, 3], none, none, Finish::bias(Some(&[1.0, 2.0, 3.0])), &mut c);
    assert_eq!(c, [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]);
}

#[test]
fn f64_products_equal_three_loops() {
    let [m, k, n] = [5, 70, 9];
    let values = |n: usize, seed| values(n, seed).into_iter().map(f64::from).collect::<Vec<_>>();
    let (a, b, bias) = (values(m * k, 1), values(k * n, 2), values(n, 3));
    let mut c = vec![f64::NAN; m * n];
    let (left, right) = (
        MatrixRef { data: &a[..], row: k, column: 1 },
        MatrixRef { data: &b[..], row: n, column: 1 },
    );
    gemm([m, k, n], left, right, Finish::bias(Some(&bias)), &mut c);
    for (at, &found) in c.iter().enumerate() {
        let (i, j) = (at / n, at % n);
        let sum: f64 = (0..k).map(|p| a[i * k + p] * b[p * n + j]).sum();
        assert!((found - (sum + bias[j])).abs() < 1e-12);
    }
}

#[test]
#[should_panic(expected = "extends past")]
fn an_operand_that_is_too_short_panics() {
    let short = MatrixRef { data: &[1.0f32; 3][..], row: 2, column: 1 };
    gemm([2, 2, 2], short, short, Finish::NOTHING, &mut [0.0; 4]);
}

#[test]
#[should_panic(expected = "rows of 3 that start 2 apart")]
fn overlapping_rows_of_an_output_panic() {
    let _ = MatrixMut::new(&mut [0.0f32; 9], [2, 3], 2);
}

#[test]
#[should_panic(expected = "a bias for each of 2 columns")]
fn a_bias_of_another_length_panics() {
    let a = MatrixRef { data: &[1.0f32; 4][..], row: 2, column: 1 };
    gemm([2, 2, 2], a, a, Finish::bias(Some(&[1.0])), &mut [0.0; 4]);
}

#[test]
fn products_are_accumulated_onto_the_output() {
    let whole = |count: usize| -> Vec<f32> { (0..count).map(|i| (i % 13) as f32 - 6.0).collect() };
    for [m, k, n] in [[5, 7, 33], [1, 40, 130], [66, 600, 50], [3, 0, 4]] {
        // A is column-major, as in a product with a transposed matrix.
        let (a, b, before) = (whole(m * k), whole(k * n), whole(m * n));
        for level in Level::all() {
            let mut c = before.clone();
            level.run(GemmAccumulate {
                size: [m, k, n],
                a: MatrixRef { data: &a, row: 1, column: m },
                b: MatrixRef::row_major(&b, n),
                c: MatrixMut::new(&mut c, [m, n], n),
            });
            for (at, found) in c.into_iter().enumerate() {
                let (i, j) = (at / n, at % n);
                let terms = (0..k).map(|p| a[p * m + i] * b[p * n + j]);
                assert_eq!(found, before[at] + terms.sum::<f32>(), "{} {m} {k} {n}", level.name());
            }
        }
    }
}

#[test]
fn products_of_f64_are_accumulated_onto_the_output() {
    for [m, k, n] in [[5, 7, 33], [1, 40, 3], [3, 0, 4], [0, 2, 2]] {
        let values =
            |count: usize| -> Vec<f64> { (0..count).map(|i| (i % 13) as f64 - 6.0).collect() };
        let (a, b, mut c) = (values(m * k), values(k * n), values(m * n));
        let before = c.clone();
        let a_at = MatrixRef::row_major(&a, k);
        f64::gemm_add(
            [m, k, n],
            a_at,
            MatrixRef::row_major(&b, n),
            MatrixMut::new(&mut c, [m, n], n),
        );
        for (at, found) in c.into_iter().enumerate() {
            let terms = (0..k).map(|p| a[at / n * k + p] * b[p * n + at % n]);
            assert_eq!(found, before[at] + terms.sum::<f64>(), "{m} {k} {n}");
        }
    }
}

/// Row-major, transposed, and with gaps in both directions.
#[test]
fn rows_are_copied_from_any_strides() {
    fn check<E: GemmParts + Float>(value: impl Fn(usize) -> E) {
        for [k, n] in [[1, 1], [3, 16], [8, 8], [64, 69], [17, 5], [9, 130]] {
            for [row, column] in [[n, 1], [1, k], [1, k + 3], [2 * n + 1, 2]] {
                let from: Vec<E> =
                    (0..(k * row).max(n * column) + k * row + n * column).map(&value).collect();
                let step = n.next_multiple_of(16);
                let mut to = vec![E::NEG_INFINITY; k * step];
                let b = MatrixRef { data: &from, row, column };
                E::copy_rows(b, [k, n], &mut to);
                for (p, to) in to.chunks_exact(step).enumerate() {
                    let expected = (0..n).map(|j| from[p * row + j * column]);
                    assert!(to[..n].iter().copied().eq(expected), "{k} x {n}, {row} and {column}");
                }
            }
        }
    }
    check(|i| i as f32);
    check(|i| i as f64);
}

#[test]
fn a_row_is_written_while_another_one_is_read() {
    let mut all: Vec<i32> = (0..12).collect();
    let (_, mut right) = MatrixMut::new(&mut all, [3, 4], 4).split_columns(2);
    let (row, other) = right.row_and(2, Some(0));
    row.copy_from_slice(other.expect("a row"));
    assert_eq!(right.row_and(0, None), (&mut [2, 3][..], None));
    assert_eq!(all, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 2, 3]);
}

#[test]
#[should_panic(expected = "two different rows")]
fn a_row_is_not_read_while_it_is_written() {
    let _ = MatrixMut::new(&mut [0; 4], [2, 2], 2).row_and(1, Some(1));
}
