//! Sums, means, maxima and the softmax family against loops over every index.

use nnx_core::array::DType;
use nnx_core::ops::DynTensor;

use crate::gradcheck::gradients;
use crate::numbers::Values::{Between, Steps};
use crate::numbers::{elements, indices, tensor};
use crate::plain::{FLOATS, Plain, all_indices, assert_same};
use crate::table::Function;

const SHAPES: [&[usize]; 10] =
    [&[], &[0], &[1], &[6], &[0, 3], &[3, 0], &[1, 5], &[2, 3, 4], &[2, 1, 3, 2], &[3, 2, 0, 2]];

/// All sets of axes, in ascending order.
fn sets(rank: usize) -> Vec<Vec<usize>> {
    (0..1 << rank)
        .map(|bits: usize| (0..rank).filter(|axis| bits & (1 << axis) != 0).collect())
        .collect()
}

/// `fold` over the reduced axes, one element at a time.
fn reduced(x: &Plain, axes: &[usize], start: f64, fold: impl Fn(f64, f64) -> f64) -> Plain {
    let outer: Vec<usize> = (0..x.dims.len()).filter(|axis| !axes.contains(axis)).collect();
    let sizes = |of: &[usize]| of.iter().map(|&axis| x.dims[axis]).collect::<Vec<_>>();
    Plain::build(&sizes(&outer), |kept| {
        let mut index = vec![0; x.dims.len()];
        outer.iter().zip(kept).for_each(|(&axis, &i)| index[axis] = i);
        all_indices(&sizes(axes)).iter().fold(start, |value, inner| {
            axes.iter().zip(inner).for_each(|(&axis, &i)| index[axis] = i);
            fold(value, x.at(&index))
        })
    })
}

#[test]
fn reductions_over_every_set_of_axes_equal_their_formulas_on_all_shapes_and_views() {
    for (dims, dtype) in SHAPES.iter().flat_map(|dims| FLOATS.map(|dtype| (*dims, dtype))) {
        for (view, plain, x) in Plain::numbers(dims, Steps(0.0), 0).views(dtype) {
            for axes in sets(dims.len()) {
                let what = format!("of {dims:?} over {axes:?}, {view}");
                let sum = reduced(&plain, &axes, 0.0, |sum, x| sum + x);
                assert_same(&x.clone().sum(&axes), &sum, dtype, &format!("sum {what}"));
                let count: usize = axes.iter().map(|&axis| dims[axis]).product();
                let mean = sum.map(|sum| sum / count as f64);
                assert_same(&x.clone().mean(&axes), &mean, dtype, &format!("mean {what}"));
                if count > 0 {
                    let max = reduced(&plain, &axes, f64::NEG_INFINITY, f64::max);
                    assert_same(&x.clone().max(&axes), &max, dtype, &format!("max {what}"));
                    let min = reduced(&plain, &axes, f64::INFINITY, f64::min);
                    assert_same(&x.clone().min(&axes), &min, dtype, &format!("min {what}"));
                }
                let product = reduced(&plain, &axes, 1.0, |product, x| product * x);
                assert_same(&x.clone().prod(&axes), &product, dtype, &format!("prod {what}"));
                let nonzero = reduced(&plain, &axes, 0.0, |n, x| n + f64::from(u8::from(x != 0.0)));
                let found = x.clone().count_nonzero(&axes);
                assert_same(&found, &nonzero, DType::I32, &format!("count_nonzero {what}"));
                let any = nonzero.map(|n| f64::from(u8::from(n > 0.0)));
                assert_same(&x.clone().any(&axes), &any, DType::Bool, &format!("any {what}"));
                let all = nonzero.map(|n| f64::from(u8::from(n == count as f64)));
                assert_same(&x.clone().all(&axes), &all, DType::Bool, &format!("all {what}"));
                for p in [0.5, 1.0, 2.0, 3.0, 4.5] {
                    let powers = reduced(&plain, &axes, 0.0, |sum, x| sum + x.abs().powf(p));
                    let norm = powers.map(|sum| sum.powf(1.0 / p));
                    let found = x.clone().norm_p(p, &axes);
                    assert_same(&found, &norm, dtype, &format!("norm of order {p} {what}"));
                }
                let largest = reduced(&plain, &axes, 0.0, |max, x| max.max(x.abs()));
                let found = x.clone().norm_p(f64::INFINITY, &axes);
                assert_same(&found, &largest, dtype, &format!("norm of infinite order {what}"));
            }
            let all: Vec<usize> = (0..dims.len()).collect();
            let total = reduced(&plain, &all, 0.0, |sum, x| sum + x);
            assert_same(&x.sum_all(), &total, dtype, "sum of all");
        }
    }
}

