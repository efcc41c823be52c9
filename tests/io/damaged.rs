//! Checksums: bytes that a disk or a transfer has changed are an error that names the file and the part.

use std::fs;

use nnx::io::{self, Checkpoint, CheckpointError, Foreign, SavedValue, Source};
use nnx::module::Path;
use nnx::prelude::*;
use nnx_train::CheckpointManager;

use crate::{place, same};

type Model = (Linear<U3, U5>, Dropout, Vec<Param<shape![150, 150]>>);

fn model(seed: u64) -> Model {
    let rngs = &mut Rngs::new(seed);
    let large = |i| Param::new(Tensor::full((seed + i) as f32));
    (Init::init(rngs), Dropout::new(0.5, rngs), vec![large(0), large(1)])
}

fn load(file: &std::path::Path) -> Result<(State, f64), nnx::Error> {
    let (mut found, mut best) = (model(1), SavedValue(0.0));
    Checkpoint::load(file, (("model", &mut found), ("best", &mut best)))?;
    Ok((state(&found), best.0))
}

#[test]
fn each_bit_of_a_checkpoint_that_changes_is_found() {
    let (_directory, file) = place();
    let saved = model(0);
    Checkpoint::save(&file, (("model", &saved), ("best", &SavedValue(0.1)))).expect("saved");
    let bytes = fs::read(&file).expect("the file");
    let header = 8 + usize::from(bytes[0]) + 256 * usize::from(bytes[1]);
    let mut choose = 1u64;
    // Every byte of the header is changed, and some bytes of the data.
    for bit in (0..8 * header).chain((8 * header..8 * bytes.len()).step_by(4567)) {
        choose = choose.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        if bit < 8 * header && choose >> 61 != 0 {
            continue;
        }
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        fs::write(&file, damaged).expect("a file");
        let name = file.display().to_string();
        match load(&file) {
            Ok((found, best)) => {
                assert!(
                    bit < 8 * header && same(&found, &state(&saved)) && best == 0.1,
                    "bit {bit}"
                );
            }
            Err(error) => assert!(error.to_string().contains(&name), "{error}"),
        }
    }
}

#[test]
fn a_damaged_tensor_is_an_error_of_all_that_reads_it_and_changes_nothing() {
    let (_directory, file) = place();
    Checkpoint::save(
        &file,
        (("model", &model(0)), ("head", &Linear::<U2, U2>::init(&mut Rngs::new(0)))),
    )
    .expect("saved");
    let mut bytes = fs::read(&file).expect("the file");
    // Tensors of whole cache lines come first; `model/2/0` and `model/2/1`, of 90,000 bytes, come later.
    let position = bytes.len() - 50_000;
    bytes[position] ^= 1;
    fs::write(&file, bytes).expect("a file");

    let mut whole = model(1);
    let mut head = Linear::<U2, U2>::init(&mut Rngs::new(1));
    let before = state(&whole);
    let error =
        Checkpoint::load(&file, (("model", &mut whole), ("head", &mut head))).expect_err("damaged");
    assert!(same(&state(&whole), &before));
    let text = error.to_string();
    let start = format!(
        "{}: part `model` is damaged: tensor `model/2/1` has the checksum ",
        file.display()
    );
    let end = "; the disk or a transfer has changed the file: take another copy, or an earlier checkpoint";
    assert!(text.starts_with(&start) && text.ends_with(end), "{text}");
    let is_damaged = |error: nnx::Error| matches!(error, nnx::Error::Checkpoint(CheckpointError::Damaged { part, .. }) if part == "model");
    assert!(is_damaged(error));
    assert!(is_damaged(io::load_state(&file).expect_err("damaged")));
    let named = |path: &Path| Some(Source::named(format!("model/{path}")));
    let foreign = Foreign::new(named).ignoring(|_| true);
    let large = Filter::within("2");
    assert!(is_damaged(foreign.load_of(&large, &mut whole, &file).expect_err("damaged")));
    // Undamaged parts can still be loaded.
    Checkpoint::load_some(&file, ("head", &mut head)).expect("not damaged");
    Checkpoint::info(&file).expect("a whole header");
}

#[test]
fn a_run_is_resumed_from_the_newest_checkpoint_that_is_not_damaged() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut manager = CheckpointManager::new(directory.path()).expect("a manager").keep_last(3);
    for step in [1, 2, 3] {
        manager.save(step, None, ("model", &model(step))).expect("saved");
    }
    let newest = manager.saved().expect("a list").pop().expect("three").file;
    let mut bytes = fs::read(&newest).expect("the file");
    *bytes.last_mut().expect("not empty") ^= 0x80;
    fs::write(&newest, bytes).expect("a file");

    let mut found = model(0);
    let resumed = manager.resume(("model", &mut found)).expect("two are whole").expect("a run");
    assert_eq!((resumed.step, resumed.skipped.len()), (2, 1));
    assert!(resumed.skipped[0].to_string().contains("part `model` is damaged"));
    assert!(same(&state(&found), &state(&model(2))));
}

#[test]
fn values_come_back_to_the_last_bit_though_json_has_no_nan() {
    let (_directory, file) = place();
    let saved = (vec![Some(f32::NAN), None, Some(-0.0)], f64::NEG_INFINITY);
    Checkpoint::save(&file, ("losses", &SavedValue(saved))).expect("saved");
    let mut found = SavedValue((Vec::new(), 0.0));
    Checkpoint::load(&file, ("losses", &mut found)).expect("loaded");
    let (losses, least): (Vec<Option<f32>>, f64) = found.0;
    let bits: Vec<_> = losses.iter().map(|loss| loss.map(f32::to_bits)).collect();
    assert_eq!(bits, [Some(f32::NAN.to_bits()), None, Some((-0.0f32).to_bits())]);
    assert_eq!(least, f64::NEG_INFINITY);
    let info = Checkpoint::info(&file).expect("a header");
    assert!(info.value::<(Vec<Option<f32>>, f64)>("losses").expect("of this type").is_some());
    let error = info.value::<String>("losses").expect_err("another type").to_string();
    assert!(error.contains("String"), "{error}");
}
