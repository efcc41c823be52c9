//! The example `transfer` as a process.

use std::fs;

use crate::support::Bench;

const QUICK: &str = "--epochs 1 --head-epochs 2 --examples 2";

fn bench() -> Bench {
    Bench::with_images("transfer")
}

#[test]
fn a_body_is_pretrained_frozen_and_given_a_head() {
    let bench = bench();
    let [results, progress] = bench.trains(QUICK);
    assert!(progress.last().unwrap().starts_with("epoch 1: "), "{progress:#?}");
    let [pretrained, few, frozen, same, scratch, saved, accuracy] = &results[..] else {
        panic!("{results:#?}")
    };
    assert_eq!(pretrained, "saved pretrained.safetensors");
    assert_eq!(few, "digits 6 to 9 from 8 examples:");
    assert_eq!(same, "the body is as it was loaded, bit for bit");
    assert!(scratch.starts_with("all from scratch: "), "{scratch}");
    assert_eq!(saved, "saved transfer.safetensors");
    // The body was loaded from the file of the model that was measured.
    let percent = frozen.strip_prefix("frozen body, new head: ").unwrap();
    assert_eq!(accuracy, &format!("test accuracy: {percent} (12 images)"));

    // In the files of both models the bodies are the same, and the heads differ.
    let [before, after] = ["pretrained", "transfer"].map(|name| {
        nnx::io::load_state(bench.path("out").join(format!("{name}.safetensors"))).unwrap()
    });
    for (path, entry) in before.iter() {
        let is_body = path.to_string().starts_with("body/");
        assert_eq!(after.get(path).unwrap().array == entry.array, is_body, "{path}");
    }
}

#[test]
fn a_saved_model_gives_its_body() {
    let bench = bench();
    let [first, _] = bench.trains(QUICK);
    fs::rename(bench.path("out/pretrained.safetensors"), bench.path("data/older")).unwrap();
    let [second, progress] = bench.trains(&format!("{QUICK} --from ../data/older"));
    assert_eq!(second, first[1..], "the same without the first training");
    assert_eq!(progress, Vec::<String>::new());
    assert!(!bench.path("out/pretrained.safetensors").exists());
}

#[test]
fn the_seed_decides_everything() {
    bench().repeats(QUICK);
}

#[test]
fn help_names_the_options_and_their_defaults() {
    bench().explains(&[
        ("--from", "train one"),
        ("--epochs", "2"),
        ("--examples", "10"),
        ("--head-epochs", "50"),
        ("--learning-rate", "0.001"),
        ("--seed", "0"),
        ("--data", "MNIST, built in"),
        ("--pretrained", "pretrained.safetensors"),
        ("--save", "transfer.safetensors"),
        ("--limit", "all"),
    ]);
}

#[test]
fn what_is_wrong_is_refused_before_training() {
    let bench = bench();
    bench.refuses_to_save_nowhere();
    let error = bench.refuses("--pretrained nowhere/model.safetensors");
    assert!(error.starts_with("nowhere/model.safetensors: can't be written: "), "{error}");
    let error = bench.refuses("--pretrained one.safetensors --save one.safetensors");
    assert_eq!(
        error,
        "--pretrained and --save name one file: the second model would overwrite the first"
    );
    bench.refuses_values(&[("--examples", "0"), ("--head-epochs", "0"), ("--learning-rate", "0")]);
}

#[test]
fn a_file_of_another_model_is_refused() {
    let bench = bench();
    bench.trains(QUICK);
    let other = bench.path("out").join("transfer.safetensors");
    // The loaded model may have a head of four classes: only its body is used.
    bench.trains(&format!("{QUICK} --from transfer.safetensors --save other.safetensors"));
    fs::write(&other, "no model").unwrap();
    let said = bench.run(&format!("{QUICK} --from transfer.safetensors"));
    let text = String::from_utf8(said.stderr).unwrap();
    assert!(text.contains("transfer.safetensors: not a whole safetensors file"), "{text}");
}
