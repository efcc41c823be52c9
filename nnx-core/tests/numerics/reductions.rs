//! Sums, means, norms and deviations of extreme values, against f64.

use nnx_core::array::DType;
use nnx_core::grad::value_and_gradients;
use nnx_core::ops::{Affine, DynTensor, QuantileMethod};
use nnx_core::size::rules::{Axis, Keep};
use nnx_core::size::{AxisWindow, Edge, U1, U2, U3, U4};
use nnx_core::tensor::{Tensor, gradient};

use crate::numbers::{FLOATS, SplitMix64, assert_near, elements, epsilon, exact_sum, tensor};

/// Rows of hard numbers: of all sizes, nearly equal, all equal, huge, tiny.
fn row(s: &mut SplitMix64, n: usize) -> Vec<f64> {
    let offset = f64::from((s.unit() * 1000.0) as f32);
    match s.below(6) {
        0 => (0..n).map(|_| s.spread(-60, 60)).collect(),
        1 => (0..n).map(|_| f64::from((offset + s.unit()) as f32)).collect(),
        2 => vec![offset; n],
        3 => (0..n).map(|_| s.spread(120, 127)).collect(),
        4 => (0..n).map(|_| s.spread(-120, -110)).collect(),
        _ => (0..n).map(|_| s.one_of(&[0.0, -0.0, 1.0, -1.0])).collect(),
    }
}

/// The reduction of a row by both ways in which memory may lie.
fn both(x: &[f64], dtype: DType, reduce: impl Fn(DynTensor, &[usize]) -> DynTensor) -> [f64; 2] {
    let n = x.len();
    let rows = reduce(tensor(x.to_vec(), &[1, n], dtype), &[1]);
    let twice = x.iter().flat_map(|&x| [x, x]).collect();
    let columns = reduce(tensor(twice, &[n, 2], dtype), &[0]);
    [elements(&rows)[0], elements(&columns)[1]]
}

#[test]
fn reductions_of_hard_rows_are_those_of_f64() {
    let mut random = SplitMix64(1);
    for dtype in FLOATS {
        for round in 0..150 {
            let n = [1, 2, 3, 16, 17, 64, 65, 200, 513, 1500][round % 10];
            let x = row(&mut random, n);
            let (count, eps) = (n as f64, epsilon(dtype));
            let rounded = |exact: f64| elements(&tensor(vec![exact], &[1], dtype))[0];
            let sum = exact_sum(x.iter().copied());
            let sizes: f64 = x.iter().map(|x| x.abs()).sum();
            let norm = exact_sum(x.iter().map(|x| x * x)).sqrt();
            let mean = sum / count;
            let variance = exact_sum(x.iter().map(|x| (x - mean).powi(2))) / count;
            let largest = x.iter().fold(0.0, |max: f64, x| max.max(x.abs()));
            let what = |name: &str| {
                format!("{name} of {n} in {dtype}, round {round}: {:?}", &x[..n.min(4)])
            };
            let check = |name: &str, found: [f64; 2], exact: f64, allowed: f64| {
                let tiny = if dtype == DType::F32 { 1e-44 } else { 0.0 };
                for found in found {
                    assert_near(found, rounded(exact), allowed + tiny, what(name));
                }
            };
            check("sum", both(&x, dtype, |x, axes| x.sum(axes)), sum, 20.0 * eps * sizes);
            check(
                "mean",
                both(&x, dtype, |x, axes| x.mean(axes)),
                mean,
                20.0 * eps * sizes / count,
            );
            check("norm", both(&x, dtype, |x, axes| x.norm(axes)), norm, 4.0 * eps * norm);
            let std = both(&x, dtype, |x, axes| x.std(axes, 0));
            let allowed = 1e-5f64.min(1e3 * eps) * variance.sqrt() + 1e-6 * eps * largest;
            check("std", std, variance.sqrt(), allowed);
            if variance < 1e30 && variance > 1e-30 {
                let var = both(&x, dtype, |x, axes| x.var(axes, 0));
                check(
                    "var",
                    var,
                    variance,
                    2e-5f64.min(2e3 * eps) * variance + (eps * largest).powi(2),
                );
            }
        }
    }
}

