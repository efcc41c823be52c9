//! Numbers that are not ordinary, errors of rounding, what follows a product, and what is refused.

use super::operands::{Operand, Written, numbers};
use super::*;

#[test]
fn infinities_nan_and_denormals_go_through_as_ieee_has_them() {
    let special = [f32::INFINITY, f32::NEG_INFINITY, f32::NAN, 0.0, -0.0, 1e-40, -1e-45, f32::MAX];
    for [m, k, n] in [[1, 9, 40], [13, 20, 50], [3, 70, 1], [70, 9, 70]] {
        for kind in [0, 2, 4] {
            let mut a = Operand::new(m, k, kind, 1, 1);
            let mut b = Operand::new(k, n, kind, 2, 2);
            // Few enough that most sums hold none or one of them.
            for (i, &x) in special.iter().enumerate() {
                *a.at_mut(i * 5 % m, i * 7 % k) = x;
                *b.at_mut(i * 3 % k, i * 11 % n) = special[(i + 3) % special.len()];
            }
            let dots = (m == 1 || n == 1) && a.column == 1 && b.row == 1;
            for level in Level::all() {
                let mut c = Written::new([m, n], 1, false);
                let operands = (a.layout(), b.layout());
                serial_at(
                    level,
                    [m, k, n],
                    operands.0,
                    operands.1,
                    c.output(),
                    false,
                    &Epilogue::NONE,
                );
                for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
                    let (a, b) = (|p| a.at(i, p), |p| b.at(p, j));
                    let expected = plain(is_fused(level), k, dots, a, b, None);
                    let found = c.at(i, j);
                    assert!(same(found, expected), "{}: {found}, {expected}", level.name());
                }
            }
        }
    }
}

