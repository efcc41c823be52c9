//! Files of other libraries: other names and layouts, and errors that name everything that is wrong.

use std::path::Path as FilePath;

use nnx::io::{CheckpointError, Foreign, Source};
use nnx::prelude::*;
use safetensors::tensor::{Dtype, TensorView};

use crate::{place, same};

#[derive(Module)]
struct Model {
    conv: Conv<U2, U1, (U3, U3)>,
    heads: [Param<shape![2, 2, 3]>; 2],
    dropout: Dropout,
}

fn model(seed: u64) -> Model {
    let rngs = &mut Rngs::new(seed);
    let heads = [(); 2].map(|()| Param::new(Tensor::full(7.0)));
    Model { conv: Conv::init(rngs), heads, dropout: Dropout::new(0.5, rngs) }
}

/// As PyTorch would have it: channels first, and both maps in one matrix (12, 2).
fn foreign() -> Foreign {
    Foreign::new(|path| {
        let head = |index| Source::named("joint").part(0, index, 2).permute(&[1, 0]);
        match path.to_string().as_str() {
            "conv/kernel" => Some(Source::named("conv.weight").permute(&[2, 3, 1, 0])),
            "conv/bias" => Some(Source::named("conv.bias")),
            "heads/0" => Some(head(0).reshape(&[2, 2, 3])),
            "heads/1" => Some(head(1).reshape(&[2, 2, 3])),
            _ => None,
        }
    })
    .ignoring(|name| name.ends_with(".steps"))
}