#[test]
fn gradients_of_norms_and_deviations_are_those_of_f64() {
    let mut random = SplitMix64(2);
    for dtype in FLOATS {
        for round in 0..60 {
            let n = [2, 3, 17, 100][round % 4];
            let x = row(&mut random, n);
            let norm = exact_sum(x.iter().map(|x| x * x)).sqrt();
            let mean = exact_sum(x.iter().copied()) / n as f64;
            let std = (exact_sum(x.iter().map(|x| (x - mean).powi(2))) / n as f64).sqrt();
            let of = |f: fn(DynTensor) -> DynTensor| {
                let x = tensor(x.clone(), &[n], dtype);
                elements(&value_and_gradients(|[x]| f(x), [x]).1[0])
            };
            let (by_norm, by_std) = (of(|x| x.norm(&[0])), of(|x| x.std(&[0], 0)));
            let largest = x.iter().fold(0.0, |max: f64, x| max.max(x.abs()));
            for (i, x) in x.iter().enumerate() {
                let slope = if norm == 0.0 { 0.0 } else { x / norm };
                let what = |name| format!("{name} of {n} in {dtype}, round {round}, element {i}");
                // If the norm overflows the element type, its gradient isn't checked.
                if norm < 3.4e38 {
                    assert_near(by_norm[i], slope, 1e-6, what("norm"));
                }
                // The mean is rounded once.
                if std == 0.0 {
                    assert_near(by_std[i], 0.0, 0.0, what("std"));
                } else if std > 1e3 * epsilon(dtype) * largest {
                    let slope = (x - mean) / std / n as f64;
                    assert_near(by_std[i], slope, 2e-3 / n as f64, what("std"));
                }
            }
        }
    }
}

#[test]
fn the_mean_of_ones_is_one_and_that_of_huge_values_is_finite() {
    for n in 1..600 {
        assert_eq!(both(&vec![1.0; n], DType::F32, |x, axes| x.mean(axes)), [1.0; 2], "{n} ones");
    }
    assert_eq!(Tensor::from([3e38f32, 3e38]).mean().item(), 3e38);
    assert_eq!(gradient(|x: Tensor<_>| x.mean(), Tensor::from([3e38f32, 3e38])).to_vec(), [0.5; 2]);
    let x = Tensor::from([[[3e38f32, 1.0]; 3]; 2]);
    assert_eq!(x.mean_axes::<(Axis<0>, Axis<1>)>().to_vec(), [3e38, 1.0]);
}

/// A window along an axis, without padding.
fn valid(size: usize) -> AxisWindow {
    AxisWindow { size, stride: 1, dilation: 1, input_dilation: 1, edge: Edge::Valid }
}

#[test]
fn means_of_windows_are_exact_for_ones_and_finite_for_huge_values() {
    for (rows, columns) in [(7, 7), (5, 11), (1, 41), (3, 3)] {
        for value in [1.0, 3e38, -3e38] {
            let x = tensor(vec![value; rows * columns * 2], &[1, rows, columns, 2], DType::F32);
            let expected = elements(&tensor(vec![value; 2], &[2], DType::F32));
            let windows = [rows, columns].map(valid);
            for pooled in [
                x.clone().avg_pool(windows, true),
                x.clone().avg_pool(windows, false),
                x.clone().adaptive_avg_pool(&[1, 1]),
                x.clone().mean(&[1, 2]),
            ] {
                assert_eq!(elements(&pooled), expected, "{rows} x {columns} of {value}");
            }
        }
    }
}

#[test]
fn means_of_large_windows_are_as_accurate_as_means() {
    for side in [32, 224, 512] {
        let x = tensor(vec![0.1; side * side], &[1, side, side, 1], DType::F32);
        let windows = [valid(side); 2];
        for pooled in [x.clone().avg_pool(windows, true), x.clone().adaptive_avg_pool(&[1, 1])] {
            assert_near(elements(&pooled)[0], f64::from(0.1f32), 1e-6, format!("{side} squared"));
        }
    }
}

#[test]
fn gradients_of_deviations_of_nearly_equal_elements_are_right() {
    // By the deviations of the rounded elements, in f64.
    for row in [vec![1.0, 1.0 + f32::EPSILON], vec![1000.0, 1000.0001, 1000.0], vec![3.0, 7.0, 1.0]]
    {
        let exact: Vec<f64> = row.iter().map(|&x| f64::from(x)).collect();
        let n = exact.len() as f64;
        let mean = exact.iter().sum::<f64>() / n;
        let centred: Vec<f64> = exact.iter().map(|x| x - mean).collect();
        let deviation = (centred.iter().map(|x| x * x).sum::<f64>() / n).sqrt();
        let x = || tensor(exact.clone(), &[exact.len()], DType::F32);
        let (_, [of_std]) = value_and_gradients(|[x]| x.std(&[0], 0), [x()]);
        let (_, [of_var]) = value_and_gradients(|[x]| x.var(&[0], 0), [x()]);
        for (i, centred) in centred.iter().enumerate() {
            assert_near(elements(&of_std)[i], centred / (n * deviation), 1e-5, format!("{row:?}"));
            let expected = 2.0 * centred / n;
            let allowed = 1e-5 * expected.abs();
            assert_near(elements(&of_var)[i], expected, allowed, format!("{row:?}"));
        }
    }
}

