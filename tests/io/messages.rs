//! Errors about files of other libraries name the file, the path in the model, both shapes or types, and what to do;
//! and that nothing is changed.

use std::path::Path;

use nnx::io::{self, Checkpoint, Foreign, NpzFile, Source};
use nnx::prelude::*;
use safetensors::tensor::{Dtype, TensorView};

use crate::{described, library_file, place, same, written};

#[derive(Module)]
struct Model {
    kernel: Param<shape![2, 3]>,
    labels: Param<shape![2], i32>,
}

fn model() -> Model {
    Model { kernel: Param::new(Tensor::full(7.0)), labels: Param::new(Tensor::from([5, 6])) }
}

/// A file with these tensors of zeros, but for the first element, whose bytes are given.
fn file_of(file: &Path, tensors: &[(&str, Dtype, &[usize], &[u8])]) {
    let data: Vec<Vec<u8>> = tensors
        .iter()
        .map(|(_, dtype, sizes, first)| {
            let mut bytes = vec![0; sizes.iter().product::<usize>() * dtype.bitsize() / 8];
            bytes[..first.len()].copy_from_slice(first);
            bytes
        })
        .collect();
    let views = tensors.iter().zip(&data).map(|((name, dtype, sizes, _), bytes)| {
        (*name, TensorView::new(*dtype, sizes.to_vec(), bytes).expect("as many bytes"))
    });
    safetensors::serialize_to_file(views, None, file).expect("written");
}

const KERNEL: (&str, Dtype, &[usize], &[u8]) = ("kernel", Dtype::F32, &[2, 3], &[]);
const LABELS: (&str, Dtype, &[usize], &[u8]) = ("labels", Dtype::I32, &[2], &[]);

/// The message of loading a file, whose name starts it; the model is unchanged.
fn message(foreign: &Foreign, file: &Path) -> String {
    let mut model = model();
    let before = state(&model);
    let error = foreign.load(&mut model, file).expect_err("a file that doesn't fit");
    assert!(same(&before, &state(&model)), "the model is unchanged: {error}");
    let text = error.to_string();
    let start = format!("{}: ", file.display());
    text.strip_prefix(&start).unwrap_or_else(|| panic!("no `{start}` in {text}")).to_owned()
}

#[test]
fn every_mismatch_names_paths_and_both_sides_and_says_what_to_do() {
    let (_directory, file) = place();
    let long = 1u64 << 40;
    let rows: [(&[(&str, Dtype, &[usize], &[u8])], &str, &str); 10] = [
        (
            &[KERNEL],
            "missing: labels of shape (2,), named labels in the file",
            "missing: correct the names given to `Foreign`, or load the rest of the model by `load_of`",
        ),
        (
            &[KERNEL, LABELS, ("more", Dtype::U64, &[3], &[])],
            "unexpected: more of shape (3,)",
            "unexpected: ignore tensors that the model doesn't need by `Foreign::ignoring`",
        ),
        (
            &[("kernel", Dtype::F32, &[3, 2], &[]), LABELS],
            "wrong shape: kernel is (2, 3) in the model, kernel is (3, 2) here",
            "wrong shape: change the sizes of the model, or the layout by the steps of a `Source`",
        ),
        (
            &[("kernel", Dtype::I8, &[2, 3], &[]), LABELS],
            "wrong element type: kernel is f32 in the model, kernel is i8 here",
            "wrong element type: change the type of the variable, or convert the file",
        ),
        (
            &[("kernel", Dtype::F8_E4M3, &[2, 3], &[]), LABELS],
            "wrong element type: kernel is f32 in the model, kernel is F8_E4M3 here",
            "wrong element type: change the type of the variable, or convert the file",
        ),
        (
            &[("kernel", Dtype::F64, &[2, 3], &0.1f64.to_le_bytes()), LABELS],
            "a value that would change: kernel is f32 in the model, kernel is f64 here and has 0.1, which isn't a value \
             of f32",
            "a value that would change: round by `Foreign::rounding` if it is within the range of f32, or make the variable f64",
        ),
        (
            &[KERNEL, ("labels", Dtype::I64, &[2], &long.to_le_bytes())],
            "a value that would change: labels is i32 in the model, labels is i64 here and has 1099511627776, which \
             isn't a value of i32",
            "a value that would change: choose a wider type for the variable",
        ),
        (
            &[KERNEL, ("labels", Dtype::F32, &[2], &[])],
            "wrong element type: labels is i32 in the model, labels is f32 here",
            "wrong element type: change the type of the variable, or convert the file",
        ),
        (
            &[KERNEL, ("labels", Dtype::BOOL, &[2], &[])],
            "wrong element type: labels is i32 in the model, labels is bool here",
            "wrong element type: change the type of the variable, or convert the file",
        ),
        (
            &[KERNEL, LABELS, ("head", Dtype::F32, &[2, 3], &[1])],
            "not tied: head differs from kernel, whose weights the model has for both",
            "not tied: the file is of a model that has a head of its own; give it a variable",
        ),
    ];
    for (tensors, line, help) in rows {
        file_of(&file, tensors);
        let text = message(&Foreign::by_path().tied("head", "kernel"), &file);
        let expected = format!(
            "1 tensor doesn't fit the model, which is unchanged:\n  {line}\nwhat to do:\n- {help}"
        );
        assert_eq!(text, expected);
    }
}

