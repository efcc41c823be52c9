//! States in formulas, and the difference of two states.

use nnx::array::{Array, DType, Dims};
use nnx::module::{Entry, KindId, Path, StateChange};
use nnx::prelude::*;

use crate::{panic_of, same};

type Model = (Linear<U3, U2>, BatchNorm<U2>);

fn params(seed: u64) -> State {
    state_of(&Filter::kind::<kind::Param>(), &Model::init(&mut Rngs::new(seed)))
}

fn one<E: nnx::array::Element>(path: &str, elements: Vec<E>) -> State {
    let sizes = [elements.len()];
    let array = Array::new(elements, &sizes).expect("elements for a shape");
    [(Path::parse(path), Entry { kind: KindId::of::<kind::Param>(), array })].into_iter().collect()
}

fn numbers(state: &State) -> Vec<f32> {
    state.iter().flat_map(|(_, entry)| entry.array.to_vec::<f32>().expect("f32")).collect()
}

#[test]
fn operators_are_those_of_each_element() {
    let (a, b) = (params(0), params(1));
    let (x, y) = (numbers(&a), numbers(&b));
    let pairs =
        |f: fn(f32, f32) -> f32| -> Vec<f32> { x.iter().zip(&y).map(|(&x, &y)| f(x, y)).collect() };
    assert_eq!(numbers(&(&a + &b)), pairs(|x, y| x + y));
    assert_eq!(numbers(&(a.clone() - &b)), pairs(|x, y| x - y));
    assert_eq!(numbers(&(&a * 0.9)), pairs(|x, _| x * 0.9));
    assert!(same(&(0.9 * &a), &(a.clone() * 0.9)));
    assert_eq!(numbers(&-&a), pairs(|x, _| -x));
    // A moving average, written as users would.
    let average = 0.9 * a.clone() + 0.1 * b.clone();
    assert_eq!(numbers(&average), pairs(|x, y| 0.9 * x + 0.1 * y));
    assert_eq!(
        average.iter().map(|(_, entry)| entry.kind).next(),
        Some(KindId::of::<kind::Param>())
    );
    assert!(same(&(&a - &b + &b.map(|_, e| Array::full(0.0f32, &e.array.dims()))), &(a - b)));
}

#[test]
fn a_state_of_arithmetic_is_written_to_a_model() {
    let mut model = Model::init(&mut Rngs::new(0));
    let trained = Filter::kind::<kind::Param>();
    let half = state_of(&trained, &model) * 0.5;
    update_of(&trained, &mut model, &half).expect("the same variables");
    assert!(same(&state_of(&trained, &model), &half));
}

#[test]
fn f64_stays_f64_and_special_values_are_those_of_ieee() {
    let a = one("x", vec![1.0f64, f64::NAN, f64::INFINITY, -0.0]);
    let sum = (&a + &a).get(&Path::parse("x")).expect("x").array.to_vec::<f64>().expect("f64");
    assert_eq!((sum[0], sum[2], sum[3].to_bits()), (2.0, f64::INFINITY, (-0.0f64).to_bits()));
    assert!(sum[1].is_nan());
    let none = (&a - &a).get(&Path::parse("x")).expect("x").array.to_vec::<f64>().expect("f64");
    assert!(none[2].is_nan() && none[0] == 0.0);
}

#[test]
fn the_norm_is_that_of_all_elements_without_overflow() {
    let state =
        State::merge((one("a", vec![3.0f32, 0.0]), one("b", vec![4.0f64]))).expect("two paths");
    assert_eq!(state.norm(), 5.0);
    assert_eq!((State::default().norm(), one("k", vec![7u32]).norm()), (0.0, 0.0));
    let large = one("a", vec![3e200f64, 4e200]).norm();
    assert!((large / 5e200 - 1.0).abs() < 1e-15, "{large}");
    assert!(one("a", vec![1.0f32, f32::NAN]).norm().is_nan());
    assert_eq!(one("a", vec![1.0f32, f32::NEG_INFINITY]).norm(), f64::INFINITY);
    let squares: f64 = numbers(&params(0)).iter().map(|&x| f64::from(x) * f64::from(x)).sum();
    assert!((params(0).norm() - squares.sqrt()).abs() < 1e-12);
}

#[test]
fn a_map_has_the_path_and_two_states_go_together() {
    let kernels = params(0).map(|path, entry| match path.to_string().ends_with("kernel") {
        true => entry.array.clone(),
        false => Array::full(0.0f32, &entry.array.dims()),
    });
    assert_eq!(kernels.norm(), params(0).filter(&Filter::path_contains("kernel")).norm());
    let mut seen = Vec::new();
    let second = params(0).zip_map(&params(1), |path, _, b| {
        seen.push(path.to_string());
        b.clone()
    });
    assert!(same(&second.expect("the same paths"), &params(1)));
    assert_eq!(seen, ["0/bias", "0/kernel", "1/bias", "1/scale"]);
}