#[test]
fn a_constant_has_the_deviation_zero_and_a_gradient_of_zero() {
    for n in [1, 2, 3, 7, 17, 64, 100, 1000, 4097] {
        for value in [0.1, -3.3, 1e-20, 1e20, 0.0, 16_777_217.0] {
            assert_eq!(both(&vec![value; n], DType::F32, |x, axes| x.std(axes, 0)), [0.0; 2]);
            let x = tensor(vec![value; n], &[n], DType::F32);
            let (_, [slope]) = value_and_gradients(|[x]| x.std(&[0], 0), [x]);
            assert!(elements(&slope).iter().all(|slope| *slope == 0.0), "{n} of {value}");
        }
    }
}

#[test]
fn a_correction_divides_by_less_and_by_nothing_where_nothing_is_left() {
    let x = || Tensor::from([1.0f32, 2.0, 6.0]);
    assert_eq!((x().var(0).item(), x().var(1).item(), x().var(2).item()), (14.0 / 3.0, 7.0, 14.0));
    assert!((x().std(1).item() - 7f32.sqrt()).abs() < 1e-6);
    assert_eq!((x().var(3).item(), x().var(4).item()), (f32::INFINITY, f32::INFINITY));
    assert!(Tensor::from([1.0f32]).var(1).item().is_nan());
    assert!(Tensor::from([1.0f32]).std(1).item().is_nan());
    let rows = Tensor::from([[1.0f32, 3.0], [5.0, 5.0]]);
    assert_eq!(rows.clone().var_axes::<Axis<1>>(1).to_vec(), [2.0, 0.0]);
    assert_eq!(rows.std_axes::<Axis<0>>(0).to_vec(), [2.0, 1.0]);
}

#[test]
fn norms_and_deviations_of_huge_and_tiny_f64_are_finite() {
    for scale in [1e300, 1e200, 1e-200, 1e-300, 1.0] {
        let x = || tensor(vec![3.0 * scale, -4.0 * scale], &[2], DType::F64);
        assert_near(elements(&x().norm(&[0]))[0] / scale, 5.0, 1e-14, "norm");
        assert_near(elements(&x().std(&[0], 0))[0] / scale, 3.5, 1e-14, "std");
    }
}

#[test]
fn the_gradient_of_a_norm_of_zeros_is_zero_to_second_order() {
    let x = || tensor(vec![0.0, 0.0, 3.0, 4.0], &[2, 2], DType::F64);
    let slope = |x: DynTensor| value_and_gradients(|[x]| x.norm(&[1]).sum_all(), [x]).1[0].clone();
    assert_eq!(elements(&slope(x())), [0.0, 0.0, 0.6, 0.8]);
    let (_, [second]) = value_and_gradients(|[x]| slope(x).slice(1, 0, 1).sum_all(), [x()]);
    let found = elements(&second);
    assert_eq!(found[..2], [0.0, 0.0]);
    assert_near(found[2], 0.128, 1e-12, "1/n - x²/n³");
}

#[test]
fn kept_axes_have_size_one_and_the_values_of_the_reduction() {
    type Shape = (U2, U3, U4);
    let x: Tensor<Shape, f64> =
        Tensor::from_vec((0..24).map(|i| f64::from(i * 7 % 24) - 9.5).collect()).expect("24");
    let kept: Tensor<(U1, U3, U1), f64> = x.clone().sum_axes::<Keep<(Axis<0>, Axis<2>)>>();
    assert_eq!(kept.to_vec(), x.clone().sum_axes::<(Axis<0>, Axis<2>)>().to_vec());
    let all: Tensor<(U1, U1, U1), f64> = x.clone().max_axes::<Keep<(Axis<0>, Axis<1>, Axis<2>)>>();
    assert_eq!((&*all.dims(), all.to_vec()[0]), (&[1, 1, 1][..], x.clone().max().item()));
    macro_rules! same {
        ($($method:ident($($argument:expr),*);)*) => { $(
            let kept: Tensor<(U2, U1, U4), _> = x.clone().$method::<Keep<Axis<1>>>($($argument),*);
            let removed = x.clone().$method::<Axis<1>>($($argument),*);
            assert_eq!((&*kept.dims(), kept.to_vec()), (&[2, 1, 4][..], removed.to_vec()));
        )* };
    }
    same! {
        mean_axes();
        min_axes();
        prod_axes();
        any_axes();
        all_axes();
        count_nonzero_axes();
        norm_axes();
        norm_p_axes(3.0);
        safe_norm_axes(1.0);
        var_axes(1);
        std_axes(0);
        median_axes();
        quantile_axes(0.25, QuantileMethod::Linear);
        logsumexp_axes();
    }
}

