//! Files of programs whose JSON was changed, with right checksums: each is refused with the place and the problem, or is
//! another program; none ends in a panic.

mod checks;
mod everywhere;

pub(crate) use everywhere::change_everything;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use nnx_core::array::Array;
use nnx_core::module::record;
use nnx_core::ops::DynTensor;
use nnx_core::program::Program;
use serde_json::{Value as Json, json};

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
