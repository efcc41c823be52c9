//! Sums, means, maxima and the softmax family against loops over every index.

use nnx_core::array::DType;
use nnx_core::ops::DynTensor;

use crate::numbers::Values::{Between, Steps};
use crate::plain::{FLOATS, Plain, all_indices, assert_same};

const SHAPES: [&[usize]; 10] =
    [&[], &[0], &[1], &[6], &[0, 3], &[3, 0], &[1, 5], &[2, 3, 4], &[2, 1, 3, 2], &[3, 2, 0, 2]];

/// All sets of axes, in ascending order.
fn sets(rank: usize) -> Vec<Vec<usize>> {
    (0..1 << rank)
        .map(|bits: usize| (0..rank).filter(|axis| bits & (1 << axis) != 0).collect())
        .collect()
}

/// `fold` over the reduced axes, one element after the other.
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
fn sums_means_and_maxima_over_every_set_of_axes_on_all_shapes_and_views() {
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
                }
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
            // Relative to the terms: their sum is near 0.
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
fn argmax_gives_the_first_maximum_along_every_axis() {
    for (dims, dtype) in SHAPES.iter().flat_map(|dims| FLOATS.map(|dtype| (*dims, dtype))) {
        // Rounded, so that maxima repeat.
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
                let what = format!("argmax of {dims:?} along {axis}, {view}");
                assert_same(&x.clone().argmax(axis), &expected, DType::I32, &what);
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