#[test]
fn long_sums_equal_the_reference_along_rows_and_columns() {
    for dims in [[3, 2000], [2000, 3], [513, 17]] {
        let plain = Plain::numbers(&dims, Between(-1.0, 1.0), 0);
        for (axes, dtype) in
            [&[0][..], &[1], &[0, 1]].iter().flat_map(|axes| FLOATS.map(|dtype| (*axes, dtype)))
        {
            let sum = reduced(&plain, axes, 0.0, |sum, x| sum + x);
            let found = plain.tensor(dtype).sum(axes);
            // Relative to the terms, because their sum is near 0.
            let scaled = |x: f64| x / 50.0;
            assert_same(
                &found.mul_scalar(1.0 / 50.0),
                &sum.map(scaled),
                dtype,
                &format!("sum of {dims:?} over {axes:?}"),
            );
        }
    }
}

#[test]
fn argmax_and_argmin_give_the_first_extreme_along_every_axis() {
    for (dims, dtype) in SHAPES.iter().flat_map(|dims| FLOATS.map(|dtype| (*dims, dtype))) {
        // Rounded, so that there are several maxima.
        for (view, plain, x) in
            Plain::numbers(dims, Between(0.0, 3.9), 0).map(f64::floor).views(dtype)
        {
            for axis in (0..dims.len()).filter(|&axis| dims[axis] > 0) {
                let mut outer = dims.to_vec();
                outer.remove(axis);
                let expected = Plain::build(&outer, |kept| {
                    let at = |i: usize| {
                        let mut index = kept.to_vec();
                        index.insert(axis, i);
                        plain.at(&index)
                    };
                    (1..dims[axis]).fold(0, |best, i| if at(i) > at(best) { i } else { best })
                        as f64
                });
                let what = format!("of {dims:?} along {axis}, {view}");
                let found = x.clone().argmax(axis);
                assert_same(&found, &expected, DType::I32, &format!("argmax {what}"));
                let found = (-x.clone()).argmin(axis);
                assert_same(&found, &expected, DType::I32, &format!("argmin {what}"));
            }
        }
    }
}

/// The rows of the last axis, each turned into another by a formula with its maximum and its sum.
fn of_rows(x: &Plain, f: impl Fn(f64, f64) -> f64) -> Plain {
    let last = x.dims.len() - 1;
    let total = reduced(x, &[last], 0.0, |sum, x| sum + x.exp());
    Plain::build(&x.dims, |i| f(x.at(i), total.at(&i[..last])))
}

#[test]
fn the_softmax_family_equals_its_formulas_on_all_shapes_and_views() {
    let wide: &[usize] = &[3, 700];
    let shapes = SHAPES.iter().filter(|dims| !dims.is_empty()).chain([&wide]);
    for (dims, dtype) in shapes.flat_map(|dims| FLOATS.map(|dtype| (*dims, dtype))) {
        for (view, plain, x) in Plain::numbers(dims, Between(-3.0, 3.0), 0).views(dtype) {
            let what = |name: &str| format!("{name} of {dims:?}, {view}");
            let softmax = of_rows(&plain, |x, total| x.exp() / total);
            assert_same(&x.clone().softmax(), &softmax, dtype, &what("softmax"));
            let log_softmax = of_rows(&plain, |x, total| x - total.ln());
            assert_same(&x.clone().log_softmax(), &log_softmax, dtype, &what("log_softmax"));
            let last = dims.len() - 1;
            let logsumexp = reduced(&plain, &[last], 0.0, |sum, x| sum + x.exp()).map(f64::ln);
            assert_same(&x.logsumexp(), &logsumexp, dtype, &what("logsumexp"));
        }
    }
}

