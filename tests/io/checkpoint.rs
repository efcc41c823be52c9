//! Checkpoints of several parts: round trips, all or nothing, and the errors for files that don't fit.

use std::fs;

use nnx::io::{self, Checkpoint, CheckpointError, CheckpointPart, PartError, SavedValue};
use nnx::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{listed, place, same, written};

type Net = (Linear<U4, U3>, Relu, Dropout, BatchNorm<U3>);

fn net(seed: u64) -> Net {
    let rngs = &mut Rngs::new(seed);
    (Init::init(rngs), Relu, Dropout::new(0.5, rngs), Init::init(rngs))
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
struct Notes {
    name: String,
    rates: Vec<f64>,
    best: Option<f32>,
    seen: u64,
}

fn notes() -> SavedValue<Notes> {
    SavedValue(Notes {
        name: "a \"name\" / with ü".to_owned(),
        // Decimal digits that a fast reader of JSON rounds wrongly.
        rates: vec![0.1, 1.0 / 3.0, 5e-324, 8.41e21, f64::MAX, -0.0, 9_007_199_254_740_993.0],
        best: Some(f32::MIN_POSITIVE / 3.0),
        seen: u64::MAX,
    })
}

/// The message of an error of a checkpoint, without the name of the file.
#[track_caller]
fn message(result: Result<(), nnx::Error>, file: &std::path::Path) -> String {
    let error = result.expect_err("an error");
    assert!(matches!(error, nnx::Error::Checkpoint(_)), "{error:?}");
    error.to_string().replace(&format!("{}: ", file.display()), "")
}

#[test]
fn every_part_comes_back_bit_for_bit() {
    let (directory, file) = place();
    let model = net(0);
    let mut optimizer = Optimizer::new(&model, adamw(1e-3));
    let mut trained = net(0);
    let (_, grads) = value_and_grad(&mut trained, |model, pass| {
        model.forward(Tensor::<shape![2, 4]>::ones(), pass).sum()
    })
    .expect("gradients");
    optimizer.update(&mut trained, grads).expect("a step");
    let mut average = AveragedWeights::new(&trained, 0.9);
    average.update(&trained).expect("the same model");
    let notes = notes();
    let parts = (
        ("model", &trained),
        ("optimizer", &optimizer),
        ("average", &average),
        ("notes", &notes),
        ("step", &SavedValue(1u64)),
    );
    Checkpoint::save(&file, parts).expect("saved");
    assert_eq!(listed(&directory), ["model.safetensors"]);

    let mut loaded = net(1);
    let mut its_optimizer = Optimizer::new(&loaded, adamw(1e-3));
    let mut its_average = AveragedWeights::new(&loaded, 0.9);
    let (mut its_notes, mut step) = (SavedValue(Notes::default()), SavedValue(0u64));
    let parts = (
        ("step", &mut step),
        ("notes", &mut its_notes),
        ("model", &mut loaded),
        ("optimizer", &mut its_optimizer),
        ("average", &mut its_average),
    );
    Checkpoint::load(&file, parts).expect("loaded");
    assert!(same(&state(&loaded), &state(&trained)));
    assert!(same(&state(&its_optimizer), &state(&optimizer)) && its_optimizer.step() == 1);
    assert!(same(&state(&its_average), &state(&average)));
    assert_eq!((&its_notes.0, step.0), (&notes.0, 1));
    assert!(its_notes.0.rates[5].is_sign_negative());
}

#[test]
fn a_checkpoint_in_memory_keeps_the_values_of_its_moment() {
    let (_directory, file) = place();
    let mut model = net(0);
    let checkpoint = Checkpoint::of(("model", &model)).expect("a checkpoint");
    model.0.kernel.replace(Tensor::zeros());
    checkpoint.write(&file).expect("written");
    Checkpoint::load(&file, ("model", &mut model)).expect("loaded");
    assert!(same(&state(&model), &state(&net(0))));
}

#[test]
fn a_module_may_be_a_single_variable_and_parts_may_come_in_a_list() {
    let (_directory, file) = place();
    let (variable, count) = (Param::<shape![2]>::new(Tensor::from([1.0, 2.0])), SavedValue(3));
    let parts: Vec<(&str, &dyn CheckpointPart)> = vec![("variable", &variable), ("count", &count)];
    Checkpoint::save(&file, parts).expect("saved");
    let (mut loaded, mut count) = (Param::<shape![2]>::new(Tensor::zeros()), SavedValue(0));
    let parts: Vec<(&str, &mut dyn CheckpointPart)> =
        vec![("count", &mut count), ("variable", &mut loaded)];
    Checkpoint::load(&file, parts).expect("loaded");
    assert_eq!((loaded.value().to_vec(), count.0), (vec![1.0, 2.0], 3));
}

#[test]
fn what_is_missing_and_what_is_left_over_is_said_and_nothing_is_changed() {
    let (_directory, file) = place();
    Checkpoint::save(&file, (("model", &net(0)), ("notes", &notes()), ("seed", &SavedValue(7))))
        .expect("saved");
    let (mut model, mut step) = (net(1), SavedValue(0));
    let mut wide = Linear::<U4, U5>::init(&mut Rngs::new(0));
    let before = state(&model);
    let result =
        Checkpoint::load(&file, (("model", &mut model), ("step", &mut step), ("notes", &mut wide)));
    assert_eq!(
        message(result, &file),
        "the checkpoint doesn't fit, and nothing is changed:\
         \n  `step`: missing; the file has `model`, `notes` and `seed`\
         \n  `notes`: a value in the file, expected the variables of the module `Linear<4, 5>`; load it into \
         a value of the type that was saved\
         \n  `seed`: in the file, and not asked for: load it too, or use `Checkpoint::load_some`, which leaves out \
         what isn't asked for"
    );
    assert!(same(&state(&model), &before));

    let result = Checkpoint::load_some(&file, (("model", &mut wide), ("seed", &mut step)));
    let text = message(result, &file);
    let start = "the checkpoint doesn't fit, and nothing is changed:\n  `model`: 10 variables don't fit the model, \
                 which is unchanged:\n    missing: kernel of shape (4, 5)\n    missing: bias of shape (5,)\n    \
                 unexpected: 0/bias of shape (3,)\n    ";
    assert!(text.starts_with(start), "{text}");
    let help = "\n  what to do: load it into the module that was saved, with the same sizes and, of an optimizer, the \
                same rule; `Checkpoint::load_some` leaves out parts that aren't asked for";
    assert!(text.ends_with(help), "{text}");
    assert_eq!(step.0, 0, "all or nothing");

    let result = Checkpoint::load_some(&file, ("seed", &mut SavedValue("text".to_owned())));
    assert_eq!(
        message(result, &file),
        "the checkpoint doesn't fit, and nothing is changed:\n  `seed`: not a value of type `String`: invalid type: \
         integer `7`, expected a string at line 1 column 1; load it into the type that was saved"
    );
    let result = Checkpoint::load_some(&file, ("model", &mut SavedValue(1)));
    assert_eq!(
        message(result, &file),
        "the checkpoint doesn't fit, and nothing is changed:\n  `model`: the variables of a module in the file, \
         expected a value of type `i32`; load them into the module that was saved"
    );
    let mut again = SavedValue(0);
    let result = Checkpoint::load_some(&file, (("seed", &mut step), ("seed", &mut again)));
    let text = message(result, &file);
    assert!(text.ends_with("\n  `seed`: named twice: give each part a name of its own"), "{text}");
    assert_eq!(step.0, 0);
}

#[test]
fn a_model_with_other_layers_is_refused_though_all_variables_fit() {
    type Other = (Linear<U4, U3>, Gelu, Dropout, BatchNorm<U3>);
    let rngs = &mut Rngs::new(3);
    let mut other: Other = (Init::init(rngs), Gelu, Dropout::new(0.5, rngs), Init::init(rngs));
    let (_directory, file) = place();
    Checkpoint::save(&file, ("model", &net(0))).expect("saved");
    let before = state(&other);
    let text = message(Checkpoint::load(&file, ("model", &mut other)), &file);
    let digest =
        Checkpoint::info(&file).expect("a header").parts[0].digest.clone().expect("a digest");
    assert!(
        text.starts_with(&format!(
            "the checkpoint doesn't fit, and nothing is changed:\n  `model`: all variables fit, but it was saved from \
             other layers: `(Linear<4, 3>, Relu, Dropout, BatchNorm<3>)` (digest {digest}) in the file, `(Linear<4, \
             3>, Gelu, Dropout, BatchNorm<3>)` (digest "
        )) && text.ends_with(
            " here; load it into the model that it was saved from, or use `Checkpoint::load_some`, which doesn't \
             compare layers"
        ),
        "{text}"
    );
    assert!(same(&state(&other), &before));
    Checkpoint::load_some(&file, ("model", &mut other)).expect("the variables fit");
    assert!(same(&state(&other), &state(&net(0))));
}

/// A field that is left out when it is written, and expected when it is read.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Unreadable {
    #[serde(skip_serializing)]
    _rate: f32,
}

