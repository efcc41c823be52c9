//! The example `mlp`.

use nnx::prelude::*;

use crate::support::{Bench, measured, starts};

const MODEL: &str = "mlp.safetensors";

fn bench() -> Bench {
    Bench::with_images("mlp")
}

#[test]
fn it_trains_prints_its_progress_and_saves_the_model_of_the_library() {
    let bench = bench();
    let [results, progress] = bench.trains("--epochs 2 --batch-size 32");
    assert_eq!(
        starts(&progress),
        ["step 1/4", "step 2/4", "epoch 1", "step 3/4", "step 4/4", "epoch 2"]
    );

    let [saved, accuracy] = &results[..] else { panic!("{results:#?}") };
    assert_eq!(saved, "saved mlp.safetensors");
    // The loaded model is as good as the trained one.
    let percent = accuracy.strip_prefix("test accuracy: ").expect(accuracy);
    let percent = percent.strip_suffix(" (32 images)").expect(accuracy);
    assert_eq!(measured(&progress[5], "test accuracy ", 100.0), percent, "{progress:#?}");

    let mut model = nnx::models::Mlp::<U784, U256, U10>::init(&mut Rngs::new(1));
    nnx::io::load(&mut model, bench.path("out").join(MODEL)).unwrap();
}

/// Noise that has labels can only be learnt by heart, and 200,000 parameters are enough for that.
#[test]
fn it_learns() {
    let loss = |options: &str| -> f32 {
        let [_, progress] = bench().trains(&format!("--batch-size 64 {options}"));
        let last = progress.iter().rev().find(|line| line.starts_with("step ")).expect("a step");
        let (_, rest) = last.split_once("loss ").expect(last);
        rest.split([' ', ',']).next().expect(last).parse().expect(last)
    };
    let (start, end) = (loss("--epochs 1"), loss("--epochs 200"));
    assert!(end < 0.1 * start, "from {start} to {end}");
}

#[test]
fn the_same_seed_gives_the_same_model() {
    bench().repeats("--epochs 1 --batch-size 16");
}

#[test]
fn help_names_the_options_and_their_defaults() {
    bench().explains(&[
        ("--epochs", "10"),
        ("--batch-size", "64"),
        ("--learning-rate", "0.001"),
        ("--seed", "0"),
        ("--data", "MNIST, built in"),
        ("--save", MODEL),
        ("--limit", "all"),
    ]);
}

#[test]
fn what_makes_no_sense_is_refused_before_training() {
    let bench = bench();
    bench.refuses_to_save_nowhere();
    assert!(bench.refuses("--data ../nowhere").starts_with("../nowhere: can't be read: "));
    let error = bench.refuses("--batch-size 0");
    assert_eq!(error, "batches of 0 items from a set of 64; choose a size of at least 1");
    bench.refuses_values(&[("--epochs", "0"), ("--limit", "0"), ("--learning-rate", "-1")]);
}
