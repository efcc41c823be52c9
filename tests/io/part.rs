//! Loading a part of a file: the selected variables must fit, and everything else is ignored.

use std::fs;

use nnx::io::{self, Foreign, Source};
use nnx::prelude::*;
use nnx::random::Key;

use crate::{described, place, same, written};

type Model = Linear<U2, U3>;

fn model(seed: u64) -> Model {
    Linear::init(&mut Rngs::new(seed))
}

fn kernel() -> Filter {
    Filter::within("kernel")
}

const KERNEL: [f32; 6] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];

/// A file with the kernel and tensors of these names, types, shapes and numbers of bytes.
fn file_with(others: &[(String, &str, String, usize)]) -> Vec<u8> {
    let mut tensors = vec![described("kernel", "F32", "2,3", 0, 24)];
    let mut end = 24;
    for (name, dtype, shape, bytes) in others {
        tensors.push(described(name, dtype, shape, end, end + bytes));
        end += bytes;
    }
    let mut data: Vec<u8> = KERNEL.iter().flat_map(|element| element.to_le_bytes()).collect();
    data.resize(end, 7);
    written(&format!("{{{}}}", tensors.join(",")), &data)
}

/// Loads the kernel from the bytes as a file, by its name here and by its name in another library.
fn kernel_of(bytes: &[u8]) -> Result<Model, nnx::Error> {
    let (_directory, file) = place();
    fs::write(&file, bytes).expect("a file");
    let mut loaded = model(0);
    io::load_of(&kernel(), &mut loaded, &file)?;
    let mut foreign = model(0);
    Foreign::new(|path| Some(Source::named(path.to_string())))
        .load_of(&kernel(), &mut foreign, &file)
        .expect("the same by another way");
    assert!(same(&state(&loaded), &state(&foreign)));
    Ok(loaded)
}

fn of(
    name: &str,
    dtype: &'static str,
    shape: &str,
    bytes: usize,
) -> (String, &'static str, String, usize) {
    (name.to_owned(), dtype, shape.to_owned(), bytes)
}

/// Tensors that no variable could hold.
fn strangers() -> Vec<(String, &'static str, String, usize)> {
    let mut strangers = vec![
        of("bias", "BF16", "3", 6),
        of("step", "I64", "", 8),
        of("scale", "F8_E4M3", "2", 2),
        of("mask", "BOOL", "3", 3),
        of("packed", "F4", "4", 2),
        of("of the future", "INT2", "16", 4),
        of("axes", "F32", "1,1,1,1,1,1,1,1,1,1", 4),
        of("hundreds of axes", "U8", &vec!["1"; 500].join(","), 1),
        of("empty", "F32", "0,4611686018427387904,4611686018427387904", 0),
        of("twin/a", "F32", "1", 4),
        of("twin//a", "F32", "1", 4),
        of("/twin/a", "F32", "1", 4),
        of("kernel/0", "F32", "1", 4),
        of("", "U8", "1", 1),
    ];
    strangers.push((vec!["a"; 100_000].join("/"), "U8", "1".to_owned(), 1));
    strangers.push(("long".repeat(100_000), "U8", "1".to_owned(), 1));
    strangers
}

#[test]
fn tensors_that_are_not_asked_for_may_be_anything() {
    for stranger in strangers() {
        let name: String = stranger.0.chars().take(20).collect();
        let loaded = kernel_of(&file_with(&[stranger])).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(loaded.kernel.value().to_vec(), KERNEL, "{name}");
        let bias = |model: &Model| model.bias.as_ref().map(|bias| bias.value().to_vec());
        assert_eq!(bias(&loaded), bias(&model(0)), "left alone: {name}");
    }
    kernel_of(&file_with(&strangers())).expect("all of them at once");
}

/// A random subset of the unrelated tensors, in random order before and after the kernel.
#[test]
fn any_choice_of_strangers_changes_nothing() {
    for seed in 0..60 {
        let mut strangers = strangers();
        let bits = Key::new(seed).bits(2 * strangers.len());
        let (choice, order) = bits.split_at(strangers.len());
        let mut index = 0;
        strangers.retain(|_| {
            index += 1;
            choice[index - 1] % 2 == 0
        });
        let mut order: Vec<_> = order.iter().zip(strangers).collect();
        order.sort_by_key(|(bits, _)| **bits);
        let strangers: Vec<_> = order.into_iter().map(|(_, stranger)| stranger).collect();
        let loaded = kernel_of(&file_with(&strangers)).unwrap_or_else(|e| panic!("{seed}: {e}"));
        assert_eq!(loaded.kernel.value().to_vec(), KERNEL, "{seed}");
    }
}

#[test]
fn a_tensor_that_is_asked_for_has_to_be_right() {
    let (_directory, file) = place();
    let refused = |tensors: &[String], bytes: usize| {
        let header = format!("{{{}}}", tensors.join(","));
        fs::write(&file, written(&header, &vec![0; bytes])).expect("a file");
        let before = model(0);
        let mut after = model(0);
        let error = io::load_of(&kernel(), &mut after, &file).expect_err("not the kernel");
        assert!(same(&state(&before), &state(&after)), "the model is unchanged");
        error.to_string().replace(&format!("{}: ", file.display()), "")
    };
    assert_eq!(
        refused(&[described("kernel", "F16", "2,3", 0, 12)], 12),
        "tensor `kernel` holds elements of type F16, expected F32, F64, BF16, I32, I64, U32, U8 or BOOL; \
         `Foreign::by_path()` loads and converts them"
    );
    assert_eq!(
        refused(&[described("kernel", "F32", "1,1,1,1,1,1,1,2,3", 0, 24)], 24),
        "tensor `kernel` has 9 axes, expected at most 8"
    );
    assert_eq!(
        refused(
            &[described("kernel", "F32", "2,3", 0, 24), described("/kernel", "F32", "2,3", 24, 48)],
            48
        ),
        "tensor `kernel` has the path `kernel`, as another tensor has"
    );
    assert!(
        refused(&[described("bias", "F32", "3", 0, 12)], 12)
            .contains("\n  missing: kernel of shape (2, 3)\nwhat to do: ")
    );
}

#[test]
fn a_filter_that_selects_nothing_is_an_error_that_names_it() {
    let (_directory, file) = place();
    io::save(&model(0), &file).expect("saved");
    let misspelled = Filter::within("kernle");
    let expected = format!(
        "{}: nothing to load: the filter (within kernle) selects none of the 2 variables of this model",
        file.display()
    );
    let mut model = model(1);
    let before = state(&model);
    let error = io::load_of(&misspelled, &mut model, &file).expect_err("nothing");
    assert_eq!(error.to_string(), expected);
    let foreign = Foreign::new(|path| Some(Source::named(path.to_string())));
    let error = foreign.load_of(&misspelled, &mut model, &file).expect_err("nothing");
    assert_eq!(error.to_string(), expected);
    assert!(same(&before, &state(&model)));
}
