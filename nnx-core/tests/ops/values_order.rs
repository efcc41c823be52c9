//! Softmax along any axis, cumulative operations, sorts, quantiles, counts: against plain loops over every index.

use nnx_core::array::DType;
use nnx_core::ops::{DynTensor, Interpolation, Side, SortOrder};

use crate::gradcheck::gradients;
use crate::numbers::Values::{Between, Steps};
use crate::numbers::{elements, indices, tensor};
use crate::plain::{FLOATS, Plain, assert_same};
use crate::table::Function;

const SHAPES: [&[usize]; 9] =
    [&[0], &[1], &[6], &[0, 3], &[3, 0], &[1, 5], &[2, 3, 4], &[2, 1, 3, 2], &[3, 2, 0, 2]];
const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// Each line along an axis turned into another line of `length` elements.
fn lines(x: &Plain, axis: usize, length: usize, f: impl Fn(&[f64]) -> Vec<f64>) -> Plain {
    let mut dims = x.dims.clone();
    dims[axis] = length;
    Plain::build(&dims, |index| {
        let at = |i: usize| {
            let mut index = index.to_vec();
            index[axis] = i;
            x.at(&index)
        };
        f(&(0..x.dims[axis]).map(at).collect::<Vec<_>>())[index[axis]]
    })
}

/// The results of `step` from the first element on.
fn cumulative(line: &[f64], step: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let add = |value: &mut Option<f64>, &x: &f64| {
        *value = Some(value.map_or(x, |value| step(value, x)));
        *value
    };
    line.iter().scan(None, add).collect()
}

/// The order of a stable sort, in which NaN is the largest.
fn order(line: &[f64], descending: bool) -> Vec<usize> {
    let mut order: Vec<usize> = (0..line.len()).collect();
    order.sort_by(|&a, &b| {
        let (a, b) = if descending { (line[b], line[a]) } else { (line[a], line[b]) };
        a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
    });
    order
}

/// All shapes, axes, views and element types.
fn for_lines(check: impl Fn(&Plain, &DynTensor, usize, DType, &str)) {
    for (dims, dtype) in SHAPES.iter().flat_map(|dims| FLOATS.map(|dtype| (*dims, dtype))) {
        for (view, plain, x) in Plain::numbers(dims, Steps(0.0), 0).views(dtype) {
            for axis in 0..dims.len() {
                check(&plain, &x, axis, dtype, &format!("of {dims:?} along {axis}, {view}"));
            }
        }
    }
}

#[test]
fn cumulative_operations_equal_their_loops_on_all_shapes_and_views() {
    for_lines(|plain, x, axis, dtype, what| {
        let length = plain.dims[axis];
        let check = |name: &str, found: DynTensor, step: &dyn Fn(f64, f64) -> f64| {
            let expected = lines(plain, axis, length, |line| cumulative(line, step));
            assert_same(&found, &expected, dtype, &format!("{name} {what}"));
        };
        check("cumsum", x.clone().cumsum(axis), &|a, b| a + b);
        check("cumprod", x.clone().cumprod(axis), &|a, b| a * b);
        check("cummax", x.clone().cummax(axis), &f64::max);
        check("cummin", x.clone().cummin(axis), &f64::min);
        check("cumlogsumexp", x.clone().cumlogsumexp(axis), &|a, b| (a.exp() + b.exp()).ln());
    });
}

#[test]
fn softmax_along_any_axis_equals_its_formula_on_all_shapes_and_views() {
    for_lines(|plain, x, axis, dtype, what| {
        let length = plain.dims[axis];
        let total = |line: &[f64]| line.iter().map(|x| x.exp()).sum::<f64>();
        let softmax =
            lines(plain, axis, length, |line| line.iter().map(|x| x.exp() / total(line)).collect());
        assert_same(&x.clone().softmax_axis(axis), &softmax, dtype, &format!("softmax {what}"));
        let log_softmax = softmax.map(f64::ln);
        let found = x.clone().log_softmax_axis(axis);
        assert_same(&found, &log_softmax, dtype, &format!("log_softmax {what}"));
        let mut logsumexp = lines(plain, axis, 1, |line| vec![total(line).ln()]);
        logsumexp.dims.remove(axis);
        let found = x.clone().logsumexp_axes(&[axis]);
        assert_same(&found, &logsumexp, dtype, &format!("logsumexp {what}"));
    });
}

