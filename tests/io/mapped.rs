//! With `NNX_MAP_FILES=1`, large tensors stay in the file that they were loaded from, until something is written to them.

use std::fs::{self, File};

use nnx::array::Array;
use nnx::io::{self, Checkpoint};
use nnx::prelude::*;

use crate::allocation::most;
use crate::{described, place, process, same, written};

type Large = Param<shape![256, 256]>;

fn model(seed: f32) -> Vec<Large> {
    let values = |i: usize| (0..256 * 256).map(|j| seed + (i * 31 + j) as f32 / 7.0).collect();
    (0..8).map(|i| Large::new(Tensor::from_vec(values(i)).expect("as many"))).collect()
}

/// Runs the test of this name in a process that maps files. Returns whether this is that process.
fn in_a_process_that_maps(name: &str) -> bool {
    if process::inside().is_some() {
        return true;
    }
    let (directory, _) = place();
    process::said(&process::run("NNX_MAP_FILES=1", &format!("mapped::{name}"), directory.path()));
    false
}

fn blank() -> Vec<Large> {
    (0..8).map(|_| Large::new(Tensor::zeros())).collect()
}

fn loss(model: &[Large], pass: &mut Pass) -> Tensor<()> {
    model.iter().map(|layer| layer.get(pass).square().mean()).fold(Tensor::zeros(), |a, b| a + b)
}

#[test]
fn a_loaded_model_takes_no_memory_for_large_tensors() {
    if !in_a_process_that_maps("a_loaded_model_takes_no_memory_for_large_tensors") {
        return;
    }
    let (_directory, file) = place();
    let saved = model(0.5);
    for checkpoint in [false, true] {
        if checkpoint {
            Checkpoint::save(&file, ("model", &saved)).expect("saved");
        } else {
            io::save(&saved, &file).expect("saved");
        }
        let mut found = blank();
        let ((), bytes) = most(|| {
            if checkpoint {
                Checkpoint::load(&file, ("model", &mut found)).expect("loaded");
            } else {
                io::load(&mut found, &file).expect("loaded");
            }
        });
        assert!(same(&state(&found), &state(&saved)));
        assert!(bytes < 100_000, "{bytes} bytes for a model of {}", 8 << 18);
    }
}

#[test]
fn a_loaded_model_keeps_its_values_when_the_file_is_replaced_or_removed() {
    if !in_a_process_that_maps(
        "a_loaded_model_keeps_its_values_when_the_file_is_replaced_or_removed",
    ) {
        return;
    }
    let (_directory, file) = place();
    Checkpoint::save(&file, ("model", &model(0.5))).expect("saved");
    let mut found = blank();
    Checkpoint::load(&file, ("model", &mut found)).expect("loaded");
    Checkpoint::save(&file, ("model", &model(9.0))).expect("saved");
    assert!(same(&state(&found), &state(&model(0.5))));
    let mut second = blank();
    Checkpoint::load(&file, ("model", &mut second)).expect("loaded");
    fs::remove_file(&file).expect("removed");
    assert!(same(&state(&found), &state(&model(0.5))));
    assert!(same(&state(&second), &state(&model(9.0))));
    // Saved to a file, and loaded from it.
    Checkpoint::save(&file, ("model", &found)).expect("saved");
    Checkpoint::load(&file, ("model", &mut found)).expect("loaded");
    Checkpoint::save(&file, ("model", &found)).expect("saved over the file that it is in");
    assert!(same(&state(&found), &state(&model(0.5))));
}

#[test]
fn training_a_loaded_model_gives_the_bits_of_one_that_was_not_loaded_and_leaves_the_file() {
    if !in_a_process_that_maps(
        "training_a_loaded_model_gives_the_bits_of_one_that_was_not_loaded_and_leaves_the_file",
    ) {
        return;
    }
    let (_directory, file) = place();
    let mut models = [model(0.5), blank()];
    Checkpoint::save(&file, ("model", &models[0])).expect("saved");
    Checkpoint::load(&file, ("model", &mut models[1])).expect("loaded");
    let before = fs::read(&file).expect("the file");
    for model in &mut models {
        let mut optimizer = Optimizer::new(model, adamw(1e-2));
        for _ in 0..3 {
            let (_, grads) =
                value_and_grad(model, |model, pass| loss(model, pass)).expect("a step");
            optimizer.update(model, grads).expect("a step");
        }
    }
    let [trained, loaded] = models.map(|model| state(&model));
    assert!(same(&trained, &loaded));
    assert_eq!(fs::read(&file).expect("the file"), before);
}

#[test]
fn tensors_at_any_place_of_a_file_are_the_same() {
    if !in_a_process_that_maps("tensors_at_any_place_of_a_file_are_the_same") {
        return;
    }
    let (_directory, file) = place();
    let values: Vec<f64> = (0..20_000).map(|i| f64::from(i).sqrt()).collect();
    let data: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
    let entry = described("x", "F64", "20000", 0, data.len());
    for spaces in 0..9 {
        let header = format!("{{{entry}}}{:spaces$}", "");
        fs::write(&file, written(&header, &data)).expect("a file");
        let found = io::load_state(&file).expect("loaded");
        let array = Array::new(values.clone(), &[20_000]).expect("as many");
        assert_eq!(found.get(&nnx::module::Path::parse("x")).expect("it is there").array, array);
    }
}

#[test]
fn files_are_read_into_memory_unless_the_environment_says_otherwise() {
    if let Some(directory) = process::inside() {
        let file = directory.join("model.safetensors");
        let mut found = blank();
        Checkpoint::load(&file, ("model", &mut found)).expect("loaded");
        // Overwritten in place, which would change mapped elements.
        File::create(&file).expect("the file");
        assert!(same(&state(&found), &state(&model(0.5))));
        return;
    }
    let (directory, file) = place();
    Checkpoint::save(&file, ("model", &model(0.5))).expect("saved");
    let name = "mapped::files_are_read_into_memory_unless_the_environment_says_otherwise";
    process::said(&process::run("unset NNX_MAP_FILES;", name, directory.path()));
    Checkpoint::save(&file, ("model", &model(0.5))).expect("saved");
    process::said(&process::run("NNX_MAP_FILES=0", name, directory.path()));
    Checkpoint::save(&file, ("model", &model(0.5))).expect("saved");
    let wrong = process::run("NNX_MAP_FILES=no", name, directory.path());
    let said = String::from_utf8_lossy(&wrong.stderr);
    let message = "NNX_MAP_FILES is `no`: expected 0, the default, to read files into memory, or 1, to leave large \
                   tensors in the file";
    assert!(!wrong.status.success() && said.contains(message), "{said}");
}