type Entry<'a> = (&'a str, &'a [usize]);
const WHOLE: [Entry<'_>; 3] =
    [("conv.weight", &[1, 2, 3, 3]), ("conv.bias", &[1]), ("joint", &[12, 2])];

/// A file whose tensors count from 0, in f32.
fn write(file: &FilePath, entries: &[Entry<'_>]) {
    let bytes = |sizes: &[usize]| -> Vec<u8> {
        let count = u16::try_from(sizes.iter().product::<usize>()).expect("a small tensor");
        (0..count).map(f32::from).flat_map(f32::to_le_bytes).collect()
    };
    let tensors: Vec<_> =
        entries.iter().map(|(name, sizes)| (*name, sizes.to_vec(), bytes(sizes))).collect();
    write_bytes(file, &tensors, Dtype::F32);
}

fn write_bytes(file: &FilePath, tensors: &[(&str, Vec<usize>, Vec<u8>)], dtype: Dtype) {
    let view = |sizes: &[usize], bytes| TensorView::new(dtype, sizes.to_vec(), bytes);
    let views = tensors
        .iter()
        .map(|(name, sizes, bytes)| (*name, view(sizes, bytes).expect("as many bytes")));
    safetensors::serialize_to_file(views, None, file).expect("written");
}

/// The error of a file, without its first line. Checks that the model is as it was.
fn refused(file: &FilePath) -> Vec<String> {
    let mut model = model(0);
    let before = state(&model);
    let error = foreign().load(&mut model, file).expect_err("a file that doesn't fit");
    assert!(same(&before, &state(&model)), "the model is unchanged");
    assert!(matches!(error, nnx::Error::Checkpoint(CheckpointError::Foreign { .. })), "{error:?}");
    let text = error.to_string();
    let (headline, lines) = text.split_once("\n  ").expect("a headline");
    let (lines, help) = lines.split_once("\nwhat to do:\n- ").expect("what to do");
    assert!(!help.is_empty());
    let lines: Vec<String> = lines.split("\n  ").map(str::to_owned).collect();
    let tensors = if lines.len() == 1 { "tensor doesn't" } else { "tensors don't" };
    let count = lines.len();
    let expected =
        format!("{}: {count} {tensors} fit the model, which is unchanged:", file.display());
    assert_eq!(headline, expected);
    lines
}

#[test]
fn tensors_are_renamed_permuted_parted_and_reshaped() {
    let (_directory, file) = place();
    write(&file, &WHOLE);
    let mut loaded = model(0);
    foreign().load(&mut loaded, &file).expect("it fits");
    // Channel c of element q of the window is number 9 c + q of the file.
    let kernel: Vec<f32> = (0..9u8).flat_map(|q| [f32::from(q), f32::from(9 + q)]).collect();
    assert_eq!(loaded.conv.kernel.value().to_vec(), kernel);
    assert_eq!(loaded.conv.bias.expect("a bias").value().to_vec(), [0.0]);
    let column = |first: u8| (0..6u8).map(move |row| f32::from(first + 2 * row));
    let [a, b] = loaded.heads.map(|head| head.value().to_vec());
    assert_eq!(a, column(0).chain(column(1)).collect::<Vec<_>>());
    assert_eq!(b, column(12).chain(column(13)).collect::<Vec<_>>());
}

#[test]
fn variables_without_a_source_keep_their_values() {
    let (_directory, file) = place();
    write(&file, &WHOLE);
    let streams = Filter::kind::<kind::RngState>();
    let mut loaded = model(3);
    foreign().load(&mut loaded, &file).expect("it fits");
    let before = state_of(&streams, &model(3));
    assert!(!before.is_empty() && same(&before, &state_of(&streams, &loaded)));
}

#[test]
fn ignored_tensors_may_be_of_any_kind() {
    let (_directory, file) = place();
    let numbers = |count: usize| vec![0; 8 * count];
    let mut tensors: Vec<_> = WHOLE
        .iter()
        .map(|(name, sizes)| (*name, sizes.to_vec(), numbers(sizes.iter().product())))
        .collect();
    tensors.push(("conv.steps", vec![1; 9], numbers(1)));
    write_bytes(&file, &tensors, Dtype::U64);
    // The error doesn't mention the tensor of nine axes.
    let wrong = refused(&file);
    assert_eq!(wrong.len(), 4, "{wrong:#?}");
    assert_eq!(
        wrong[0],
        "wrong element type: conv/kernel is f32 in the model, conv.weight is u64 here"
    );

    write_bytes(&file, &tensors, Dtype::F64);
    let report = foreign().load(&mut model(0), &file).expect("zeros are values of f32");
    assert_eq!(report.ignored, ["conv.steps"]);
}

#[test]
fn all_that_is_wrong_is_named_at_once() {
    let (_directory, file) = place();
    write(&file, &[("conv.weight", &[1, 2, 5, 5]), ("fc.weight", &[3, 4]), ("joint", &[9, 2])]);
    let part = "joint is (9, 2) here, has no axis 0 that splits into 2 equal parts";
    let expected = [
        "wrong shape: conv/kernel is (3, 3, 2, 1) in the model, conv.weight is (1, 2, 5, 5) here, \
         laid out (5, 5, 2, 1)",
        "missing: conv/bias of shape (1,), named conv.bias in the file",
        &format!("wrong shape: heads/0 is (2, 2, 3) in the model, {part}"),
        &format!("wrong shape: heads/1 is (2, 2, 3) in the model, {part}"),
        "unexpected: fc.weight of shape (3, 4)",
    ];
    assert_eq!(refused(&file), expected);
}

#[test]
fn a_step_that_cannot_be_taken_is_reported() {
    let (_directory, file) = place();
    write(&file, &[("conv.weight", &[2, 9]), ("conv.bias", &[2]), ("joint", &[12, 3])]);
    let expected = [
        "wrong shape: conv/kernel is (3, 3, 2, 1) in the model, conv.weight is (2, 9) here, \
         doesn't have the axes [2, 3, 1, 0]",
        "wrong shape: conv/bias is (1,) in the model, conv.bias is (2,) here",
        "wrong shape: heads/0 is (2, 2, 3) in the model, joint is (12, 3) here, can't be reshaped \
         to [2, 2, 3]",
        "wrong shape: heads/1 is (2, 2, 3) in the model, joint is (12, 3) here, can't be reshaped \
         to [2, 2, 3]",
    ];
    assert_eq!(refused(&file), expected);
}

#[test]
fn a_part_of_the_model_is_loaded_and_the_rest_left_alone() {
    let (_directory, file) = place();
    write(&file, &[("conv.weight", &[1, 2, 3, 3]), ("conv.bias", &[1]), ("fc.weight", &[3, 4])]);
    let mut loaded = model(0);
    let body = Filter::within("conv");
    foreign().load_of(&body, &mut loaded, &file).expect("the body is there");
    assert_eq!(loaded.conv.kernel.value().to_vec()[1], 9.0);
    assert_eq!(loaded.heads[0].value().to_vec(), [7.0; 12]);

    let error = foreign().load_of(&!body, &mut loaded, &file).expect_err("no heads").to_string();
    assert!(
        error.contains("\n  missing: heads/1 of shape (2, 2, 3), named joint in the file\n"),
        "{error}"
    );
}

#[test]
fn a_file_that_is_cut_short_is_refused() {
    let (_directory, file) = place();
    write(&file, &WHOLE);
    let bytes = std::fs::read(&file).expect("the file");
    std::fs::write(&file, &bytes[..bytes.len() - 1]).expect("written");
    let error = foreign().load(&mut model(0), &file).expect_err("cut short").to_string();
    assert!(error.contains("not a whole safetensors file"), "{error}");
}

#[test]
#[should_panic(expected = "`order` must have each axis once, found [0, 0]")]
fn an_order_that_repeats_an_axis_is_refused() {
    let _ = Source::named("weight").permute(&[0, 0]);
}

#[test]
#[should_panic(expected = "part 3 of 3: parts are counted from 0")]
fn a_part_beyond_the_last_is_refused() {
    let _ = Source::named("weight").part(0, 3, 3);
}