#[test]
fn states_with_other_variables_are_refused_with_all_differences() {
    let mut other = params(1);
    other.remove(&Path::parse("0/bias"));
    let other = State::merge((other, one("2/bias", vec![0.0f32]))).expect("another path");
    let expected = "two states can't be combined, since the second doesn't have the variables of the first (which is \
                    called the model here):\n  missing: 0/bias of shape (2,)\n  unexpected: 2/bias of shape (1,)";
    assert_eq!(params(0).checked_add(&other).expect_err("others").to_string(), expected);
    assert_eq!(params(0).checked_sub(&other).expect_err("others").to_string(), expected);
    assert_eq!(panic_of(|| params(0) + other), expected);
    let doubles = one("a", vec![1.0f64]);
    let error = one("a", vec![1.0f32]).checked_add(&doubles).expect_err("other elements");
    assert!(
        error.to_string().ends_with("wrong element type: a is f32 in the model, f64 here"),
        "{error}"
    );
}

#[test]
fn arithmetic_with_streams_says_how_to_leave_them_out() {
    let dropout = state(&Dropout::new(0.5, &mut Rngs::new(0)));
    let expected = "arithmetic with states takes floating-point variables: leave out the others by \
                    `state.filter(..)`, such as `Filter::kind::<kind::Param>()`:\n  \
                    not floating-point: stream/count has elements of type u32\n  \
                    not floating-point: stream/key has elements of type u32";
    assert_eq!(dropout.checked_mul(0.9).expect_err("integers").to_string(), expected);
    assert_eq!(panic_of(|| &dropout * 0.9), expected);
    assert_eq!(panic_of(|| -&dropout), expected);
    assert_eq!(panic_of(|| &dropout + &dropout), expected);
}

#[test]
fn a_difference_names_what_is_missing_added_and_changed_and_by_how_much() {
    let mut before =
        State::merge((one("gone", vec![1.0f32]), one("kept", vec![3.0f32, 4.0, -1.0])))
            .expect("paths");
    before = State::merge((before, one("grown", vec![1.0f32]), one("typed", vec![1.0f32])))
        .expect("paths");
    before =
        State::merge((before, one("flags", vec![true, false]), one("same", vec![f32::NAN, 0.0])))
            .expect("paths");
    let after = State::merge((
        one("kept", vec![3.0f32, 4.5, -1.0]),
        one("grown", vec![1.0f32, 2.0]),
        one("typed", vec![1i32]),
        one("flags", vec![true, true]),
        one("same", vec![-f32::NAN, 0.0]),
        one("new", vec![0.0f64]),
    ))
    .expect("paths");
    let difference = before.difference(&after);
    assert_eq!(difference.missing, [(Path::parse("gone"), Dims::new(&[1]))]);
    assert_eq!(difference.added, [(Path::parse("new"), Dims::new(&[1]))]);
    assert_eq!(difference.changed.len(), 4);
    assert_eq!(
        difference.changed[2],
        StateChange::Values {
            path: Path::parse("kept"),
            different: 1,
            elements: 3,
            largest: 0.5,
            norm: 0.5,
            relative: 0.5 / 26f64.sqrt(),
        }
    );
    let (dims, other) = (Dims::new(&[1]), DType::I32);
    let typed = StateChange::Type {
        path: Path::parse("typed"),
        before: (dims, DType::F32),
        after: (dims, other),
    };
    assert_eq!(difference.changed[3], typed);
    let expected = "missing: gone of shape (1,)\n\
                    added: new of shape (1,)\n\
                    changed: flags by at most 1 in 1 of 2 elements (norm 1, relative 1)\n\
                    changed: grown from (1,) f32 to (2,) f32\n\
                    changed: kept by at most 0.5 in 1 of 3 elements (norm 0.5, relative 0.098058)\n\
                    changed: typed from (1,) f32 to (1,) i32";
    assert_eq!(difference.to_string(), expected);
    assert!(before.difference(&before).is_empty());
    assert_eq!(before.difference(&before).to_string(), "no difference");
}

#[test]
fn a_difference_hides_no_special_value() {
    let change = |a: f32, b: f32| {
        let difference = one("x", vec![a, 1.0]).difference(&one("x", vec![b, 1.0]));
        match &difference.changed[..] {
            [StateChange::Values { different: 1, largest, norm, .. }] => Some((*largest, *norm)),
            [] => None,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(change(0.0, -0.0), Some((0.0, 0.0)));
    assert_eq!(change(f32::INFINITY, f32::INFINITY), None);
    assert_eq!(change(1.0, f32::INFINITY), Some((f64::INFINITY, f64::INFINITY)));
    let (largest, norm) = change(1.0, f32::NAN).expect("a change");
    assert!(largest.is_nan() && norm.is_nan());
    // A NaN isn't hidden by a larger difference after it.
    let difference = one("x", vec![f32::NAN, 0.0]).difference(&one("x", vec![0.0f32, 5.0]));
    let [StateChange::Values { largest, different: 2, .. }] = difference.changed[..] else {
        panic!("{difference}")
    };
    assert!(largest.is_nan());
}