#[test]
fn sorts_and_the_largest_equal_a_stable_sort_on_all_shapes_and_views() {
    for_lines(|plain, x, axis, dtype, what| {
        // Rounded, so that elements repeat.
        let rounded = plain.map(f64::floor);
        let x = x.clone().add_scalar(0.0);
        let x = if x.dims().elements() == 0 { x } else { rounded.tensor(dtype) };
        let length = rounded.dims[axis];
        for (descending, how) in [(false, SortOrder::Ascending), (true, SortOrder::Descending)] {
            let positions = lines(&rounded, axis, length, |line| {
                order(line, descending).into_iter().map(|i| i as f64).collect()
            });
            let found = x.clone().argsort(axis, how);
            assert_same(&found, &positions, DType::I32, &format!("argsort {what}"));
            let sorted = lines(&rounded, axis, length, |line| {
                order(line, descending).into_iter().map(|i| line[i]).collect()
            });
            assert_same(&x.clone().sort(axis, how), &sorted, dtype, &format!("sort {what}"));
        }
        for k in [0, 1, length / 2, length] {
            if k > length {
                continue;
            }
            let largest = lines(&rounded, axis, k, |line| {
                order(line, true).into_iter().map(|i| line[i]).collect()
            });
            let positions = lines(&rounded, axis, k, |line| {
                order(line, true).into_iter().map(|i| i as f64).collect()
            });
            let (values, found) = x.clone().top_k(k, axis);
            assert_same(&values, &largest, dtype, &format!("top_k {what}"));
            assert_same(&found, &positions, DType::I32, &format!("indices of top_k {what}"));
        }
    });
}

#[test]
fn views_are_sorted_as_their_copies() {
    for_lines(|plain, x, axis, dtype, what| {
        let sorted = plain.tensor(dtype).sort(axis, SortOrder::Ascending);
        let found = x.clone().sort(axis, SortOrder::Ascending);
        assert_eq!(elements(&found), elements(&sorted), "sort {what}");
        let (k, copy) = (plain.dims[axis].div_ceil(2), plain.tensor(dtype));
        let (values, positions) = x.clone().top_k(k, axis);
        let (expected, of_copy) = copy.top_k(k, axis);
        assert_eq!(elements(&values), elements(&expected), "top_k {what}");
        assert_eq!(elements(&positions), elements(&of_copy), "indices of top_k {what}");
    });
}

#[test]
fn quantiles_lie_between_sorted_elements() {
    let how = [
        Interpolation::Linear,
        Interpolation::Lower,
        Interpolation::Higher,
        Interpolation::Midpoint,
        Interpolation::Nearest,
    ];
    for_lines(|plain, x, axis, dtype, what| {
        let length = plain.dims[axis];
        if length == 0 {
            return;
        }
        for q in [0.0, 0.25, 0.3, 0.5, 0.9, 1.0] {
            for how in how {
                let mut expected = lines(plain, axis, 1, |line| {
                    let at = |i: usize| line[order(line, false)[i]];
                    let rank = q * (length - 1) as f64;
                    let (low, high) = (at(rank.floor() as usize), at(rank.ceil() as usize));
                    vec![match how {
                        Interpolation::Linear => low + (high - low) * rank.fract(),
                        Interpolation::Lower => low,
                        Interpolation::Higher => high,
                        Interpolation::Midpoint => (low + high) / 2.0,
                        Interpolation::Nearest if rank.fract() <= 0.5 => low,
                        Interpolation::Nearest => high,
                    }]
                });
                expected.dims.remove(axis);
                let found = x.clone().quantile(q, &[axis], how);
                assert_same(&found, &expected, dtype, &format!("quantile {q}, {how:?}, {what}"));
            }
        }
    });
    let all = Plain::numbers(&[3, 5], Steps(0.0), 1);
    let mut sorted = elements(&all.tensor(DType::F64));
    sorted.sort_by(f64::total_cmp);
    assert_eq!(elements(&all.tensor(DType::F64).median(&[0, 1])), [sorted[7]]);
}