/// A sum of k terms is off by at most (t + 2) ε times the sum of their absolute values, where t is the
/// longest chain of additions: the terms of a piece, and the pieces.
#[test]
fn sums_are_as_exact_as_their_order_allows() {
    for (k, chain) in [(10, 10.0), (512, 512.0), (5000, 504.0 + 10.0)] {
        let (a, b) = (Operand::new(4, k, 0, 0, 1), Operand::new(k, 20, 0, 0, 2));
        for level in Level::all() {
            let mut c = Written::new([4, 20], 0, false);
            serial_at(
                level,
                [4, k, 20],
                a.layout(),
                b.layout(),
                c.output(),
                false,
                &Epilogue::NONE,
            );
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
fn nothing_to_add_up_gives_zeros_or_what_was_there() {
    let none = Layout { data: &[], row: 1, column: 1 };
    let mut c = [f32::NAN; 6];
    product([2, 0, 3], none, none, &mut c);
    assert_eq!(c, [0.0; 6]);
    let mut c = [1.0f32, 2.0, 3.0, 4.0, 5.0, -6.0];
    product_with([2, 0, 3], none, none, &mut c, true, &Epilogue::NONE);
    assert_eq!(c, [1.0, 2.0, 3.0, 4.0, 5.0, -6.0]);
    let bias = [1.0, 1.0, 1.0];
    let epilogue = Epilogue { bias: Some(&bias), activation: Activation::Relu, ..Epilogue::NONE };
    product_with([2, 0, 3], none, none, &mut c, true, &epilogue);
    assert_eq!(c, [2.0, 3.0, 4.0, 5.0, 6.0, 0.0]);
}

/// Every epilogue on every kind of product: what follows is the same steps, done one after the other.
#[test]
fn epilogues_are_the_steps_that_they_fuse() {
    let double = |row: &mut [f32]| row.iter_mut().for_each(|x| *x *= 2.0);
    for [m, k, n] in [[1, 40, 33], [1, 0, 3], [30, 40, 1], [13, 400, 70], [3, 5, 100]] {
        let (a, b) = (Operand::new(m, k, 0, 0, 1), Operand::new(k, n, 0, 0, 2));
        let (bias, residual) = (numbers(n, 3), numbers(m * (n + 2), 4));
        for choice in 0..12 {
            let epilogue = Epilogue {
                bias: (choice & 1 > 0).then_some(&bias[..]),
                residual: (choice & 2 > 0).then_some(Layout {
                    data: &residual,
                    row: n + 2,
                    column: 1,
                }),
                activation: match choice / 4 {
                    0 => Activation::None,
                    1 => Activation::Relu,
                    _ => Activation::Each(&double),
                },
            };
            for (level, add) in Level::all().into_iter().flat_map(|l| [(l, false), (l, true)]) {
                let [mut bare, mut fused] = [(); 2].map(|()| Written::new([m, n], 1, add));
                let size = [m, k, n];
                serial_at(level, size, a.layout(), b.layout(), bare.output(), add, &Epilogue::NONE);
                serial_at(level, size, a.layout(), b.layout(), fused.output(), add, &epilogue);
                fused.check_beside("an epilogue");
                for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
                    let mut x = bare.at(i, j);
                    x = epilogue.bias.map_or(x, |bias| x + bias[j]);
                    x = epilogue.residual.map_or(x, |residual| x + residual.data[i * (n + 2) + j]);
                    x = [x, if x <= 0.0 { 0.0 } else { x }, 2.0 * x][choice / 4];
                    assert!(same(fused.at(i, j), x), "{size:?} at {}: {epilogue:?}", level.name());
                }
            }
        }
    }
}

#[test]
fn relu_keeps_nan_and_has_one_zero() {
    for level in Level::all() {
        let b = [f32::NAN, -0.0, f32::NEG_INFINITY, f32::INFINITY, -1e-45];
        let mut c = [1.0; 5];
        let epilogue = Epilogue { activation: Activation::Relu, ..Epilogue::NONE };
        let (a, b) =
            (Layout { data: &[1.0], row: 1, column: 1 }, Layout { data: &b, row: 5, column: 1 });
        serial_at(level, [1, 1, 5], a, b, Output::new(&mut c, [1, 5], 5), false, &epilogue);
        assert!(c[0].is_nan());
        assert_eq!(c[1..].iter().map(|x| x.to_bits()).collect::<Vec<_>>(), [0, 0, 0x7f80_0000, 0]);
    }
}

#[test]
fn f64_has_the_same_products_and_epilogues() {
    let [m, k, n] = [5, 70, 9];
    let numbers = |n: usize, seed| numbers(n, seed).into_iter().map(f64::from).collect::<Vec<_>>();
    let (a, b, bias) = (numbers(m * k, 1), numbers(k * n, 2), numbers(n, 3));
    let before = numbers(m * n, 4);
    let mut c = before.clone();
    let (left, right) =
        (Layout { data: &a[..], row: k, column: 1 }, Layout { data: &b[..], row: n, column: 1 });
    let epilogue = Epilogue { bias: Some(&bias), activation: Activation::Relu, ..Epilogue::NONE };
    product_with([m, k, n], left, right, &mut c, true, &epilogue);
    for (at, &found) in c.iter().enumerate() {
        let (i, j) = (at / n, at % n);
        let sum: f64 = (0..k).map(|p| a[i * k + p] * b[p * n + j]).sum();
        assert!((found - (before[at] + sum + bias[j]).max(0.0)).abs() < 1e-12);
    }
}

#[test]
#[should_panic(expected = "reaches beyond")]
fn an_operand_that_is_too_short_is_refused() {
    let short = Layout { data: &[1.0f32; 3][..], row: 2, column: 1 };
    product([2, 2, 2], short, short, &mut [0.0; 4]);
}

#[test]
#[should_panic(expected = "rows of 3 that start 2 apart")]
fn rows_of_an_output_that_overlap_are_refused() {
    let _ = Output::new(&mut [0.0f32; 9], [2, 3], 2);
}

#[test]
#[should_panic(expected = "a bias for each of 2 columns")]
fn a_bias_of_another_length_is_refused() {
    let a = Layout { data: &[1.0f32; 4][..], row: 2, column: 1 };
    let epilogue = Epilogue { bias: Some(&[1.0]), ..Epilogue::NONE };
    product_with([2, 2, 2], a, a, &mut [0.0; 4], false, &epilogue);
}