pub(crate) const UNREADABLE: SavedValue<Unreadable> = SavedValue(Unreadable { _rate: 0.5 });

#[test]
fn parts_that_can_not_be_saved_are_named_and_the_old_file_stays() {
    let (directory, file) = place();
    Checkpoint::save(&file, ("model", &net(0))).expect("saved");
    let before = fs::read(&file).expect("the file");
    let long = "n".repeat(101);
    let result = Checkpoint::save(
        &file,
        (
            ("rate", &1e-3f32),
            ("best", &UNREADABLE),
            ("a/b", &net(0)),
            ("", &net(0)),
            ("__metadata__", &net(0)),
            (long.as_str(), &net(0)),
            ("x", &SavedValue(1)),
            ("x", &SavedValue(2)),
        ),
    );
    let name =
        "not a name of a part: expected 1 to 100 bytes without `/` and `~`, and not `__metadata__`";
    assert_eq!(
        result.expect_err("an error").to_string(),
        format!(
            "the checkpoint can't be saved, and nothing is changed:\
             \n  `rate`: `f32` is a module without variables, of which nothing would be saved: leave it out, or write \
             `SavedValue(..)` for a value\
             \n  `best`: a value of type `Unreadable` can't be written and read back: missing field `_rate` at line 1 column \
             2; correct the attributes of serde, such as a field that is skipped and has no default\
             \n  `a/b`: {name}\n  ``: {name}\n  `__metadata__`: {name}\n  `{long}`: {name}\
             \n  `x`: named twice: give each part a name of its own"
        )
    );
    assert_eq!(fs::read(&file).expect("the file"), before);
    assert_eq!(listed(&directory), ["model.safetensors"]);
}

