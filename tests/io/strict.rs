//! Files of a different model: everything that is wrong is named, and nothing is changed.

use std::path::Path as FilePath;

use nnx::io::{self, CheckpointError};
use nnx::prelude::*;

use crate::{place, same};

#[derive(Module)]
struct Model<Width: Size, E: Real> {
    hidden: Linear<U3, Width>,
    mean: BatchStat<shape![2], E>,
    extra: Option<Param<shape![4]>>,
    layers: Vec<Param<shape![2]>>,
}

fn model<Width: Size, E: Real>(extra: bool, layers: usize) -> Model<Width, E> {
    Model {
        hidden: Linear::init(&mut Rngs::new(0)),
        mean: BatchStat::new(Tensor::ones()),
        extra: extra.then(|| Param::new(Tensor::ones())),
        layers: (0..layers).map(|_| Param::new(Tensor::ones())).collect(),
    }
}

/// The error of loading `file`, without the file's name. Checks that the model is as it was.
fn refused<M: Module>(model: &mut M, file: &FilePath) -> String {
    let before = state(model);
    let error = io::load(model, file).expect_err("a file of another model");
    assert!(same(&before, &state(model)), "the model is unchanged");
    assert!(matches!(error, nnx::Error::Checkpoint(CheckpointError::State { .. })), "{error:?}");
    without_help(&error.to_string(), file).to_owned()
}

/// A message without the name of the file and without what to do, which it must have.
fn without_help<'a>(text: &'a str, file: &FilePath) -> &'a str {
    let start = format!("{}: ", file.display());
    let help = "\nwhat to do: load the file into the model that it was saved from, the variables that both have by \
                `io::load_of`, or a file of another library by `io::Foreign`";
    let message = text.strip_prefix(&start).and_then(|text| text.strip_suffix(help));
    message.unwrap_or_else(|| panic!("no `{start}` or no `{help}` in {text}"))
}

#[test]
fn a_missing_variable_is_named() {
    let (_directory, file) = place();
    io::save(&model::<U5, f32>(false, 1), &file).expect("saved");
    let expected = "1 variable doesn't fit the model, which is unchanged:\n  \
                    missing: extra of shape (4,)";
    assert_eq!(refused(&mut model::<U5, f32>(true, 1), &file), expected);
}

#[test]
fn an_unexpected_variable_is_named() {
    let (_directory, file) = place();
    io::save(&model::<U5, f32>(false, 2), &file).expect("saved");
    let expected = "1 variable doesn't fit the model, which is unchanged:\n  \
                    unexpected: layers/1 of shape (2,)";
    assert_eq!(refused(&mut model::<U5, f32>(false, 1), &file), expected);
}

#[test]
fn a_wrong_shape_is_named_with_both() {
    let (_directory, file) = place();
    io::save(&model::<U5, f32>(false, 0), &file).expect("saved");
    let expected = "2 variables don't fit the model, which is unchanged:\n  \
                    wrong shape: hidden/kernel is (3, 6) in the model, (3, 5) here\n  \
                    wrong shape: hidden/bias is (6,) in the model, (5,) here";
    assert_eq!(refused(&mut model::<U6, f32>(false, 0), &file), expected);
}

#[test]
fn wrong_elements_are_named_with_both() {
    let (_directory, file) = place();
    io::save(&model::<U5, f64>(false, 0), &file).expect("saved");
    let expected = "1 variable doesn't fit the model, which is unchanged:\n  \
                    wrong element type: mean is f32 in the model, f64 here";
    assert_eq!(refused(&mut model::<U5, f32>(false, 0), &file), expected);
}

#[test]
fn all_that_is_wrong_is_named_at_once() {
    let (_directory, file) = place();
    io::save(&model::<U5, f64>(false, 1), &file).expect("saved");
    let expected = "5 variables don't fit the model, which is unchanged:\n  \
                    wrong shape: hidden/kernel is (3, 6) in the model, (3, 5) here\n  \
                    wrong shape: hidden/bias is (6,) in the model, (5,) here\n  \
                    wrong element type: mean is f32 in the model, f64 here\n  \
                    missing: extra of shape (4,)\n  \
                    unexpected: layers/0 of shape (2,)";
    assert_eq!(refused(&mut model::<U6, f32>(true, 0), &file), expected);
}

