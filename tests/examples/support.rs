//! Running an example as a process, in a directory of its own.

use std::env::{consts::EXE_SUFFIX, current_exe};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

pub(crate) const IMAGES: &str = "train-images-idx3-ubyte";
pub(crate) const LABELS: &str = "train-labels-idx1-ubyte";

/// An example, and a directory for it: it runs and saves in `out`, which is next to `data`.
pub(crate) struct Bench {
    example: &'static str,
    has_images: bool,
    directory: TempDir,
}

impl Bench {
    /// An example that brings its own data, or needs none.
    pub(crate) fn new(example: &'static str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for name in ["data", "out"] {
            fs::create_dir(directory.path().join(name)).unwrap();
        }
        Self { example, has_images: false, directory }
    }

    /// An example that takes a directory of IDX files as `--data`: 64 images to train on, 32 to test with.
    pub(crate) fn with_images(example: &'static str) -> Self {
        let bench = Self { has_images: true, ..Self::new(example) };
        for (set, count) in [("train", 64), ("t10k", 32)] {
            bench.put(&format!("{set}-images-idx3-ubyte"), &images(count, 28));
            bench.put(&format!("{set}-labels-idx1-ubyte"), &labels(count));
        }
        bench
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file of the data.
    pub(crate) fn put(&self, file: &str, bytes: &[u8]) {
        fs::write(self.path("data").join(file), bytes).unwrap();
    }

    /// The names and bytes of the saved files.
    pub(crate) fn saved(&self) -> Vec<(String, Vec<u8>)> {
        let entries = fs::read_dir(self.path("out")).unwrap().map(|entry| entry.unwrap());
        let file = |entry: fs::DirEntry| {
            (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
        };
        let mut files: Vec<_> = entries.map(file).collect();
        files.sort();
        files
    }

    /// Runs the example on the images in `data`, unless the options name others.
    pub(crate) fn run(&self, options: &str) -> Output {
        let mut command = Command::new(program(self.example));
        command.current_dir(self.path("out")).args(options.split_whitespace());
        if self.has_images && !options.contains("--data") {
            command.args(["--data", "../data"]);
        }
        command.output().unwrap()
    }

    /// The lines on standard output and standard error of a run that succeeds.
    pub(crate) fn trains(&self, options: &str) -> [Vec<String>; 2] {
        let output = self.run(options);
        assert!(output.status.success(), "{output:?}");
        [output.stdout, output.stderr].map(lines)
    }

    /// The lines on standard error of a run that fails and leaves all files as they were.
    pub(crate) fn fails(&self, options: &str) -> Vec<String> {
        let before = self.saved();
        let output = self.run(options);
        assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
        assert_eq!(self.saved(), before);
        let said = lines(output.stderr);
        assert!(said.iter().all(|line| !line.contains("panicked")), "{said:#?}");
        said
    }

    /// The one line of a run that is refused before anything is trained.
    pub(crate) fn refuses(&self, options: &str) -> String {
        let said = self.fails(options);
        let [line] = &said[..] else { panic!("expected one line: {said:#?}") };
        line.strip_prefix("error: ").expect("the line tells an error").to_owned()
    }

    /// Two runs with one seed print and save the same, bit for bit; a different seed gives a different model.
    pub(crate) fn repeats(&self, options: &str) {
        let run = |seed: u64| {
            let [results, _] = self.trains(&format!("{options} --seed {seed}"));
            (results, self.saved())
        };
        let first = run(0);
        assert!(!first.1.is_empty(), "nothing was saved");
        assert_eq!(run(0), first);
        assert_ne!(run(1).1, first.1, "the seed changes nothing");
    }

    /// `--help` names these options and their defaults.
    pub(crate) fn explains(&self, options: &[(&str, &str)]) {
        let [help, _] = self.trains("--help");
        for (option, default) in options {
            let line =
                help.iter().find(|line| line.trim_start().starts_with(option)).expect(option);
            assert!(line.ends_with(&format!("[default: {default}]")), "{line}");
        }
    }

    /// These values of options are errors.
    pub(crate) fn refuses_values(&self, options: &[(&str, &str)]) {
        for (option, value) in options {
            let said = self.fails(&format!("{option} {value}"));
            let expected = format!("error: invalid value '{value}' for '{option} ");
            assert!(said[0].starts_with(&expected), "{said:#?}");
        }
    }

    /// A file that can't be written is refused before training.
    pub(crate) fn refuses_to_save_nowhere(&self) {
        let error = self.refuses("--save nowhere/model.safetensors");
        let expected = "nowhere/model.safetensors: can't be written: No such file";
        assert!(error.starts_with(expected), "{error}");
        let error = self.refuses("--save ../out");
        assert!(error.starts_with("../out: can't be written: it is a directory"), "{error}");
    }
}

/// The step and epoch of a line of progress: `step 1/4`, `epoch 1`.
pub(crate) fn starts(progress: &[String]) -> Vec<&str> {
    progress.iter().filter_map(|line| line.split_once(": ")).map(|(start, _)| start).collect()
}

/// The metric after `name` in a line of progress, times a factor, as the last lines of the examples print it.
pub(crate) fn measured(line: &str, name: &str, factor: f64) -> String {
    let (_, rest) = line.split_once(name).unwrap_or_else(|| panic!("`{name}` in {line}"));
    let number: f64 = rest.split([' ', ',']).next().expect(line).parse().expect(line);
    let percent = if factor == 100.0 { "%" } else { "" };
    format!("{:.2}{percent}", factor * number)
}

/// Cargo builds the examples for `cargo test` (not for `cargo test --test examples`), beside the
/// directory of the test programs.
pub(crate) fn program(example: &str) -> PathBuf {
    let test = current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let program = profile.join(format!("examples/{example}{EXE_SUFFIX}"));
    assert!(
        program.is_file(),
        "{} isn't built: run `cargo test` for all tests, or first `cargo build --example {example}`",
        program.display(),
    );
    program
}

/// A file of images of 28 rows: noise, the same one each time.
pub(crate) fn images(count: u8, width: u8) -> Vec<u8> {
    let header = [0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 28, 0, 0, 0, width];
    let size = usize::from(count) * 28 * usize::from(width);
    let next = |&x: &u32| Some(x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    let noise = std::iter::successors(Some(1), next).map(|x| (x >> 24) as u8);
    header.into_iter().chain(noise.take(size)).collect()
}

/// A file of labels, 0 to 9 in turn.
pub(crate) fn labels(count: u8) -> Vec<u8> {
    [0, 0, 8, 1, 0, 0, 0, count].into_iter().chain((0..count).map(|i| i % 10)).collect()
}

fn lines(text: Vec<u8>) -> Vec<String> {
    let text = String::from_utf8(text).unwrap();
    assert!(!text.contains(['\r', '\x1b']), "meant for a terminal: {text:?}");
    text.lines().map(str::to_owned).collect()
}
