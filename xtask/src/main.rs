//! The tasks of this repository: `cargo xtask` lists them.
//!
//! It needs the standard library alone, so that it builds in a second.

mod bench;
mod bless;
mod checks;
mod examples;
mod package;
mod steps;

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use steps::{Failed, Steps, command};

const USAGE: &str = "\
Usage: cargo xtask TASK [ARGUMENT ..]

  quick [CRATE ..]          format, clippy and unit tests, of all crates or of these: before each commit
  full                      all that CI checks, the cheapest step first: about 40 minutes on two cores
  package                   build each published crate from its packaged files alone
  bless [GOLDEN [FILTER]]   write goldens again that Rust makes: all of them, or one of
                            derive, ui, features, build, pages, instructions, programs, exports, plans
                              bless ui flatten      only the cases whose path contains `flatten`
                              bless features fft    the same of the cases that need features
                              bless pages tutorial  only this page: errors_page, readme, tutorial
  goldens [FAMILY ..]       write the goldens again that JAX, Flax, optax and PyTorch make: all, or of
                            these scripts (tests/goldens/make_FAMILY.py); PYTHON names the interpreter
  bench [ARGUMENT ..]       time nnx on its workloads (cargo bench --bench workloads)
  bench compile [..]        time the compiler (cargo bench --bench compile)
  bench peers [..]          time nnx beside other libraries (benches/peers/run.py)
  fuzz [SECONDS [READER]]   change files of every format for so long for each reader, 60 seconds by default; files
                            that break a reader become part of nnx-train/tests/fuzz/corpus
  editor [ARGUMENT ..]      what rust-analyzer shows of types and errors (.ci/editor)

The first step that fails ends the task, with the command that repeats it.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    // Steps name files by their path from the root.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    env::set_current_dir(root).expect("the workspace is a directory");
    let mut steps = Steps::new();
    match run(&mut steps, &arguments) {
        Ok(()) => {
            steps.summarize();
            ExitCode::SUCCESS
        }
        Err(Failed(message)) => {
            eprintln!("\n{message}");
            ExitCode::FAILURE
        }
    }
}

fn run(steps: &mut Steps, arguments: &[&str]) -> Result<(), Failed> {
    match arguments {
        ["quick", crates @ ..] => checks::quick(steps, crates),
        ["full"] => checks::full(steps),
        ["package"] => package::package(steps),
        ["bless"] => bless::all(steps),
        ["bless", golden] => bless::one(steps, golden, None),
        ["bless", golden, filter] => bless::one(steps, golden, Some(filter)),
        ["goldens", families @ ..] => bless::goldens(steps, families),
        ["bench", arguments @ ..] => bench::bench(steps, arguments),
        ["fuzz"] => fuzz(steps, "60", None),
        ["fuzz", seconds] => fuzz(steps, seconds, None),
        ["fuzz", seconds, reader] => fuzz(steps, seconds, Some(reader)),
        ["editor", arguments @ ..] => editor(steps, arguments),
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        [] => Err(Failed(USAGE.to_owned())),
        other => Err(Failed(format!("no such task: cargo xtask {}\n\n{USAGE}", other.join(" ")))),
    }
}

/// Damaged files, for a time for each reader.
fn fuzz(steps: &mut Steps, seconds: &str, reader: Option<&str>) -> Result<(), Failed> {
    let line = command(
        "cargo test --release --locked --package nnx-train --features parquet,bpe,images,wav --test fuzz",
    );
    let line = line.args(["--", "--ignored", "--nocapture"]).env("FUZZ_SECONDS", seconds);
    steps.run(match reader {
        Some(reader) => line.env("FUZZ_READER", reader),
        None => line,
    })
}

fn editor(steps: &mut Steps, arguments: &[&str]) -> Result<(), Failed> {
    if !Path::new(".ci/editor").exists() {
        return Err(Failed("this checkout has no `.ci/editor`".to_owned()));
    }
    steps.run(steps::command(".ci/editor").args(arguments))
}

/// A text file of the repository.
fn read(path: &str) -> Result<String, Failed> {
    fs::read_to_string(path).map_err(|error| Failed(format!("{path}: {error}")))
}