#[test]
fn sums_and_steps_that_cannot_be_taken_name_both_shapes() {
    let (_directory, file) = place();
    file_of(&file, &[KERNEL, LABELS, ("other", Dtype::F32, &[3, 3], &[])]);
    for (source, line) in [
        (
            Source::named("kernel").plus("other"),
            "other is (3, 3) here, is added to kernel of (2, 3)",
        ),
        (
            Source::named("other").reshape_to_variable(),
            "other is (3, 3) here, can't be reshaped to (2, 3)",
        ),
        (
            Source::named("other").part(1, 0, 2),
            "other is (3, 3) here, has no axis 1 that splits into 2 equal parts",
        ),
        (Source::named("labels"), ""),
    ] {
        let names = Foreign::new(move |path| match path.to_string().as_str() {
            "kernel" => Some(source.clone()),
            name => Some(Source::named(name)),
        })
        .ignoring(|_| true);
        let text = message(&names, &file);
        let expected = match line {
            "" => "\n  wrong element type: kernel is f32 in the model, labels is i32 here\n"
                .to_owned(),
            line => format!("\n  wrong shape: kernel is (2, 3) in the model, {line}\n"),
        };
        assert!(text.contains(&expected), "{text}");
    }
}

#[test]
fn files_that_are_not_whole_say_so_and_what_they_may_be() {
    let (_directory, file) = place();
    let load = |bytes: &[u8]| {
        std::fs::write(&file, bytes).expect("written");
        message(&Foreign::by_path(), &file)
    };
    let cut = "; it may be cut short, or another kind of file";
    assert_eq!(
        load(b"x"),
        format!("not a whole safetensors file: 1 bytes, less than its header takes{cut}")
    );
    let npy = load(b"\x93NUMPY\x01\x00");
    assert!(
        npy.contains("an npy file, whose array has no name; write named arrays by np.savez"),
        "{npy}"
    );
    let npz = load(b"PK\x03\x04 and no more");
    assert_eq!(
        npz,
        "this npz file isn't whole: no directory at its end; fetch or copy the file again"
    );
    // A name as long as the file isn't repeated in the message.
    let long = described(&"x".repeat(100_000), "F32", "1", 0, 4);
    let long = load(&written(&format!("{{{long}}}"), &[0; 4]));
    assert!(long.len() < 1000 && long.contains("xxx.. (100000 bytes) of shape (1,)"), "{long}");
    let nine = described("kernel", "F32", "1,1,1,1,1,1,1,2,3", 0, 24);
    let axes = load(&written(
        &format!("{{{nine},{}}}", described("labels", "I32", "2", 24, 32)),
        &[0; 32],
    ));
    assert_eq!(axes, "tensor `kernel` has 9 axes, expected at most 8");
    let error =
        Foreign::by_path().load(&mut model(), file.with_file_name("none")).expect_err("no file");
    assert!(error.to_string().ends_with("; check the path and its permissions"), "{error}");
    std::fs::write(&file, []).expect("written");
    let none = Foreign::by_path().load_of(&Filter::within("nowhere"), &mut model(), &file);
    assert!(none.expect_err("nothing").to_string().contains(": nothing to load: the filter ("));
}

