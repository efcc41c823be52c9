//! Arithmetic, comparison, selection and casts against a formula for one element.

use nnx_core::array::DType;
use nnx_core::ops::{Comparison, DynTensor};

use crate::numbers::Values::{self, Between, Steps};
use crate::numbers::{elements, tensor};
use crate::plain::{FLOATS, Plain, assert_same};

/// Without axes, without elements, with axes of size 1, and ordinary.
pub(crate) const SHAPES: [&[usize]; 8] =
    [&[], &[0], &[1], &[7], &[2, 0, 3], &[1, 4], &[5, 1, 3], &[2, 3, 4]];

type Unary = (&'static str, Values, fn(DynTensor) -> DynTensor, fn(f64) -> f64);

const ANY: Values = Between(-2.5, 2.5);
const POSITIVE: Values = Between(0.1, 4.0);

fn unary() -> Vec<Unary> {
    vec![
        ("neg", ANY, |x| -x, |x| 0.0 - x),
        ("mul_scalar", ANY, |x| x.mul_scalar(-3.0), |x| x * -3.0),
        ("add_scalar", ANY, |x| x.add_scalar(-3.0), |x| x - 3.0),
    ]
}

#[test]
fn operations_of_one_input_equal_their_formulas_on_all_shapes_and_views() {
    for (name, values, function, reference) in unary() {
        for (dims, dtype) in SHAPES.iter().flat_map(|dims| FLOATS.map(|dtype| (*dims, dtype))) {
            for (view, plain, x) in Plain::numbers(dims, values, 0).views(dtype) {
                assert_same(
                    &function(x),
                    &plain.map(reference),
                    dtype,
                    &format!("{name} {dims:?} {view}"),
                );
            }
        }
    }
}

type Binary =
    (&'static str, [Values; 2], fn(DynTensor, DynTensor) -> DynTensor, fn(f64, f64) -> f64);

fn binary() -> Vec<Binary> {
    vec![
        ("add", [ANY, ANY], |a, b| a + b, |a, b| a + b),
        ("add by reference", [ANY, ANY], |a, b| &a + &b, |a, b| a + b),
        ("subtract", [ANY, ANY], |a, b| a - b, |a, b| a - b),
        ("subtract by reference", [ANY, ANY], |a, b| &a - &b, |a, b| a - b),
        ("multiply", [ANY, ANY], |a, b| a * b, |a, b| a * b),
        ("divide", [ANY, POSITIVE], |a, b| a / b, |a, b| a / b),
    ]
}

/// Shapes of two operands and of what comes out.
pub(crate) const PAIRS: [[&[usize]; 3]; 14] = [
    [&[], &[], &[]],
    [&[2, 3], &[2, 3], &[2, 3]],
    [&[2, 3, 4], &[2, 3, 4], &[2, 3, 4]],
    [&[0, 3], &[0, 3], &[0, 3]],
    [&[2, 3], &[], &[2, 3]],
    [&[], &[2, 3], &[2, 3]],
    [&[2, 3], &[3], &[2, 3]],
    [&[2, 1], &[2, 3], &[2, 3]],
    [&[2, 3, 4], &[3, 1], &[2, 3, 4]],
    [&[3, 4], &[2, 1, 4], &[2, 3, 4]],
    [&[2, 1, 4], &[1, 3, 1], &[2, 3, 4]],
    [&[1], &[0], &[0]],
    [&[0, 3], &[3], &[0, 3]],
    [&[2, 1], &[0], &[2, 0]],
];

#[test]
fn operations_of_two_inputs_equal_their_formulas_on_all_broadcasts_and_views() {
    for (name, [left, right], function, reference) in binary() {
        for ([a, b, out], dtype) in PAIRS.iter().flat_map(|pair| FLOATS.map(|dtype| (*pair, dtype)))
        {
            for (a_view, a, x) in Plain::numbers(a, left, 0).views(dtype) {
                for (b_view, b, y) in Plain::numbers(b, right, 1).views(dtype) {
                    let (a, b) = (a.broadcast(out), b.broadcast(out));
                    let expected = Plain::build(out, |i| reference(a.at(i), b.at(i)));
                    let what = format!("{name} {:?} {a_view}, {:?} {b_view}", x.dims(), y.dims());
                    assert_same(&function(x.clone(), y), &expected, dtype, &what);
                }
            }
        }
    }
}

#[test]
fn a_tensor_with_itself_is_not_overwritten_while_it_is_read() {
    for dtype in FLOATS {
        let plain = Plain::numbers(&[3, 4], ANY, 0);
        let x = plain.tensor(dtype);
        assert_same(&(&x * &x), &plain.map(|x| x * x), dtype, "x x");
        assert_same(
            &(x.clone() - x.clone().slice(0, 1, 1)),
            &{ Plain::build(&[3, 4], |i| plain.at(i) - plain.at(&[1, i[1]])) },
            dtype,
            "x minus a row of it",
        );
        assert_same(&(x.clone() + x), &plain.map(|x| x + x), dtype, "x + x");
    }
}

type Holds = fn(f64, f64) -> bool;

#[test]
fn comparisons_hold_for_every_pair_and_never_for_nan() {
    let numbers = [-1.5, 0.0, -0.0, 2.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let [a, b] =
        [false, true].map(|second| Plain::build(&[7, 7], |i| numbers[i[usize::from(second)]]));
    let cases: [(Comparison, Holds); 6] = [
        (Comparison::Equal, |a, b| a == b),
        (Comparison::NotEqual, |a, b| a != b),
        (Comparison::Less, |a, b| a < b),
        (Comparison::LessEqual, |a, b| a <= b),
        (Comparison::Greater, |a, b| a > b),
        (Comparison::GreaterEqual, |a, b| a >= b),
    ];
    for (how, reference) in cases {
        for dtype in FLOATS {
            let found = a.tensor(dtype).compare(how, b.tensor(dtype));
            let expected =
                Plain::build(&[7, 7], |i| f64::from(u8::from(reference(a.at(i), b.at(i)))));
            assert_same(&found, &expected, DType::Bool, &format!("{how:?}"));
        }
    }
    let labels = |labels: Vec<i32>| tensor(labels, &[3]);
    let same = labels(vec![1, 2, 3]).compare(Comparison::Equal, labels(vec![1, 0, 3]));
    assert_eq!(same.array().to_vec::<bool>(), Ok(vec![true, false, true]));
}

#[test]
fn select_takes_from_one_or_the_other_on_all_shapes_and_views() {
    for (dims, dtype) in SHAPES.iter().flat_map(|dims| FLOATS.map(|dtype| (*dims, dtype))) {
        let chosen = Plain::numbers(dims, Steps(0.02), 2).map(|x| f64::from(u8::from(x > 0.0)));
        for (view, mask, m) in chosen.views(DType::Bool) {
            for (_, a, x) in Plain::numbers(dims, ANY, 0).views(dtype) {
                for (_, b, y) in Plain::numbers(dims, ANY, 1).views(dtype) {
                    let expected =
                        Plain::build(dims, |i| if mask.at(i) == 1.0 { a.at(i) } else { b.at(i) });
                    let found = m.clone().select(x.clone(), y);
                    assert_same(&found, &expected, dtype, &format!("select {dims:?} by {view}"));
                }
            }
        }
    }
}

#[test]
fn casts_between_all_types_round_towards_zero_within_the_range() {
    let numbers = [-300.7, -1.5, -0.0, 0.0, 0.4, 1.0, 1.6, 255.9, 256.0, 4e9, 1e20, f64::NAN];
    let x = tensor(numbers.to_vec(), &[12]);
    for dtype in [DType::F32, DType::F64] {
        let x = x.clone().cast(dtype);
        assert_eq!(
            elements(&x.clone().cast(DType::U8)),
            [0., 0., 0., 0., 0., 1., 1., 255., 255., 255., 255., 0.]
        );
        let truncated = [-300., -1., 0., 0., 0., 1., 1., 255., 256., 2147483647., 2147483647., 0.];
        assert_eq!(elements(&x.clone().cast(DType::I32)), truncated);
        let natural = [0., 0., 0., 0., 0., 1., 1., 255., 256., 4e9, 4294967295., 0.];
        assert_eq!(elements(&x.clone().cast(DType::U32)), natural);
        assert_eq!(
            elements(&x.cast(DType::Bool)),
            [1., 1., 0., 0., 1., 1., 1., 1., 1., 1., 1., 1.]
        );
    }
    let all = [DType::F32, DType::F64, DType::I32, DType::U32, DType::U8, DType::Bool];
    let bits = Plain::numbers(&[2, 3], Steps(0.02), 0).map(|x| f64::from(u8::from(x > 0.0)));
    for (from, to) in all.iter().flat_map(|from| all.map(|to| (*from, to))) {
        for (view, plain, x) in bits.views(from) {
            assert_same(&x.cast(to), &plain, to, &format!("{from} to {to}, {view}"));
        }
    }
}