#[test]
fn nan_is_the_largest_and_zeros_of_both_signs_are_equal() {
    let x = || tensor(vec![NAN, 0.0, -0.0, 1.0, -INF, INF], &[6]);
    assert_eq!(elements(&x().argsort(0, SortOrder::Ascending)), [4.0, 1.0, 2.0, 3.0, 5.0, 0.0]);
    assert_eq!(elements(&x().argsort(0, SortOrder::Descending)), [0.0, 5.0, 3.0, 1.0, 2.0, 4.0]);
    let sorted = elements(&x().sort(0, SortOrder::Ascending));
    assert!(sorted[1].is_sign_positive() && sorted[2].is_sign_negative() && sorted[5].is_nan());
    let (values, positions) = x().top_k(3, 0);
    assert_eq!(elements(&positions), [0.0, 5.0, 3.0]);
    assert!(elements(&values)[0].is_nan());
    assert!(elements(&x().median(&[0]))[0].is_nan());
    let infinite = tensor(vec![1.0, INF, 2.0], &[3]);
    assert_eq!(elements(&infinite.clone().median(&[0])), [2.0]);
    assert_eq!(elements(&infinite.quantile(0.75, &[0], Interpolation::Linear)), [INF]);
}

#[test]
fn integers_and_masks_are_sorted() {
    let x = || indices(&[3, -1, 3, 0], &[4]);
    assert_eq!(elements(&x().sort(0, SortOrder::Descending)), [3.0, 3.0, 0.0, -1.0]);
    assert_eq!(elements(&x().top_k(2, 0).1), [0.0, 2.0]);
    let mask = tensor(vec![true, false, true], &[3]);
    assert_eq!(elements(&mask.argsort(0, SortOrder::Ascending)), [1.0, 0.0, 2.0]);
}

#[test]
fn nan_and_infinities_go_on_in_cumulative_operations() {
    let x = || tensor(vec![1.0, NAN, 2.0], &[3]);
    for found in [x().cumsum(0), x().cumprod(0), x().cummax(0), x().cummin(0), x().cumlogsumexp(0)]
    {
        let found = elements(&found);
        assert!(found[0] == 1.0 && found[1].is_nan() && found[2].is_nan(), "{found:?}");
    }
    let x = || tensor(vec![-INF, -INF, 1.0, INF, 2.0], &[5]);
    assert_eq!(elements(&x().cumlogsumexp(0)), [-INF, -INF, 1.0, INF, INF]);
    assert_eq!(elements(&x().cummax(0)), [-INF, -INF, 1.0, INF, INF]);
    let sums = elements(&x().cumsum(0));
    assert!(sums[2] == -INF && sums[3].is_nan(), "{sums:?}");
}

#[test]
fn gradients_of_cumulative_operations_are_defined_at_zeros_ties_and_minus_infinity() {
    let of = |function: Function, x: &[f64]| {
        elements(&gradients(function, vec![tensor(x.to_vec(), &[x.len()])]).1[0])
    };
    assert_eq!(of(|x| x[0].clone().cumprod(0), &[2.0, 0.0, 3.0, 0.0]), [1.0, 8.0, 0.0, 0.0]);
    assert_eq!(of(|x| x[0].clone().cummax(0), &[1.0, 1.0, 2.0, 2.0]), [2.0, 0.0, 2.0, 0.0]);
    let found = of(|x| x[0].clone().cumlogsumexp(0), &[-INF, -INF, 1.0, 1.0]);
    let near = found.iter().zip([0.0, 0.0, 1.5, 0.5]).all(|(x, y)| (x - y).abs() < 1e-15);
    assert!(near, "{found:?}");
    let large = of(|x| x[0].clone().cumlogsumexp(0), &[1000.0, -1000.0, 1000.0]);
    let near = large.iter().zip([2.5, 0.0, 0.5]).all(|(x, y)| (x - y).abs() < 1e-12);
    assert!(near, "{large:?}");
    assert_eq!(of(|x| x[0].clone().prod(&[0]), &[0.0, 2.0, 0.0]), [0.0, 0.0, 0.0]);
}

#[test]
fn gradients_flow_to_the_elements_that_were_taken() {
    let x = || vec![tensor(vec![3.0, 1.0, 2.0, 1.0], &[4])];
    let weighted = |y: DynTensor| {
        let w = tensor((1..=y.dims()[0]).map(|i| i as f64).collect(), &y.dims());
        y * w
    };
    let (_, found) = gradients(|x| weighted(x[0].clone().sort(0, SortOrder::Ascending)), x());
    assert_eq!(elements(&found[0]), [4.0, 1.0, 3.0, 2.0]);
    let (_, found) = gradients(|x| weighted(x[0].clone().top_k(2, 0).0), x());
    assert_eq!(elements(&found[0]), [1.0, 0.0, 2.0, 0.0]);
    let (_, found) = gradients(|x| x[0].clone().median(&[0]), x());
    assert_eq!(elements(&found[0]), [0.0, 0.0, 0.5, 0.5]);
}

