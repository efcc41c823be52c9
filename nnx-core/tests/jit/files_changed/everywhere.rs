//! Each place of a program, changed to other values.

use std::panic::{AssertUnwindSafe, catch_unwind};

use nnx_core::array::Array;
use nnx_core::ops::{Affine, DynTensor, SortOrder};
use nnx_core::program::{Plan, Program};
use serde_json::{Value as Json, json};

use super::{change, program_of, tensor};
use crate::files::example;

/// A program of operations with parameters that kernels count on.
fn kernels() -> Program {
    let labels = DynTensor::from(Array::new(vec![0i32, 1], &[2]).expect("two"));
    program_of(vec![tensor(&[2, 4])], |x| {
        let x = x[0].clone();
        let affine = Affine { scale: Some(tensor(&[4])), bias: Some(tensor(&[4])) };
        let y = x.clone().flip(1).layer_norm(&[1], 1e-5, affine);
        let loss = y.clone().softmax_cross_entropy(labels);
        let heads = y.clone().reshape(&[1, 2, 2, 2]);
        let attended = heads.clone().attention(heads.clone(), heads, true, None);
        vec![loss, attended, y.sort(1, SortOrder::Ascending).softmax_axis(0)]
    })
}

/// All places in a JSON value.
fn places(json: &Json, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match json {
        Json::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(i, item)| places(item, &format!("{at}/{i}"), found));
        }
        Json::Object(fields) => {
            fields.iter().for_each(|(name, item)| places(item, &format!("{at}/{name}"), found));
        }
        _ => {}
    }
}

/// A changed program is refused, or runs.
#[test]
fn no_change_ends_in_a_panic() {
    let (refused, other) = change_everything(&example());
    assert!(refused > 300 && other > 5, "{refused} refused, {other} other programs");
    let (refused, other) = change_everything(&kernels());
    assert!(refused > 100 && other > 1, "{refused} refused, {other} other programs");
}

/// Changes each place of a program: the changed programs that are refused, and those that are read as another one.
pub(crate) fn change_everything(program: &Program) -> (usize, usize) {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("p");
    program.save(&file).expect("a file");
    let whole = std::fs::read(&file).expect("the file");
    let mut all = Vec::new();
    change(&file, |json| places(json, "", &mut all));
    let values = [
        json!(null),
        json!(-1),
        json!(0),
        json!(1),
        json!(2),
        json!(5),
        json!(0.5),
        json!(u64::MAX),
        json!(true),
        json!("Max"),
        json!([]),
        json!([1, 1]),
        json!([0, 7, 3]),
        json!({}),
        json!({"array": 0}),
        json!({"$array": 1}),
        json!({"Pad": {"axes": [9], "before": [1], "after": [0], "value": 0.5}}),
    ];
    let (mut refused, mut other) = (0, 0);
    for (index, place) in all.iter().enumerate() {
        // Each place gets some of the values, which differ from place to place.
        for value in values.iter().cycle().skip(5 * index).take(5) {
            std::fs::write(&file, &whole).expect("written");
            change(&file, |json| *json.pointer_mut(place).expect("a place") = value.clone());
            let loaded = catch_unwind(AssertUnwindSafe(|| Program::load(&file)));
            let loaded = loaded.unwrap_or_else(|_| panic!("{place} as {value} panics"));
            let Ok(read) = loaded else {
                refused += 1;
                continue;
            };
            other += usize::from(read != *program);
            let inputs = read.inputs().iter().map(|input| read.value(*input).expect("a value"));
            let inputs: Vec<Array> = inputs.map(|input| Array::full(0.5f32, &input.dims)).collect();
            let run = catch_unwind(AssertUnwindSafe(|| {
                Plan::new(&read).and_then(|plan| plan.run(inputs))
            }));
            assert!(run.is_ok(), "{place} as {value}: a run panics:\n{read}");
        }
    }
    (refused, other)
}