#[test]
fn a_sum_over_no_axis_is_the_tensor_itself() {
    let x: DynTensor = Plain::numbers(&[2, 3], Steps(0.0), 0).tensor(DType::F32);
    assert_eq!(x.clone().sum(&[]).array(), x.array());
    assert_eq!(x.clone().max(&[]).array(), x.array());
}

#[test]
fn nan_is_the_minimum_the_product_and_a_norm_and_counts_as_true() {
    let nan = f64::NAN;
    let x = || tensor(vec![1.0, nan, -3.0, 2.0, 0.0, -0.0], &[2, 3]);
    let inf = f64::INFINITY;
    for reduce in [
        |x: DynTensor| x.min(&[1]),
        |x: DynTensor| x.max(&[1]),
        |x: DynTensor| x.prod(&[1]),
        |x: DynTensor| x.norm_p(1.0, &[1]),
        |x: DynTensor| x.norm_p(3.0, &[1]),
        |x: DynTensor| x.norm_p(f64::INFINITY, &[1]),
    ] {
        let found = elements(&reduce(x()));
        assert!(found[0].is_nan() && found[1].is_finite(), "{found:?}");
    }
    assert_eq!(elements(&x().argmin(1)), [1.0, 1.0]);
    assert_eq!(elements(&x().argmin(0)), [0.0, 0.0, 0.0]);
    assert_eq!(elements(&x().count_nonzero(&[1])), [3.0, 1.0]);
    assert_eq!(elements(&x().count_nonzero(&[0])), [2.0, 1.0, 1.0]);
    assert_eq!(elements(&x().all(&[1])), [1.0, 0.0]);
    assert_eq!(elements(&tensor(vec![inf, -inf], &[2]).min(&[0])), [-inf]);
    assert!(elements(&tensor(vec![inf, 0.0], &[2]).prod(&[0]))[0].is_nan());
    assert_eq!(elements(&tensor(vec![-inf, 1.0], &[2]).norm_p(3.0, &[0])), [inf]);
}

#[test]
fn integers_and_masks_are_counted() {
    let integers = indices(&[0, -1, 2, 0], &[2, 2]);
    assert_eq!(elements(&integers.clone().count_nonzero(&[0, 1])), [2.0]);
    assert_eq!(elements(&integers.any(&[0])), [1.0, 1.0]);
    let mask = tensor(vec![true, true, false, true], &[2, 2]);
    assert_eq!(elements(&mask.all(&[1])), [1.0, 0.0]);
}

#[test]
fn ties_for_the_minimum_share_and_zeros_get_no_gradient_of_a_norm() {
    let of = |function: Function, x: &[f64]| {
        elements(&gradients(function, vec![tensor(x.to_vec(), &[x.len()])]).1[0])
    };
    assert_eq!(of(|x| x[0].clone().min(&[0]), &[1.0, 2.0, 1.0]), [0.5, 0.0, 0.5]);
    assert_eq!(of(|x| x[0].clone().norm_p(1.0, &[0]), &[0.0, -2.0]), [0.0, -1.0]);
    assert_eq!(
        of(|x| x[0].clone().norm_p(f64::INFINITY, &[0]), &[2.0, 1.0, -2.0]),
        [0.5, 0.0, -0.5]
    );
    let norms: [Function; 4] = [
        |x| x[0].clone().norm_p(1.0, &[0]),
        |x| x[0].clone().norm_p(1.5, &[0]),
        |x| x[0].clone().norm_p(3.0, &[0]),
        |x| x[0].clone().norm_p(f64::INFINITY, &[0]),
    ];
    for norm in norms {
        assert_eq!(of(norm, &[0.0, -0.0]), [0.0, 0.0]);
        // The gradient of the gradient is finite, too.
        let twice = move |inputs: Vec<DynTensor>| {
            let (_, first) = gradients(norm, inputs);
            first.into_iter().next().expect("one").sum_all()
        };
        let (_, second) = gradients(twice, vec![tensor(vec![0.0, 0.0], &[2])]);
        assert_eq!(elements(&second[0]), [0.0, 0.0]);
    }
}