#[test]
fn a_file_of_a_struct_from_io_save_is_a_checkpoint_of_its_fields() {
    #[derive(Module)]
    struct Run {
        model: Net,
        optimizer: Optimizer,
    }
    let (_directory, file) = place();
    let model = net(0);
    let run = Run { optimizer: Optimizer::new(&model, adam(1e-3)), model };
    io::save(&run, &file).expect("saved");
    let info = Checkpoint::info(&file).expect("a header");
    assert_eq!((info.format, info.written_by, info.parts), (1, None, Vec::new()));

    let mut model = net(1);
    let mut optimizer = Optimizer::new(&model, adam(1e-3));
    Checkpoint::load(&file, (("model", &mut model), ("optimizer", &mut optimizer)))
        .expect("loaded");
    assert!(same(&state(&model), &state(&run.model)));
    let mut step = SavedValue(0);
    assert_eq!(
        message(Checkpoint::load_some(&file, ("step", &mut step)), &file),
        "the checkpoint doesn't fit, and nothing is changed:\n  `step`: missing; the file has `model` and \
         `optimizer`\n  the file is of format 1, as `io::save` writes it: it has no values, its parts are the fields \
         of the struct that was saved; to load it into such a struct, use `io::load`"
    );
}

/// A struct of modules loads the file of a checkpoint, whose values it ignores.
#[test]
fn io_load_reads_the_modules_of_a_checkpoint_into_a_struct() {
    #[derive(Module)]
    struct Run {
        model: Net,
    }
    let (_directory, file) = place();
    Checkpoint::save(&file, (("model", &net(0)), ("step", &SavedValue(5)))).expect("saved");
    let mut run = Run { model: net(1) };
    io::load(&mut run, &file).expect("loaded");
    assert!(same(&state(&run.model), &state(&net(0))));
}

#[test]
fn a_checkpoint_of_a_later_format_is_refused_with_its_version() {
    let (_directory, file) = place();
    let description = r#"{\"format\":4,\"nnx\":\"7.1.0\",\"parts\":[]}"#;
    fs::write(&file, written(&format!("{{\"__metadata__\":{{\"nnx\":\"{description}\"}}}}"), &[]))
        .expect("a file");
    let result = Checkpoint::load(&file, ("model", &mut net(0)));
    assert_eq!(
        message(result, &file),
        "a checkpoint of format 4, written by nnx 7.1.0; this version reads formats up to 3: use the version that wrote \
         it, or a later one"
    );
}

