//! Files of programs whose JSON was changed, with right checksums: each is refused with the place and the problem, or is
//! another program; none ends in a panic.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use nnx_core::array::Array;
use nnx_core::module::record;
use nnx_core::ops::{Affine, DynTensor, SortOrder};
use nnx_core::optim::{Chain, ScaleByLearningRate, clip_by_global_norm};
use nnx_core::program::{Plan, Program};
use serde_json::{Value as Json, json};

use crate::files::example;
use crate::optimizers::{train, weights};
use crate::prelude::*;

/// The program in the description of a file.
pub(crate) fn document(file: &Path) -> Json {
    let mut found = Json::Null;
    change(file, |json| found = json.clone());
    found
}

/// A file with another program in its description.
pub(crate) fn change(file: &Path, change: impl FnOnce(&mut Json)) {
    let bytes = std::fs::read(file).expect("the file");
    let length = u64::from_le_bytes(bytes[..8].try_into().expect("eight")) as usize;
    let mut header: Json = serde_json::from_slice(&bytes[8..8 + length]).expect("JSON");
    let description = header["__metadata__"]["nnx"].as_str().expect("a text");
    let mut description: Json = serde_json::from_str(description).expect("JSON");
    change(&mut description["parts"]["program"]["value"]);
    // The checksum is that of the text with zeros in its place, which is its start.
    let Json::Object(mut fields) = description else { panic!("an object") };
    fields.remove("crc32");
    let rest = serde_json::to_string(&fields).expect("JSON");
    let signed = |sum: u32| format!("{{\"crc32\":\"{sum:08x}\",{}", &rest[1..]);
    let signed = signed(crc32fast::hash(signed(0).as_bytes()));
    header["__metadata__"]["nnx"] = Json::String(signed);
    let header = serde_json::to_vec(&header).expect("JSON");
    let changed =
        [&(header.len() as u64).to_le_bytes()[..], &header, &bytes[8 + length..]].concat();
    std::fs::write(file, changed).expect("written");
}

/// The result of loading a program that was changed.
pub(crate) fn load_changed(
    program: &Program,
    edit: impl FnOnce(&mut Json),
) -> Result<Program, String> {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("p");
    program.save(&file).expect("a file");
    change(&file, edit);
    let loaded = catch_unwind(AssertUnwindSafe(|| Program::load(&file))).expect("no panic");
    let prefix = format!("{}: ", file.display());
    loaded.map_err(|error| error.to_string().replace(&prefix, ""))
}

/// `y = linear(x)`, twice.
fn two_layers() -> Program {
    let model = Sequential::new((
        Linear::<U2, U3>::init(&mut Rngs::new(0)),
        Relu,
        Linear::<U3, U1>::init(&mut Rngs::new(1)),
    ));
    nnx_core::module::compile::<Tensor![4, 2], _>(model)
        .program(Tensor::zeros())
        .expect("a program")
}

