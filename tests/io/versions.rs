//! A file of each version of the format stays readable: `tests/goldens/checkpoint_v1.safetensors` and so on.
//!
//! Each was written once, by the version of its time, and is never written again. For a new version, add a function
//! that writes it, `#[ignore]`d, and run it once:
//!
//!     cargo test -p nnx --test io -- versions::write --ignored

use std::path::{Path, PathBuf};

use nnx::io::{self, Checkpoint, SavedValue};
use nnx::prelude::*;
use nnx_train::Position;

use crate::same;

fn golden(version: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("tests/goldens/checkpoint_v{version}.safetensors"))
}

/// Parts with every element type, a random stream, slots and a schedule.
#[derive(Module)]
struct Run {
    model: (Linear<U3, U4>, BatchNorm<U4>, Dropout, Linear<U4, U2>),
    optimizer: Optimizer,
    flags: Vec<Variable<Tensor<shape![2], bool>, kind::Cache>>,
    numbers: (
        Variable<Tensor<(), f64>, kind::Cache>,
        Variable<Tensor<shape![2], i64>, kind::Cache>,
        Variable<Tensor<shape![3], u8>, kind::Cache>,
        Variable<Tensor<shape![0], i32>, kind::Cache>,
    ),
}

impl Run {
    /// The model is made from numbers, so that it doesn't depend on how weights are drawn.
    fn new(values: bool) -> Self {
        let rngs = &mut Rngs::new(0);
        let model = (Init::init(rngs), Init::init(rngs), Dropout::new(0.5, rngs), Init::init(rngs));
        let optimizer = Optimizer::new(&model, adamw(cosine_decay(1e-2, 100, 0.0)));
        let variable = |a: bool, b| Variable::new(Tensor::from([a && values, b && values]));
        let mut run = Self {
            model,
            optimizer,
            flags: vec![variable(true, false), variable(false, true)],
            numbers: (
                Variable::new(Tensor::from(if values { 1.0 / 3.0 } else { 0.0 })),
                Variable::new(Tensor::from(if values { [i64::MIN, 1 << 40] } else { [0; 2] })),
                Variable::new(Tensor::from(if values { [0, 7, 255] } else { [0; 3] })),
                Variable::new(Tensor::from([])),
            ),
        };
        let mut count = 0.0f32;
        let numbers: State = state(&run)
            .into_iter()
            .map(|(path, mut entry)| {
                if entry.array.dtype() == nnx::array::DType::F32 {
                    let mut next = || {
                        count += f32::from(u8::from(values));
                        count / 8.0
                    };
                    let numbers: Vec<f32> = (0..entry.array.elements()).map(|_| next()).collect();
                    entry.array =
                        nnx::array::Array::new(numbers, &entry.array.dims()).expect("as before");
                }
                (path, entry)
            })
            .collect();
        update(&mut run, &numbers).expect("the same variables");
        run
    }
}

fn position() -> Position {
    // Positions have digests since version 3; these are without.
    let (order, contents) = (None, None);
    Position {
        epoch: 3,
        batch: 17,
        items: 1000,
        batch_size: 32,
        seed: 1 << 60,
        drop_last: true,
        order,
        contents,
    }
}

#[test]
fn a_file_of_version_1_is_loaded_by_load_and_as_a_checkpoint() {
    let expected = Run::new(true);
    let mut run = Run::new(false);
    io::load(&mut run, golden(1)).expect("the first version");
    assert!(same(&state(&run), &state(&expected)));

    let mut run = Run::new(false);
    assert_eq!(Checkpoint::info(golden(1)).expect("a header").format, 1);
    let Run { model, optimizer, flags, numbers } = &mut run;
    let parts =
        (("model", model), ("optimizer", optimizer), ("flags", flags), ("numbers", numbers));
    Checkpoint::load(golden(1), parts).expect("the first version");
    assert!(same(&state(&run), &state(&expected)));
}

#[test]
fn a_checkpoint_of_version_2_is_loaded_as_it_was_saved() {
    is_loaded(2, None);
}

#[test]
fn a_checkpoint_of_version_3_is_loaded_as_it_was_saved() {
    is_loaded(3, Some(f64::NAN));
}

/// Values that aren't JSON came with version 3.
fn is_loaded(version: u32, worst: Option<f64>) {
    let expected = Run::new(true);
    let mut run = Run::new(false);
    let mut found = Position { epoch: 0, batch: 0, ..position() };
    let mut best = SavedValue(None);
    let Run { model, optimizer, flags, numbers } = &mut run;
    let parts = (
        ("model", model),
        ("optimizer", optimizer),
        ("flags", flags),
        ("numbers", numbers),
        ("position", &mut found),
        ("best", &mut best),
    );
    // The types of layers aren't compared, since layers may have been renamed.
    Checkpoint::load_some(golden(version), parts).expect("an older version");
    assert!(same(&state(&run), &state(&expected)));
    assert_eq!((found, best.0), (position(), Some(0.1f32)));
    let info = Checkpoint::info(golden(version)).expect("a header");
    let found = info.value::<Option<f64>>("worst").expect("a float").flatten();
    assert_eq!(found.map(f64::to_bits), worst.map(f64::to_bits));
    assert_eq!((info.format, info.written_by.as_deref()), (version, Some("0.1.0")));
    assert_eq!(info.note::<String>("host").expect("a note").as_deref(), Some("the first"));
}

/// Today's version, so that a change of the format that needs a new number doesn't go unnoticed.
#[test]
fn what_is_written_today_is_version_3_byte_for_byte() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("today.safetensors");
    write_3(&file);
    let without_types = |file: &Path| {
        let bytes = std::fs::read(file).expect("a file");
        let length = usize::try_from(u64::from_le_bytes(bytes[..8].try_into().expect("eight")))
            .expect("a short header");
        let header = String::from_utf8(bytes[8..8 + length].to_vec()).expect("text");
        let fields = header.split("\\\"").collect::<Vec<_>>();
        // Digests and versions may differ.
        let is_digest = |text: &str| {
            matches!(text.len(), 8 | 16) && text.bytes().all(|b| b.is_ascii_hexdigit())
        };
        let fields: Vec<&str> = fields
            .into_iter()
            .filter(|text| !is_digest(text))
            .map(|text| if text == env!("CARGO_PKG_VERSION") { "0.1.0" } else { text })
            .collect();
        (fields.join("'"), bytes[8 + length..].to_vec())
    };
    assert_eq!(without_types(&file), without_types(&golden(3)));
}

fn write_3(file: &Path) {
    let Run { model, optimizer, flags, numbers } = Run::new(true);
    let (position, best) = (position(), SavedValue(Some(0.1f32)));
    let worst = SavedValue(Some(f64::NAN));
    let parts = (
        ("model", &model),
        ("optimizer", &optimizer),
        ("flags", &flags),
        ("numbers", &numbers),
        ("position", &position),
        ("best", &best),
        ("worst", &worst),
    );
    Checkpoint::of(parts)
        .and_then(|checkpoint| checkpoint.with_note("host", "the first"))
        .and_then(|checkpoint| checkpoint.write(file))
        .expect("saved");
}

#[test]
#[ignore = "writes a golden"]
fn write_version_1() {
    let file = golden(1);
    assert!(!file.exists(), "it is never written again");
    io::save(&Run::new(true), file).expect("saved");
}

#[test]
#[ignore = "writes a golden"]
fn write_version_3() {
    let file = golden(3);
    assert!(!file.exists(), "it is never written again");
    write_3(&file);
}
