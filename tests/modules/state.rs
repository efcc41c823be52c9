//! `state` and `update`: ordered maps of all variables, and their strictness.

use nnx::array::Array;
use nnx::module::{Entry, KindId, Mismatch, Path, state_of, update_of};
use nnx::prelude::*;

use crate::{same, values};

/// One variable of each kind of elements.
#[derive(Module)]
struct Mixed {
    dense: Linear<U2, U3>,
    mean: BatchStat<shape![3]>,
    count: Variable<Tensor<(), u32>, kind::RngCount>,
}

fn mixed(seed: u64) -> Mixed {
    Mixed {
        dense: Linear::init(&mut Rngs::new(seed)),
        mean: BatchStat::new(Tensor::full(0.25)),
        count: Variable::new(Tensor::from(u32::try_from(seed).expect("a small seed"))),
    }
}

fn entry<E: nnx::array::Element>(elements: Vec<E>, dims: &[usize]) -> Entry {
    let array = Array::new(elements, dims).expect("elements for a shape");
    Entry { kind: KindId::of::<kind::Variable>(), array }
}

/// The text of the refusal; checks that the model is as it was.
fn refused(state_given: &State) -> String {
    let mut model = mixed(0);
    let before = state(&model);
    let error = update(&mut model, state_given).expect_err("a state that doesn't fit");
    assert!(same(&before, &state(&model)), "the model is unchanged");
    error.to_string()
}

#[test]
fn a_state_carries_every_variable_over() {
    let mut model = mixed(0);
    let other = mixed(7);
    update(&mut model, &state(&other)).expect("the same model");
    assert!(same(&state(&model), &state(&other)));
    assert_eq!(model.count.value().item(), 7);
    assert_eq!((state(&model).len(), state(&model).elements()), (4, 6 + 3 + 3 + 1));
    assert_eq!(parameters(&model), 9);
}

#[test]
fn a_state_keeps_its_values_when_the_model_changes() {
    let mut model = mixed(0);
    let before = state(&model);
    model.mean.replace(Tensor::full(3.0));
    let mean = before.get(&Path::parse("mean")).expect("the mean").array.to_vec::<f32>();
    assert_eq!(mean.expect("f32"), [0.25; 3]);
}

#[test]
fn a_missing_variable_is_named_with_the_shape_of_the_model() {
    let mut given = state(&mixed(1));
    given.remove(&Path::parse("dense/kernel"));
    let expected = "1 variable doesn't fit the model, which is unchanged:\n  \
                    missing: dense/kernel of shape (2, 3)";
    assert_eq!(refused(&given), expected);
}

#[test]
fn an_unexpected_variable_is_named_with_its_shape() {
    let mut given = state(&mixed(1));
    given.insert(Path::parse("head/kernel"), entry(vec![0.0f32; 6], &[6]));
    let expected = "1 variable doesn't fit the model, which is unchanged:\n  \
                    unexpected: head/kernel of shape (6,)";
    assert_eq!(refused(&given), expected);
}

#[test]
fn a_wrong_shape_is_named_with_both() {
    let mut given = state(&mixed(1));
    given.insert(Path::parse("dense/kernel"), entry(vec![0.0f32; 6], &[3, 2]));
    let expected = "1 variable doesn't fit the model, which is unchanged:\n  \
                    wrong shape: dense/kernel is (2, 3) in the model, (3, 2) here";
    assert_eq!(refused(&given), expected);
}

#[test]
fn wrong_elements_are_named_with_both_types() {
    let mut given = state(&mixed(1));
    given.insert(Path::parse("mean"), entry(vec![0.0f64; 3], &[3]));
    let expected = "1 variable doesn't fit the model, which is unchanged:\n  \
                    wrong element type: mean is f32 in the model, f64 here";
    assert_eq!(refused(&given), expected);
}

#[test]
fn all_that_is_wrong_is_named_at_once() {
    let mut given = state(&mixed(1));
    given.remove(&Path::parse("dense/bias"));
    given.insert(Path::parse("dense/kernel"), entry(vec![0.0f32; 2], &[2, 1]));
    given.insert(Path::parse("count"), entry(vec![1i32], &[]));
    given.insert(Path::parse("layers/1"), entry(vec![true], &[]));
    let expected = "4 variables don't fit the model, which is unchanged:\n  \
                    wrong shape: dense/kernel is (2, 3) in the model, (2, 1) here\n  \
                    missing: dense/bias of shape (3,)\n  \
                    wrong element type: count is u32 in the model, i32 here\n  \
                    unexpected: layers/1 of shape ()";
    assert_eq!(refused(&given), expected);
}

#[test]
fn a_program_can_distinguish_mismatches() {
    let error = update(&mut mixed(0), &State::default()).expect_err("nothing is there");
    assert_eq!(error.mismatches.len(), 4);
    let missing = Mismatch::Missing { path: Path::parse("mean"), shape: "(3,)".to_owned() };
    assert!(error.mismatches.contains(&missing));
}

#[test]
fn a_part_is_loaded_by_a_filter_that_asks_for_it() {
    let (mut model, other) = (mixed(0), mixed(7));
    let dense = Filter::within("dense");
    let before = values(&model, "mean");
    update_of(&dense, &mut model, &state_of(&dense, &other)).expect("just the part");
    assert_eq!(values(&model, "dense/kernel"), values(&other, "dense/kernel"));
    assert_eq!((values(&model, "mean"), model.count.value().item()), (before, 0));
}

#[test]
fn a_part_is_as_strict_as_the_whole() {
    let (mut model, other) = (mixed(0), mixed(7));
    let before = state(&model);
    let error = update_of(&Filter::within("dense"), &mut model, &state(&other));
    let expected = "2 variables don't fit the model, which is unchanged:\n  \
                    unexpected: count of shape ()\n  \
                    unexpected: mean of shape (3,)";
    assert_eq!(error.expect_err("more than the part").to_string(), expected);
    let error = update_of(&Filter::kind::<kind::Param>(), &mut model, &State::default());
    assert_eq!(error.expect_err("less than the part").mismatches.len(), 2);
    assert!(same(&before, &state(&model)));
}

#[test]
fn an_updated_variable_takes_part_in_passes() {
    let mut model = mixed(0);
    update(&mut model, &state(&mixed(7))).expect("the same model");
    let x = Tensor::from([1.0, -2.0]);
    assert_eq!(model.dense.infer(x.clone()).to_vec(), mixed(7).dense.infer(x).to_vec());
}