#[test]
fn a_change_of_the_program_is_named() {
    let program = two_layers();
    assert_eq!(load_changed(&program, |_| {}), Ok(program.clone()));
    let what =
        "; the program was changed, or made by another version: write it again by `Program::save`";
    let cases: [(&str, Json, &str); 22] = [
        (
            "/format",
            json!(3),
            "a program of format 3; this version reads formats 1 to 2: use the version of nnx that wrote it, or a later one",
        ),
        (
            "/steps/0/operation",
            json!("Nonlinear"),
            "step 0, `Nonlinear`: no operation is named `Nonlinear`: a later version of the library may have it, or a feature that is off; add one of your own by `Operations::new().with::<..>()`",
        ),
        (
            "/steps/0/operation",
            json!("ScaleByLion"),
            "step 0, `ScaleByLion`: `ScaleByLion` is an update of an optimizer, expected an operation",
        ),
        (
            "/steps/0/operation",
            json!("UpdateSlice"),
            "step 0, `UpdateSlice`: `UpdateSlice` is an operation in place, expected an operation",
        ),
        (
            "/steps/0/operation",
            json!({"Linear": {"bias": true}}),
            "step 0, `Linear`: attribute `bias` isn't known: `Linear` has none",
        ),
        (
            "/steps/1/operation",
            json!({"Reduce": {"kind": "Max", "axes": [0]}}),
            "step 1, `Reduce`: attribute `kind` takes one of Sum, Mean, found Max",
        ),
        (
            "/steps/1/operation",
            json!({"Reduce": {"kind": "Sum"}}),
            "step 1, `Reduce`: attribute `axes` is missing",
        ),
        (
            "/steps/1/operation",
            json!({"Reduce": {"kind": "Sum", "axes": [-1]}}),
            "step 1, `Reduce`: attribute `axes.0` takes an integer from 0 on, found -1",
        ),
        ("/steps/1/operation", json!("Pick"), "step 1, `Pick`: `pick` takes two inputs"),
        ("/steps/1/operation", json!(7), "step 1, `?`: takes a name with fields, found 7"),
        (
            "/steps/0/inputs/0",
            json!(7),
            "step 0, `Linear`: reads %7, which no step before it computes",
        ),
        (
            "/steps/0/inputs/0",
            json!(9),
            "step 0, `Linear`: reads %9, which isn't one of the 8 values",
        ),
        (
            "/steps/0/inputs/0",
            json!({"array": 9}),
            "step 0, `Linear`: reads array 9, which the file lacks",
        ),
        ("/steps/0/inputs", json!([0, 0, 0]), "step 0, `Linear`: `linear` takes "),
        ("/steps/0/outputs", json!([0]), "step 0, `Linear`: %0 is computed twice"),
        ("/steps/0/outputs", json!([5, 6]), "step 0, `Linear`: has one output, found 2"),
        (
            "/steps/0/reads",
            json!(1),
            "step 0, `Linear`: `Linear` is an operation, expected an operation in place",
        ),
        (
            "/values/5/dims",
            json!([4, 4]),
            "step 0, `Linear`: %5 is (4, 4) of f32, found (4, 3) of f32",
        ),
        ("/values/5/dims", json!([u64::MAX, 2]), "value %5: has the shape "),
        ("/values/5/dtype", json!("f16"), "value %5: takes an element type, found f16"),
        (
            "/variables/0/array",
            json!({"array": 1}),
            "variable `layers/0/kernel`: %1 is (2, 3) of f32, found (3,) of f32",
        ),
        ("/outputs/0", json!(99), "outputs: reads %99, which isn't one of the 8 values"),
    ];
    for (pointer, new, expected) in cases {
        let found = load_changed(&program, |json| match json.pointer_mut(pointer) {
            Some(place) => *place = new,
            None => json["steps"][0]["reads"] = new,
        });
        let found = found.expect_err(pointer);
        let expected = if expected.ends_with(' ') || expected.contains("format 3") {
            expected.to_owned()
        } else {
            format!("{expected}{what}")
        };
        assert!(found.starts_with(&expected), "{pointer}:\n{found}\n{expected}");
    }
}

#[test]
fn a_file_of_something_else_has_no_program() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("weights");
    let model = Linear::<U2, U3>::init(&mut Rngs::new(0));
    nnx_core::io::save(&model, &file).expect("a file");
    let error = Program::load(&file).unwrap_err().to_string();
    assert!(error.ends_with(": no program in this file: `Program::save` writes one"), "{error}");
    nnx_core::io::Checkpoint::save(&file, ("model", &model)).expect("a file");
    let error = Program::load(&file).unwrap_err().to_string();
    assert!(
        error.ends_with(
            ": no program in this file, a checkpoint of `model`: `Program::save` writes one"
        ),
        "{error}"
    );
    // And the other way round.
    two_layers().save(&file).expect("a file");
    let mut other = model.clone();
    let error =
        nnx_core::io::Checkpoint::load(&file, ("model", &mut other)).unwrap_err().to_string();
    assert!(error.contains("`model`: missing; the file has `arrays` and `program`"), "{error}");
}

fn tensor(dims: &[usize]) -> DynTensor {
    Array::full(0.5f32, dims).into()
}

/// The program of a function of these inputs.
fn program_of(
    inputs: Vec<DynTensor>,
    function: impl FnOnce(Vec<DynTensor>) -> Vec<DynTensor>,
) -> Program {
    record(&Relu, inputs, |inputs, _: &mut Pass| function(inputs)).expect("a program").0
}

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
        json!({"Pad": {"axes": [9], "front": [1], "behind": [0], "value": 0.5}}),
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
