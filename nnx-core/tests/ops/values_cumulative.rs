//! Softmax along any axis and cumulative operations against plain loops over every index.

use nnx_core::ops::DynTensor;

use crate::gradcheck::gradients;
use crate::numbers::{elements, tensor};
use crate::plain::assert_same;
use crate::table::Function;
use crate::values_order::{for_lines, lines};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// The running results of `step`.
fn cumulative(line: &[f64], step: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let add = |value: &mut Option<f64>, &x: &f64| {
        *value = Some(value.map_or(x, |value| step(value, x)));
        *value
    };
    line.iter().scan(None, add).collect()
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