#[test]
fn a_part_of_a_file_is_loaded_by_name() {
    use nnx::module::{Path, update_of};
    let (_directory, file) = place();
    let mut saved = model::<U5, f32>(false, 0);
    saved.mean.replace(Tensor::from([7.0, 8.0]));
    io::save(&saved, &file).expect("saved");
    let mut wider = model::<U6, f32>(false, 0);
    let mut loaded = io::load_state(&file).expect("loaded");
    loaded.remove(&Path::parse("hidden/kernel"));
    loaded.remove(&Path::parse("hidden/bias"));
    update_of(&Filter::within("mean"), &mut wider, &loaded).expect("just the mean");
    assert_eq!(wider.mean.value().to_vec(), [7.0, 8.0]);
}

#[test]
fn a_trained_body_is_loaded_under_a_new_head() {
    let (_directory, file) = place();
    let mut saved = model::<U5, f32>(true, 2);
    saved.hidden = Linear::init(&mut Rngs::new(5));
    io::save(&saved, &file).expect("saved");
    let mut other = model::<U5, f64>(false, 0);
    io::load_of(&Filter::within("hidden"), &mut other, &file).expect("the body is there");
    assert_eq!(other.hidden.kernel.value().to_vec(), saved.hidden.kernel.value().to_vec());
    assert_eq!(other.mean.value().to_vec(), [1.0, 1.0]);
}

#[test]
fn a_part_that_the_file_does_not_have_is_named() {
    let (_directory, file) = place();
    io::save(&model::<U5, f32>(false, 0), &file).expect("saved");
    let mut wider = model::<U6, f32>(true, 0);
    let before = state(&wider);
    let part = Filter::within("extra") | Filter::within("hidden");
    let error = io::load_of(&part, &mut wider, &file).expect_err("another part").to_string();
    let expected = "3 variables don't fit the model, which is unchanged:\n  \
                    wrong shape: hidden/kernel is (3, 6) in the model, (3, 5) here\n  \
                    wrong shape: hidden/bias is (6,) in the model, (5,) here\n  \
                    missing: extra of shape (4,)";
    assert_eq!(without_help(&error, &file), expected);
    assert!(same(&before, &state(&wider)));
}

#[test]
fn a_part_is_loaded_by_name_and_the_rest_left_alone() {
    let (_directory, file) = place();
    let saved: Model<U4, f32> = model(true, 3);
    io::save(&saved, &file).expect("a file");
    let mut other: Model<U4, f32> = model(false, 1);
    other.hidden = Linear::init(&mut Rngs::new(9));
    let mean = other.mean.value().to_vec();
    io::load_of(&Filter::within("hidden"), &mut other, &file).expect("the part is there");
    assert_eq!(other.hidden.kernel.value().to_vec(), saved.hidden.kernel.value().to_vec());
    assert_eq!(other.mean.value().to_vec(), mean);

    let mut wider: Model<U5, f32> = model(false, 1);
    let error =
        io::load_of(&Filter::within("hidden"), &mut wider, &file).expect_err("another shape");
    let text = error.to_string();
    assert!(
        text.contains("wrong shape: hidden/kernel is (3, 5) in the model, (3, 4) here"),
        "{text}"
    );
}

#[test]
fn a_checkpoint_of_parts_that_is_loaded_as_a_model_says_how_to_load_a_part() {
    let (_directory, file) = place();
    let net = Linear::<U3, U1>::init(&mut Rngs::new(0));
    io::Checkpoint::save(&file, (("net", &net), ("epoch", &io::SavedValue(7u32)))).expect("saved");
    let mut other = Linear::<U3, U1>::init(&mut Rngs::new(1));
    let before = state(&other);
    let error = io::load(&mut other, &file).expect_err("the paths begin with the part").to_string();
    let expected = "a checkpoint of the parts `net` doesn't fit the model as a whole: load one of them by \
                    `Checkpoint::load_some(file, (\"net\", &mut model))`";
    assert!(error.ends_with(expected), "{error}");
    assert!(same(&before, &state(&other)), "the model is unchanged");
}