#[test]
fn damaged_descriptions_are_errors_and_never_panics() {
    let (_directory, file) = place();
    let load = |description: &str, tensors: &str, data: &[u8]| {
        let description = description.replace('"', "\\\"");
        let header = format!("{{\"__metadata__\":{{\"nnx\":\"{description}\"}}{tensors}}}");
        fs::write(&file, written(&header, data)).expect("a file");
        let mut variable = Param::<shape![1]>::new(Tensor::zeros());
        let result = Checkpoint::load(&file, ("a", &mut variable));
        assert_eq!(variable.value().to_vec(), [0.0]);
        assert!(Checkpoint::info(&file).is_err() || description.contains("parts"));
        message(result, &file)
    };
    let damaged = "not a whole safetensors file: its description of a checkpoint is damaged: ";
    for text in ["", "[]", "{", "1", r#"{"format":-1}"#, r#"{"format":2}"#] {
        let text = load(text, "", &[]);
        assert!(text.starts_with(damaged), "{text}");
    }
    let nested =
        format!(r#"{{"format":2,"nnx":"","notes":{{}},"parts":{{"a":{}}}}}"#, "[".repeat(10_000));
    assert!(load(&nested, "", &[]).starts_with(damaged));
    let with = |parts: &str| format!(r#"{{"format":2,"nnx":"","notes":{{}},"parts":{{{parts}}}}}"#);
    let a = r#""a":{"module":{"type":"","digest":""}}"#;
    assert_eq!(
        load(&with(a), "", &[]),
        "the checkpoint doesn't fit, and nothing is changed:\n  `a`: `` is a module without variables, of which \
         nothing would be saved: leave it out, or write `SavedValue(..)` for a value"
    );
    let tensor = crate::described("b", "U8", "1", 0, 1);
    assert_eq!(
        load(&with(a), &format!(",{tensor}"), &[0]),
        "tensor `b` belongs to no part of the checkpoint: it wasn't written by this library"
    );
    let twice = ["a", "a/"].iter().enumerate();
    let twice = twice.map(|(i, name)| format!(",{}", crate::described(name, "U8", "1", i, i + 1)));
    assert_eq!(
        load(&with(a), &twice.collect::<String>(), &[0, 0]),
        "tensor `a/` has the path ``, as another tensor of `a` has"
    );
}

#[test]
fn the_header_says_which_parts_there_are_and_who_wrote_them() {
    let (_directory, file) = place();
    let notes = notes();
    Checkpoint::of((("model", &net(0)), ("notes", &notes)))
        .and_then(|checkpoint| checkpoint.with_note("step", 120u64))
        .and_then(|checkpoint| checkpoint.with_note("loss", f64::NAN))
        .and_then(|checkpoint| checkpoint.write(&file))
        .expect("saved");
    let info = Checkpoint::info(&file).expect("a header");
    assert_eq!((info.format, info.written_by.as_deref()), (3, Some(env!("CARGO_PKG_VERSION"))));
    assert_eq!(
        info.parts[0].module.as_deref(),
        Some("(Linear<4, 3>, Relu, Dropout, BatchNorm<3>)")
    );
    assert_eq!((info.parts[1].name.as_str(), &info.parts[1].module), ("notes", &None));
    assert_eq!(info.note::<u64>("step").expect("a number"), Some(120));
    assert_eq!(info.note::<Option<f64>>("loss").expect("null"), Some(None));
    assert_eq!(info.note::<u64>("other").expect("none"), None);
    assert!(matches!(info.note::<String>("step"), Err(PartError::OtherValue { .. })));
    assert_eq!(info.value::<Notes>("notes").expect("notes"), Some(notes.0));
    assert_eq!(info.value::<Notes>("model").expect("no value"), None);
}

/// Another writer of the format gives the same bytes, except for the description.
#[test]
fn a_file_is_what_the_safetensors_crate_writes() {
    let (_directory, file) = place();
    let model = (
        net(0),
        Variable::<Tensor<shape![3], bool>, kind::Cache>::new(Tensor::from([true, false, true])),
    );
    io::save(&model, &file).expect("saved");
    let bytes: Vec<_> = state(&model)
        .iter()
        .map(|(path, entry)| (path.to_string(), entry.array.clone(), entry.array.to_le_bytes()))
        .collect();
    let views = bytes.iter().map(|(name, array, bytes)| {
        use safetensors::Dtype;
        let dtype = match array.dtype() {
            nnx::array::DType::F32 => Dtype::F32,
            nnx::array::DType::U32 => Dtype::U32,
            nnx::array::DType::Bool => Dtype::BOOL,
            other => panic!("{other}"),
        };
        let view = safetensors::tensor::TensorView::new(dtype, array.dims().to_vec(), bytes);
        (name, view.expect("a view"))
    });
    let expected = safetensors::serialize(views, None).expect("bytes");
    assert!(fs::read(&file).expect("the file") == expected);
}

#[test]
fn errors_of_checkpoints_have_their_variants() {
    let (_directory, file) = place();
    let error = Checkpoint::save(&file, ("x", &1u8)).expect_err("no variables");
    let nnx::Error::Checkpoint(CheckpointError::Unsaved { parts }) = error else {
        panic!("{error:?}")
    };
    assert!(matches!(&parts[..], [(name, PartError::NoVariables { .. })] if name == "x"));
}
