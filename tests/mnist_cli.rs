//! The example `mnist` as a process: what it prints, what it saves, and what it refuses.

use std::env::{consts::EXE_SUFFIX, current_exe};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use nnx::prelude::*;
use tempfile::TempDir;

const IMAGES: &str = "train-images-idx3-ubyte";
const LABELS: &str = "train-labels-idx1-ubyte";
const MODEL: &str = "mnist.safetensors";

/// Cargo builds the examples for `cargo test` (not for `cargo test --test mnist_cli`), beside the
/// directory of the test programs.
fn example() -> PathBuf {
    let test = current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let example = profile.join(format!("examples/mnist{EXE_SUFFIX}"));
    assert!(
        example.is_file(),
        "{} isn't built: run `cargo test` for all tests, or first `cargo build --example mnist`",
        example.display(),
    );
    example
}

/// A directory with a small data set in `data`, and `out`, where the example runs and saves.
struct Bench(TempDir);

impl Bench {
    fn new() -> Self {
        let bench = Self(tempfile::tempdir().unwrap());
        fs::create_dir(bench.path("data")).unwrap();
        fs::create_dir(bench.path("out")).unwrap();
        for (set, count) in [("train", 64), ("t10k", 32)] {
            bench.put(&format!("{set}-images-idx3-ubyte"), &images(count, 28));
            bench.put(&format!("{set}-labels-idx1-ubyte"), &labels(count));
        }
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file of the data set.
    fn put(&self, file: &str, bytes: &[u8]) {
        fs::write(self.path("data").join(file), bytes).unwrap();
    }

    /// The names and bytes of what has been saved.
    fn saved(&self) -> Vec<(String, Vec<u8>)> {
        let entries = fs::read_dir(self.path("out")).unwrap().map(|entry| entry.unwrap());
        let file = |entry: fs::DirEntry| {
            (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
        };
        entries.map(file).collect()
    }

    /// Runs the example on this data set, unless the options name another one.
    fn run(&self, options: &str) -> Output {
        let data = if options.contains("--data") { "" } else { " --data ../data" };
        let options = format!("{options}{data}");
        let mut command = Command::new(example());
        command.current_dir(self.path("out")).args(options.split_whitespace()).output().unwrap()
    }

    /// The lines on standard output and standard error of a run that succeeds.
    fn trains(&self, options: &str) -> [Vec<String>; 2] {
        let output = self.run(options);
        assert!(output.status.success(), "{output:?}");
        [output.stdout, output.stderr].map(lines)
    }

    /// The lines on standard error of a run that fails and leaves all files as they were.
    fn fails(&self, options: &str) -> Vec<String> {
        let before = self.saved();
        let output = self.run(options);
        assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
        assert_eq!(self.saved(), before);
        let said = lines(output.stderr);
        assert!(said.iter().all(|line| !line.contains("panicked")), "{said:#?}");
        said
    }

    /// The one line of a run that is refused before anything is trained.
    fn refuses(&self, options: &str) -> String {
        let said = self.fails(options);
        let [line] = &said[..] else { panic!("expected one line: {said:#?}") };
        line.strip_prefix("error: ").expect("the line tells an error").to_owned()
    }
}

/// A file of images of 28 rows: noise, the same one each time.
fn images(count: u8, width: u8) -> Vec<u8> {
    let header = [0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 28, 0, 0, 0, width];
    let size = usize::from(count) * 28 * usize::from(width);
    let next = |&x: &u32| Some(x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    let noise = std::iter::successors(Some(1), next).map(|x| (x >> 24) as u8);
    header.into_iter().chain(noise.take(size)).collect()
}

/// A file of labels, 0 to 9 in turn.
fn labels(count: u8) -> Vec<u8> {
    [0, 0, 8, 1, 0, 0, 0, count].into_iter().chain((0..count).map(|i| i % 10)).collect()
}

fn lines(text: Vec<u8>) -> Vec<String> {
    let text = String::from_utf8(text).unwrap();
    assert!(!text.contains(['\r', '\x1b']), "meant for a terminal: {text:?}");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_run_tells_its_progress_in_lines_and_saves_a_model() {
    let bench = Bench::new();
    let [results, progress] = bench.trains("--epochs 2 --batch-size 32");
    let starts: Vec<_> =
        progress.iter().filter_map(|line| line.split_once(": ")).map(|(start, _)| start).collect();
    assert_eq!(starts, ["step 1/4", "step 2/4", "epoch 1", "step 3/4", "step 4/4", "epoch 2"]);

    let [saved, accuracy] = &results[..] else { panic!("{results:#?}") };
    assert_eq!(saved, "saved mnist.safetensors");
    let percent = accuracy.strip_prefix("test accuracy: ").unwrap();
    let percent: f32 = percent.strip_suffix("% (32 images)").unwrap().parse().unwrap();
    assert!((0.0..=100.0).contains(&percent));
    assert!(progress[5].ends_with(&format!("test accuracy {percent:.2}%")), "{progress:#?}");

    // The model of the library has the same variables.
    let mut model = nnx::models::SimpleCnn::<U10>::init(&mut Rngs::new(1));
    nnx::io::load(&mut model, bench.path("out").join(MODEL)).unwrap();
}

#[test]
fn the_seed_decides_everything() {
    let bench = Bench::new();
    let model = |options: &str| {
        let [results, _] = bench.trains(&format!("--epochs 1 --batch-size 16 {options}"));
        (results, bench.saved())
    };
    let first = model("");
    assert_eq!(model("--seed 0"), first);
    assert_ne!(model("--seed 1").1, first.1);

    // Packed files hold the same images.
    let mut gzip = Command::new("gzip");
    assert!(
        gzip.current_dir(bench.path("data")).args([IMAGES, LABELS]).status().unwrap().success()
    );
    assert_eq!(model(""), first);
}

#[test]
fn a_limit_and_the_largest_seed() {
    let [_, progress] =
        Bench::new().trains("--limit 10 --batch-size 10 --epochs 2 --seed 18446744073709551615");
    assert!(progress[0].starts_with("step 1/2: "), "{progress:#?}");
}

#[test]
fn help_names_the_options_and_their_defaults() {
    let [help, _] = Bench::new().trains("--help");
    for (option, default) in [
        ("--epochs", "5"),
        ("--batch-size", "64"),
        ("--learning-rate", "0.003"),
        ("--seed", "0"),
        ("--data", "MNIST, built in"),
        ("--save", MODEL),
        ("--limit", "all"),
    ] {
        let line = help.iter().find(|line| line.trim_start().starts_with(option)).expect(option);
        assert!(line.ends_with(&format!("[default: {default}]")), "{line}");
    }
}

#[test]
fn missing_data() {
    let bench = Bench::new();
    assert!(bench.refuses("--data ../nowhere").starts_with("../nowhere: can't be read: "));
    fs::remove_file(bench.path("data").join(IMAGES)).unwrap();
    assert!(bench.refuses("").starts_with("../data: no file train*-images-idx3-ubyte[.gz]; "));
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
        let bench = Bench::new();
        bench.put(file, bytes);
        let error = bench.refuses("");
        assert!(error.starts_with("../data/") && error.contains(file), "{error}");
        assert!(error.contains(problem), "{error}");
    }
}

#[test]
fn wrong_options() {
    let bench = Bench::new();
    for size in [0, 65] {
        let error = bench.refuses(&format!("--batch-size {size}"));
        let expected =
            format!("batches of {size} images from a set of 64; choose a size from 1 to 64");
        assert_eq!(error, expected);
    }
    // An untrained model in the place of a trained one is nothing that anybody wants.
    for (option, value) in [
        ("--epochs", "0"),
        ("--limit", "0"),
        ("--learning-rate", "0"),
        ("--learning-rate", "-1"),
        ("--learning-rate", "NaN"),
        ("--learning-rate", "inf"),
    ] {
        let said = bench.fails(&format!("{option} {value}"));
        assert!(
            said[0].starts_with(&format!("error: invalid value '{value}' for '{option} ")),
            "{said:#?}"
        );
    }
}

#[test]
fn a_place_where_nothing_can_be_saved_is_refused_before_training() {
    let bench = Bench::new();
    let error = bench.refuses("--save nowhere/model.safetensors");
    assert!(
        error.starts_with("nowhere/model.safetensors: can't be written: No such file"),
        "{error}"
    );
    assert!(
        bench.refuses("--save ../out").starts_with("../out: can't be written: it is a directory")
    );
}

#[test]
fn a_loss_that_breaks_stops_the_run_and_keeps_the_old_model() {
    let bench = Bench::new();
    fs::write(bench.path("out").join(MODEL), "an older model").unwrap();
    let said = bench.fails("--batch-size 16 --learning-rate 1e30");
    let (error, progress) = said.split_last().unwrap();
    assert!(progress.iter().all(|line| line.starts_with("step ")), "{said:#?}");
    let (broken, last_good) = error.split_once(" at step 3, after ").expect(error);
    assert!(["error: the loss is NaN", "error: the loss is inf"].contains(&broken), "{error}");
    let (loss, advice) = last_good.split_once(" at step 2; ").expect(error);
    assert!(loss.parse::<f32>().unwrap().is_finite());
    assert_eq!(advice, "lower the learning rate, warm it up, or clip the gradients");
}
