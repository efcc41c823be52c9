//! The example `resnet` as a process.

use crate::support::{Bench, measured, starts};

fn bench() -> Bench {
    Bench::with_images("resnet")
}

#[test]
fn a_run_prints_its_data_and_its_progress_and_saves_a_model() {
    let [results, progress] = bench().trains("--epochs 1 --batch-size 32 --limit 32");
    assert_eq!(starts(&progress), ["step 1/1", "epoch 1"]);
    let [data, saved, accuracy] = &results[..] else { panic!("{results:#?}") };
    assert_eq!(data, "32 images from ../data");
    assert_eq!(saved, "saved resnet.safetensors");
    let percent = accuracy.strip_prefix("test accuracy: ").unwrap();
    let percent = percent.strip_suffix("% (32 images)").unwrap();
    let last = measured(&progress[1], "test accuracy ", 100.0);
    assert_eq!(last, format!("{percent}%"), "{progress:#?}");
}

#[test]
fn the_seed_decides_everything() {
    bench().repeats("--epochs 1 --batch-size 16 --limit 32");
}

#[test]
fn help_names_the_options_and_their_defaults() {
    bench().explains(&[
        ("--epochs", "2"),
        ("--batch-size", "64"),
        ("--learning-rate", "0.003"),
        ("--seed", "0"),
        ("--data", "Fashion-MNIST if installed, else MNIST, built in"),
        ("--save", "resnet.safetensors"),
        ("--limit", "all"),
    ]);
}

#[test]
fn what_is_wrong_is_refused_before_training() {
    let bench = bench();
    bench.refuses_to_save_nowhere();
    assert!(bench.refuses("--data ../nowhere").starts_with("../nowhere: can't be read: "));
    bench.refuses_values(&[("--epochs", "0"), ("--limit", "0"), ("--learning-rate", "-1")]);
}