#[test]
fn masked_elements_have_no_effect_on_sums_means_and_gradients() {
    let x = || tensor(vec![1.0, NAN, INF, 3.0, 5.0, -INF], &[2, 3]);
    let mask = || tensor(vec![true, false, false, true, true, false], &[2, 3]);
    assert_eq!(elements(&x().sum_where(mask(), &[1])), [1.0, 8.0]);
    assert_eq!(elements(&x().mean_where(mask(), &[1])), [1.0, 4.0]);
    let columns = elements(&x().mean_where(mask(), &[0]));
    assert!(columns[0] == 2.0 && columns[1] == 5.0 && columns[2].is_nan(), "{columns:?}");
    let (_, found) = gradients(|x| x[0].clone().mean_where(mask(), &[0, 1]), vec![x()]);
    let third = 1.0 / 3.0;
    assert_eq!(elements(&found[0]), [third, 0.0, 0.0, third, third, 0.0]);
    let (_, none) = gradients(|x| x[0].clone().mean_where(mask(), &[0]), vec![x()]);
    assert_eq!(elements(&none[0]), [0.5, 0.0, 0.0, 0.5, 1.0, 0.0]);
}

#[test]
fn places_counts_and_bins_are_those_of_loops() {
    let sorted = || tensor(vec![-1.0, 0.0, 0.0, 2.0, NAN], &[5]);
    let values = || tensor(vec![-2.0, -0.0, 1.0, 2.0, INF, NAN], &[2, 3]);
    assert_eq!(
        elements(&sorted().searchsorted(values(), Side::Left)),
        [0.0, 1.0, 3.0, 3.0, 4.0, 4.0]
    );
    let right = sorted().searchsorted(values(), Side::Right);
    assert_eq!(
        (elements(&right), &*right.dims()),
        (vec![0.0, 3.0, 3.0, 4.0, 4.0, 5.0], &[2, 3][..])
    );
    assert_eq!(elements(&indices(&[], &[0]).searchsorted(indices(&[1], &[1]), Side::Left)), [0.0]);

    let numbers = indices(&[2, 0, 2, 2, 3, 0], &[2, 3]);
    assert_eq!(elements(&numbers.bincount(5)), [2.0, 0.0, 3.0, 1.0, 0.0]);
    assert_eq!(elements(&indices(&[], &[0]).bincount(2)), [0.0, 0.0]);

    let x = Plain::numbers(&[7, 40], Between(-2.0, 2.0), 3);
    for dtype in FLOATS {
        let found = elements(&x.tensor(dtype).histogram(7, -1.5, 1.0));
        let edge = |i: usize| -1.5 + 2.5 * i as f64 / 7.0;
        for (bin, found) in found.into_iter().enumerate() {
            let inside = |&&x: &&f64| x >= edge(bin) && x < edge(bin + 1);
            let count = elements(&x.tensor(DType::F64)).iter().filter(inside).count();
            assert_eq!(found, count as f64, "bin {bin} in {dtype}");
        }
    }
    let special = tensor(vec![NAN, -INF, INF, 0.0, 1.0, 0.5], &[6]);
    assert_eq!(elements(&special.histogram(2, 0.0, 1.0)), [1.0, 2.0]);
}

#[test]
fn the_different_elements_have_counts_first_places_and_an_inverse() {
    let x = tensor(vec![NAN, 1.0, NAN, -0.0, 0.0, 1.0], &[2, 3]);
    let found = x.unique();
    let values = elements(&found.values);
    assert!(
        values[0] == 0.0 && values[0].is_sign_negative() && values[1] == 1.0 && values[2].is_nan()
    );
    assert_eq!(elements(&found.counts), [2.0, 2.0, 2.0]);
    assert_eq!(elements(&found.first), [3.0, 1.0, 0.0]);
    assert_eq!(elements(&found.inverse), [2.0, 1.0, 2.0, 0.0, 0.0, 1.0]);
    assert_eq!(&*found.inverse.dims(), [2, 3]);
    let empty = tensor(Vec::<f32>::new(), &[0, 2]).unique();
    assert_eq!((&*empty.values.dims(), &*empty.inverse.dims()), (&[0][..], &[0, 2][..]));
    let integers = indices(&[7, -1, 7], &[3]).unique();
    assert_eq!(
        (elements(&integers.values), elements(&integers.counts)),
        (vec![-1.0, 7.0], vec![1.0, 2.0])
    );
}
