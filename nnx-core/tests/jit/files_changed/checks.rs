//! Parameters and numbers that kernels count on are checked where a program is read, or run.

use nnx_core::array::Array;
use nnx_core::ops::{Affine, DynTensor, SortOrder};
use nnx_core::optim::{Chain, ScaleByLearningRate, clip_by_global_norm};
use nnx_core::program::{Plan, Program};
use serde_json::{Value as Json, json};

use super::{load_changed, program_of, tensor, two_layers};
use crate::optimizers::{train, weights};
use crate::prelude::*;

/// Replaces each field of this name.
fn replace(json: &mut Json, name: &str, new: &Json) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(|item| replace(item, name, new)),
        Json::Object(fields) => fields.iter_mut().for_each(|(field, item)| match field == name {
            true => *item = new.clone(),
            false => replace(item, name, new),
        }),
        _ => {}
    }
}

/// An error with this text.
fn assert_refused(program: &Program, expected: &str, edit: impl FnOnce(&mut Json)) {
    let error = load_changed(program, edit).expect_err(expected);
    assert!(error.contains(expected), "{error}\n{expected}");
}

#[test]
fn what_kernels_count_on_is_checked() {
    let flip = program_of(vec![tensor(&[2, 3])], |x| vec![x[0].clone().flip(1)]);
    for width in [0, 4] {
        let expected = format!("`flip` takes rows of {width} elements, found (2, 3) of f32");
        assert_refused(&flip, &expected, |json| {
            json["steps"][0]["operation"] = json!({"ReverseRows": {"width": width}});
        });
    }
    let norm = program_of(vec![tensor(&[2, 3, 4])], |x| {
        let affine = Affine { scale: Some(tensor(&[4])), bias: None };
        vec![x[0].clone().layer_norm(&[2], 1e-5, affine)]
    });
    let expected =
        "takes a scale of 12 elements for the axes [1, 2] of (2, 3, 4) of f32, found (4,)";
    assert_refused(&norm, expected, |json| replace(&mut json["steps"], "axes", &json!([1, 2])));
    assert_refused(&norm, "takes axes of shape (2, 3, 4) in ascending order", |json| {
        replace(&mut json["steps"], "axes", &json!([3]));
    });
    let order =
        program_of(vec![tensor(&[2, 3])], |x| vec![x[0].clone().argsort(1, SortOrder::Ascending)]);
    assert_refused(&order, "doesn't take bf16, found input 0, (2, 3) of bf16", |json| {
        json["values"][0]["dtype"] = json!("bf16");
    });
    assert_refused(&order, "takes ascending ranks below 3, found [0, 1, 3]", |json| {
        let ranks = json!({"Ranks": {"ranks": [0, 1, 3]}});
        json["steps"][0]["operation"] = json!({"OrderedPositions": {"which": ranks}});
    });
    let labels = DynTensor::from(Array::new(vec![0i32, 1], &[2]).expect("two"));
    let loss = program_of(vec![tensor(&[2, 4]), labels, tensor(&[2])], |x| {
        vec![x[0].clone().softmax_cross_entropy(x[1].clone()), x[2].clone()]
    });
    let expected = "takes rows (2, 3) of f32 of (2, 4) of f32, found (2, 4) of f32";
    assert_refused(&loss, expected, |json| {
        let step = json["steps"].as_array_mut().and_then(|steps| steps.last_mut());
        let step = step.expect("a step");
        step["operation"] = json!("CrossEntropyGradient");
        step["inputs"] = json!([0, 1, 2, 0]);
    });
    let window = nnx_core::size::AxisWindow {
        size: 2,
        stride: 1,
        dilation: 1,
        input_dilation: 1,
        edge: nnx_core::size::Edge::Same,
    };
    let pool =
        program_of(vec![tensor(&[1, 3, 3, 1])], |x| vec![x[0].clone().max_pool([window; 2])]);
    let expected = "takes (1, 3, 3, 1) of f32 and (1, 3, 3, 1) of f32, found (1, 3, 3, 1) of f32";
    assert_refused(&pool, expected, |json| {
        replace(&mut json["steps"], "kind", &json!("Pick"));
    });
    assert_refused(&pool, "takes images and outputs of at least one element", |json| {
        let coverage = json!({"Adaptive": {"input": [1, 0, 3], "output": [1, 1, 1]}});
        replace(&mut json["steps"], "coverage", &coverage);
    });
    assert_refused(&pool, "takes a kernel size of at most 65536, found 1125899906842624", |json| {
        replace(&mut json["steps"], "kernel_size", &json!([1, 1, 1u64 << 50]));
    });
    let product = program_of(vec![tensor(&[2])], |x| vec![x[0].clone().mul_scalar(2.0)]);
    assert_refused(&product, "takes an order of at most 1000, found 4000000000", |json| {
        json["steps"][0]["operation"] = json!({"Polygamma": {"order": 4_000_000_000u32}});
    });
    let model = two_layers();
    let both = "variable `layers/0/kernel`: takes an array or an update, found both";
    assert_refused(&model, both, |json| json["variables"][0]["update"] = json!(1));
    assert_refused(&model, "unknown field `comment`", |json| {
        json["steps"][0]["comment"] = json!("x");
    });
}

