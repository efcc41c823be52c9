//! Sorts and quantiles against plain loops over every index.

use nnx_core::array::DType;
use nnx_core::ops::{DynTensor, QuantileMethod, SortOrder};

use crate::gradcheck::gradients;
use crate::numbers::Values::Steps;
use crate::numbers::{elements, indices, tensor};
use crate::plain::{FLOATS, Plain, assert_same};

const SHAPES: [&[usize]; 9] =
    [&[0], &[1], &[6], &[0, 3], &[3, 0], &[1, 5], &[2, 3, 4], &[2, 1, 3, 2], &[3, 2, 0, 2]];
const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// Replaces each line along an axis by a line of `length` elements.
pub(crate) fn lines(
    x: &Plain,
    axis: usize,
    length: usize,
    f: impl Fn(&[f64]) -> Vec<f64>,
) -> Plain {
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
pub(crate) fn for_lines(check: impl Fn(&Plain, &DynTensor, usize, DType, &str)) {
    for (dims, dtype) in SHAPES.iter().flat_map(|dims| FLOATS.map(|dtype| (*dims, dtype))) {
        for (view, plain, x) in Plain::numbers(dims, Steps(0.0), 0).views(dtype) {
            for axis in 0..dims.len() {
                check(&plain, &x, axis, dtype, &format!("of {dims:?} along {axis}, {view}"));
            }
        }
    }
}

#[test]
fn sorts_and_the_largest_equal_a_stable_sort_on_all_shapes() {
    for_lines(|plain, _, axis, dtype, what| {
        // Rounded, so that elements occur several times.
        let rounded = plain.map(f64::floor);
        let x = rounded.tensor(dtype);
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
        QuantileMethod::Linear,
        QuantileMethod::Lower,
        QuantileMethod::Higher,
        QuantileMethod::Midpoint,
        QuantileMethod::Nearest,
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
                        QuantileMethod::Linear => low + (high - low) * rank.fract(),
                        QuantileMethod::Lower => low,
                        QuantileMethod::Higher => high,
                        QuantileMethod::Midpoint => (low + high) / 2.0,
                        QuantileMethod::Nearest if rank.fract() <= 0.5 => low,
                        QuantileMethod::Nearest => high,
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
    assert_eq!(elements(&infinite.quantile(0.75, &[0], QuantileMethod::Linear)), [INF]);
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
