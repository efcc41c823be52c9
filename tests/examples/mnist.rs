//! The example `mnist` as a process: what it prints, what it saves, and what it refuses.

use std::fs;
use std::process::Command;

use nnx::prelude::*;

use crate::support::{Bench, IMAGES, LABELS, images, labels, measured, starts};

const MODEL: &str = "mnist.safetensors";

fn bench() -> Bench {
    Bench::with_images("mnist")
}

#[test]
fn a_run_prints_its_progress_in_lines_and_saves_a_model() {
    let bench = bench();
    let [results, progress] = bench.trains("--epochs 2 --batch-size 32");
    assert_eq!(
        starts(&progress),
        ["step 1/4", "step 2/4", "epoch 1", "step 3/4", "step 4/4", "epoch 2"]
    );

    let [saved, accuracy] = &results[..] else { panic!("{results:#?}") };
    assert_eq!(saved, "saved mnist.safetensors");
    let percent = accuracy.strip_prefix("test accuracy: ").unwrap();
    let percent: f32 = percent.strip_suffix("% (32 images)").unwrap().parse().unwrap();
    assert!((0.0..=100.0).contains(&percent));
    let last = measured(&progress[5], "test accuracy ", 100.0);
    assert_eq!(last, format!("{percent:.2}%"), "{progress:#?}");

    // The model of the library has the same variables.
    let mut model = nnx::models::SimpleCnn::<U10>::init(&mut Rngs::new(1));
    nnx::io::load(&mut model, bench.path("out").join(MODEL)).unwrap();
}

#[test]
fn the_seed_decides_everything() {
    bench().repeats("--epochs 1 --batch-size 16");
}

#[test]
fn packed_files_hold_the_same_images() {
    let bench = bench();
    let model = || {
        bench.trains("--epochs 1 --batch-size 16");
        bench.saved()
    };
    let plain = model();
    let mut gzip = Command::new("gzip");
    let packed = gzip.current_dir(bench.path("data")).args([IMAGES, LABELS]).status().unwrap();
    assert!(packed.success());
    assert_eq!(model(), plain);
}

#[test]
fn a_limit_and_the_largest_seed() {
    let [_, progress] =
        bench().trains("--limit 10 --batch-size 10 --epochs 2 --seed 18446744073709551615");
    assert!(progress[0].starts_with("step 1/2: "), "{progress:#?}");
}

#[test]
fn help_names_the_options_and_their_defaults() {
    bench().explains(&[
        ("--epochs", "5"),
        ("--batch-size", "64"),
        ("--learning-rate", "0.003"),
        ("--seed", "0"),
        ("--data", "MNIST, built in"),
        ("--save", MODEL),
        ("--limit", "all"),
    ]);
}

#[test]
fn missing_data() {
    let bench = bench();
    assert!(bench.refuses("--data ../nowhere").starts_with("../nowhere: can't be read: "));
    fs::remove_file(bench.path("data").join(IMAGES)).unwrap();
    assert!(bench.refuses("").starts_with("../data: no file train*-images[-.]idx3-ubyte[.gz]; "));
}

#[test]
fn wrong_data() {
    let whole = images(64, 28);
    for (file, bytes, problem) in [
        (IMAGES, &whole[..30_000], "cut short: 50192 bytes expected by its header, 30000 found"),
        (IMAGES, &[&whole[..4], &[255; 12]].concat(), "the header asks for 4294967295 x "),
        (IMAGES, &[&whole[..], b"more"].concat(), "longer than the 50192 bytes expected"),
        (IMAGES, &labels(64), "holds labels, expected images"),
        (LABELS, &whole, "holds images, expected labels"),
        (IMAGES, &whole[16..], "not an IDX file"),
        (LABELS, &labels(63), "64 images, but 63 labels in ../data/train-labels-idx1-ubyte"),
        (IMAGES, &[], "not an IDX file: it is empty"),
        (IMAGES, &images(64, 27), "images of 28 x 27 pixels (height x width), expected 28 x 28"),
        (LABELS, &[&labels(64)[..71], &[10]].concat(), "label 10 at index 63"),
    ] {
        let bench = bench();
        bench.put(file, bytes);
        let error = bench.refuses("");
        assert!(error.starts_with("../data/") && error.contains(file), "{error}");
        assert!(error.contains(problem), "{error}");
    }
}

#[test]
fn wrong_options() {
    let bench = bench();
    let error = bench.refuses("--batch-size 0");
    assert_eq!(error, "batches of 0 items from a set of 64; choose a size of at least 1");
    // An untrained model must not replace a trained one.
    bench.refuses_values(&[
        ("--epochs", "0"),
        ("--limit", "0"),
        ("--learning-rate", "0"),
        ("--learning-rate", "-1"),
        ("--learning-rate", "NaN"),
        ("--learning-rate", "inf"),
    ]);
}

#[test]
fn a_path_where_nothing_can_be_saved_is_refused_before_training() {
    bench().refuses_to_save_nowhere();
}

#[test]
fn a_loss_that_breaks_stops_the_run_and_keeps_the_old_model() {
    let bench = bench();
    fs::write(bench.path("out").join(MODEL), "an older model").unwrap();
    let said = bench.fails("--batch-size 16 --learning-rate 1e30");
    let (error, progress) = said.split_last().unwrap();
    assert!(progress.iter().all(|line| line.starts_with("step ")), "{said:#?}");
    let (broken, last_good) =
        error.split_once(" at step 3 (epoch 1, batch 3), after ").expect(error);
    assert!(["error: the loss is NaN", "error: the loss is inf"].contains(&broken), "{error}");
    let (loss, rest) = last_good.split_once(" at step 2; ").expect(error);
    assert!(loss.parse::<f32>().unwrap().is_finite());
    assert!(rest.starts_with("gradients that aren't finite: "), "{error}");
    assert!(
        rest.ends_with(" lower the learning rate, warm it up, or clip the gradients"),
        "{error}"
    );
}

#[test]
fn a_run_with_checkpoints_goes_on_to_the_same_model() {
    let bench = bench();
    let options = "--batch-size 32 --checkpoints run";
    bench.trains(&format!("{options} --epochs 2"));
    let whole = fs::read(bench.path("out").join(MODEL)).unwrap();
    fs::remove_file(bench.path("out").join(MODEL)).unwrap();
    let error = bench.run(&format!("{options} --epochs 2"));
    let text = String::from_utf8(error.stderr).unwrap();
    assert!(
        text.contains("run: it has checkpoints of a run, the last of step 4: go on with it"),
        "{text}"
    );
    // The run is complete: nothing is trained, and the model is saved again.
    let [_, progress] = bench.trains(&format!("{options} --epochs 2 --resume"));
    assert!(progress.iter().all(|line| !line.starts_with("step ")), "{progress:#?}");
    assert_eq!(fs::read(bench.path("out").join(MODEL)).unwrap(), whole);
    let said = bench.run("--resume");
    assert!(String::from_utf8(said.stderr).unwrap().contains("--checkpoints <CHECKPOINTS>"));
}

#[test]
fn a_dry_run_saves_nothing() {
    let bench = bench();
    let [_, progress] = bench.trains("--batch-size 16 --dry-run");
    assert!(progress.last().unwrap().starts_with("dry run"), "{progress:#?}");
    assert!(bench.saved().is_empty());
}
