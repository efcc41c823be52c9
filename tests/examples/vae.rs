//! The example `vae`.

use std::fs;

use crate::support::Bench;

const SHORT: &str = "--epochs 1 --batch-size 32";

#[test]
fn it_trains_saves_and_draws() {
    let bench = Bench::with_images("vae");
    let [results, progress] = bench.trains(SHORT);
    let [saved, loss] = &results[..] else { panic!("expected two lines: {results:#?}") };
    assert_eq!(saved, "saved vae.safetensors and vae.png");
    // The loaded model has the loss of the trained one.
    let number = |line: &str, before: &str| -> f64 {
        let (_, rest) = line.split_once(before).expect(before);
        rest.split([' ', ',']).next().expect("a number").parse().expect("a number")
    };
    let trained = number(progress.last().expect("the epoch"), "test loss ");
    // Losses are printed with four digits.
    assert!((number(loss, "test loss: ") / trained - 1.0).abs() < 1e-3, "{loss} {progress:?}");
    assert!(loss.ends_with(" nats an image (32 images)"), "{loss}");
    let picture = fs::read(bench.path("out/vae.png")).expect("a picture");
    // Ten columns, seven rows of 28 pixels: sizes follow the header of a PNG, in big-endian order.
    assert_eq!(picture[16..24], [0, 0, 1, 46, 0, 0, 0, 212]);
}

#[test]
fn the_same_seed_gives_the_same_model_and_picture() {
    Bench::with_images("vae").repeats(SHORT);
}

#[test]
fn what_can_t_be_written_is_refused_before_training() {
    let bench = Bench::with_images("vae");
    bench.refuses_to_save_nowhere();
    let error = bench.refuses("--picture nowhere/vae.png");
    assert!(error.starts_with("nowhere/vae.png: can't be written: "), "{error}");
}

#[test]
fn the_help_names_defaults_and_values_that_make_no_sense_are_refused() {
    let bench = Bench::with_images("vae");
    bench.explains(&[
        ("--epochs", "20"),
        ("--batch-size", "64"),
        ("--learning-rate", "0.002"),
        ("--seed", "0"),
        ("--data", "MNIST, built in"),
        ("--save", "vae.safetensors"),
        ("--picture", "vae.png"),
        ("--limit", "all"),
    ]);
    bench.refuses_values(&[("--epochs", "0"), ("--learning-rate", "-1"), ("--limit", "0")]);
}