#[test]
fn the_report_says_what_was_used_converted_and_left() {
    #[derive(Module)]
    struct Net {
        fc: Linear<U3, U2>,
        norm: BatchNorm<U2>,
        dropout: Dropout,
    }
    let rngs = &mut Rngs::new(0);
    let mut net = Net {
        fc: Linear::init(rngs),
        norm: BatchNorm::init(rngs),
        dropout: Dropout::new(0.5, rngs),
    };
    let (_directory, file) = place();
    let of_norm = |name| (name, Dtype::F32, &[2][..], &[][..]);
    file_of(
        &file,
        &[
            ("fc.weight", Dtype::F16, &[2, 3], &[]),
            ("fc.bias", Dtype::BF16, &[2], &[]),
            of_norm("bn.weight"),
            of_norm("bn.bias"),
            of_norm("bn.running_mean"),
            of_norm("bn.running_var"),
            ("bn.num_batches_tracked", Dtype::I64, &[], &[]),
        ],
    );
    let report = Foreign::torch().renaming("norm", "bn").load(&mut net, &file).expect("it fits");
    let text = report.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[..lines.len() - report.kept.len()],
        [
            "fc/kernel    fc.weight, laid out, f16 to f32",
            "fc/bias      fc.bias, bf16 to f32",
            "norm/scale   bn.weight",
            "norm/bias    bn.bias",
            "norm/mean    bn.running_mean",
            "norm/var     bn.running_var",
            "ignored: bn.num_batches_tracked",
        ]
    );
    assert!(!report.kept.is_empty() && lines.last().expect("lines").starts_with("kept: dropout/"));
}

#[test]
fn a_prefix_before_all_names_is_taken_off_by_a_renaming_of_the_empty_path() {
    let (_directory, file) = place();
    let seven = 7f32.to_le_bytes();
    let kernel = ("module.kernel", Dtype::F32, &[2, 3][..], &seven[..]);
    file_of(&file, &[kernel, ("module.labels", Dtype::I32, &[2], &[])]);
    let mut loaded = model();
    // `DataParallel` of PyTorch; `torch.compile` has `_orig_mod`.
    let names = Foreign::by_path().renaming("", "module");
    names.load(&mut loaded, &file).expect("all fits");
    assert_eq!(loaded.kernel.value().to_vec(), [7.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
}

/// A file that `torch.save` wrote. Users of PyTorch try this first.
#[test]
fn a_pickle_of_pytorch_says_how_to_write_its_tensors() {
    let help = "a pickle of Python objects, as `torch.save` writes it: pickles are programs, and aren't read; write the \
                tensors in Python by `safetensors.torch.save_file(state_dict, file)`, and load that file";
    let (_directory, file) = place();
    std::fs::copy(library_file("torch_save.pt"), &file).expect("copied");
    assert_eq!(message(&Foreign::torch(), &file), help);
    let named = format!("{}: {help}", file.display());
    assert_eq!(io::load(&mut model(), &file).expect_err("a pickle").to_string(), named);
    assert_eq!(io::load_state(&file).expect_err("a pickle").to_string(), named);
    assert_eq!(Checkpoint::info(&file).expect_err("a pickle").to_string(), named);
    assert_eq!(NpzFile::open(&file).expect_err("a pickle").to_string(), named);

    // Before PyTorch 1.6, and `pickle.dump`.
    for start in [
        b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.",
        b"\x80\x04\x95\x10\0\0\0\0\0\0\0}\x94\x8c\x01",
    ] {
        std::fs::write(&file, start).expect("written");
        assert_eq!(message(&Foreign::torch(), &file), help);
    }
}

#[test]
fn files_of_other_formats_are_named_with_what_to_do() {
    let (_directory, file) = place();
    std::fs::copy(library_file("flax_state.npz"), &file).expect("copied");
    let error = io::load(&mut model(), &file).expect_err("an npz file").to_string();
    let npz = "an npz file, or another zip archive: load npz by `Foreign::by_path()`, or its arrays by `NpzFile`";
    assert_eq!(error, format!("{}: {npz}", file.display()));

    std::fs::write(&file, b"\x89HDF\r\n\x1a\n and more").expect("written");
    let keras = message(&Foreign::torch(), &file);
    assert!(
        keras.starts_with("an HDF5 file, as Keras and h5py write it: write its arrays"),
        "{keras}"
    );

    // The length of a header that starts like a pickle, in a file that was cut short.
    std::fs::write(&file, [0x80, 2, 0, 0, 0, 0, 0, 0, b'{']).expect("written");
    let cut = message(&Foreign::torch(), &file);
    assert!(
        cut.starts_with("not a whole safetensors file: a header of 640 bytes in a file of 9"),
        "{cut}"
    );
}