#[test]
fn five_axes_of_six_are_reduced() {
    let x = Tensor::<(U1, U2, U1, U3, U1, U2), f64>::ones();
    let sums: Tensor<(U3,), f64> = x.sum_axes::<(Axis<0>, Axis<1>, Axis<2>, Axis<4>, Axis<5>)>();
    assert_eq!(sums.to_vec(), [4.0; 3]);
}

#[test]
#[should_panic(
    expected = "`unique`: the different elements don't have shape (2,): axis 0: expected 2, found 3; name a runtime axis"
)]
fn another_number_of_different_elements_than_the_axis_is_refused() {
    let _ = Tensor::from([1, 2, 3]).unique::<U2>();
}

#[test]
fn variances_and_standardized_rows_of_f64_are_right_where_squares_overflow() {
    // Huge, moderate and tiny rows are adjacent, along rows and along columns.
    let rows =
        [[1e308, 1e308, 1e308], [3e200, -3e200, 0.0], [1.0, 2.0, 3.0], [1e-200, -1e-200, 0.0]];
    let (third, root) = (2f64 / 3.0, 1.5f64.sqrt());
    let var = [0.0, f64::INFINITY, third, 0.0];
    let std = [0.0, 3e200 * third.sqrt(), third.sqrt(), 1e-200 * third.sqrt()];
    // The epsilon of 1e-5 matters for the moderate row, dominates the tiny one, and is negligible for the huge one.
    let scaled = 1.0 / (third + 1e-5).sqrt();
    let tiny = 1e-200 / 1e-5f64.sqrt();
    let unit = [[0.0; 3], [root, -root, 0.0], [-scaled, 0.0, scaled], [tiny, -tiny, 0.0]];
    let all = tensor(rows.concat(), &[4, 3], DType::F64);
    for (x, axis) in [(all.clone(), 1), (all.clone().swap_axes(0, 1), 0)] {
        for (i, found) in elements(&x.clone().var(&[axis], 0)).into_iter().enumerate() {
            assert_near(found, var[i], 1e-15, format!("variance of row {i}, axis {axis}"));
        }
        for (i, found) in elements(&x.clone().std(&[axis], 0)).into_iter().enumerate() {
            assert_near(
                found,
                std[i],
                1e-14 * std[i],
                format!("deviation of row {i}, axis {axis}"),
            );
        }
        let standardize = |x: DynTensor| x.layer_norm(&[axis], 1e-5, Affine::default());
        let back = |x: DynTensor| if axis == 0 { x.swap_axes(0, 1) } else { x };
        let y = elements(&back(standardize(x.clone())));
        // The gradient of the first element of each row, (2/3 - y y / 3) / deviation, relative to its largest term,
        // since it is nearly 0.
        let first = |x: DynTensor| standardize(x).slice(axis, 0, 1).sum_all();
        let slopes = elements(&back(value_and_gradients(|[x]| first(x), [x]).1[0].clone()));
        for (i, (y, unit)) in y.iter().zip(unit.concat()).enumerate() {
            assert_near(*y, unit, 1e-14, format!("standardized element {i}, axis {axis}"));
        }
        let expected = scaled * (third - (scaled * scaled) / 3.0);
        assert_near(slopes[6], expected, 1e-12, "a slope of the moderate row");
        // (2/3 - 1.5/3) / std of the huge one.
        let huge = (third - 0.5) / std[1];
        assert_near(slopes[3], huge, 1e-12 * huge, format!("a slope of the huge row, axis {axis}"));
        let equal = third / 1e-5f64.sqrt();
        assert_near(slopes[0], equal, 1e-12 * equal, format!("a slope of equals, axis {axis}"));
    }
}