/// The gradient of a loss counts on labels that its rows were made of, which a program that is made by hand needn't be.
#[test]
fn labels_that_no_step_has_checked_are_refused_in_a_run() {
    let labels = |of: [i32; 2]| Array::new(of.to_vec(), &[2]).expect("two");
    let inputs = vec![tensor(&[2, 4]), labels([0, 1]).into(), tensor(&[2]), labels([0, 1]).into()];
    let loss = program_of(inputs, |x| {
        let unused = x[2].clone().into_array().elements() + x[3].clone().into_array().elements();
        assert_eq!(unused, 4);
        vec![x[0].clone().softmax_cross_entropy(x[1].clone())]
    });
    let read = load_changed(&loss, |json| {
        json["values"][5]["dims"] = json!([2, 4]);
        json["steps"][1]["operation"] = json!("CrossEntropyGradient");
        json["steps"][1]["inputs"] = json!([0, 3, 2, 4]);
    });
    let plan = Plan::new(&read.expect("a program")).expect("a plan");
    let run = |of: [i32; 2]| {
        let numbers = |dims: &[usize]| Array::full(0.5f32, dims);
        plan.run(vec![numbers(&[2, 4]), labels([0, 1]), numbers(&[2]), labels(of)])
    };
    assert!(run([3, 0]).is_ok());
    for wrong in [[4, 0], [0, -1]] {
        let error = run(wrong).expect_err("a label that isn't a class").to_string();
        assert!(error.contains("`softmax_cross_entropy` was given index"), "{error}");
    }
}

#[test]
fn numbers_of_an_optimizer_are_as_many_as_its_step_reads() {
    let mut model = weights();
    let chain = Chain::new().then(clip_by_global_norm(1.0)).then(ScaleByLearningRate::new(0.1));
    let mut optimizer = Optimizer::new(&model, chain);
    let program =
        jit(train).program((&mut model, &mut optimizer), Tensor::zeros()).expect("a program");
    let edit = |json: &mut Json, change: &dyn Fn(&mut Json)| {
        let steps = json["steps"].as_array_mut().expect("steps").iter_mut();
        let mut norms = steps.filter(|step| step["operation"]["Numbers"]["of"] == "GlobalNorm");
        change(norms.next().expect("a norm"));
    };
    assert_refused(&program, "`global_norm` gives 2 numbers, found a count of 3", |json| {
        edit(json, &|step| step["operation"]["Numbers"]["count"] = json!(3));
    });
    assert_refused(&program, "`learning_rate` takes a counter of u32 without axes", |json| {
        let steps = json["steps"].as_array().expect("steps");
        let of = |step: &Json| step["operation"]["Numbers"]["of"].clone();
        let rates = steps.iter().map(of).find(|of| of.get("LearningRate").is_some());
        let rate = rates.expect("a learning rate");
        edit(json, &|step| step["operation"]["Numbers"]["of"] = rate.clone());
    });
}
