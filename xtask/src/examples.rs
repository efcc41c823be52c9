//! Runs every example: the course as it is, the programs for a few steps.

use std::collections::BTreeSet;
use std::fs;

use crate::steps::{Failed, Steps, command};

/// The programs and how to run each quickly. `SAVED` becomes a directory for what they write.
const PROGRAMS: [(&str, &str); 15] = [
    ("mlp", "--epochs 1 --limit 640 --save SAVED/mlp.safetensors"),
    ("mnist", "--epochs 1 --limit 640 --save SAVED/mnist.safetensors"),
    // `digits` serves a page until it is stopped, so it isn't run here; tests/examples/digits.rs does.
    ("digits", "--help"),
    ("char_gpt", "--steps 10 --limit 5000 --length 50 --save SAVED/char_gpt.safetensors"),
    ("resnet", "--epochs 1 --limit 640 --save SAVED/resnet.safetensors"),
    ("speech_detector", "--all"),
    (
        "transfer",
        "--epochs 1 --limit 2000 --pretrained SAVED/pretrained.safetensors --save SAVED/transfer.safetensors",
    ),
    ("tabular", "--epochs 2 --save SAVED/tabular.safetensors"),
    (
        "tabular_predict",
        r#"--model SAVED/tabular.safetensors {"area":64,"floor":2,"district":"Harbour"}"#,
    ),
    ("photos", "--epochs 1 --pictures 20 --photos SAVED/photos --save SAVED/photos.safetensors"),
    ("forecast", "--epochs 1 --series 200 --save SAVED/forecast.safetensors"),
    ("classify_text", "--epochs 1 --reviews 400 --save SAVED/classify_text.safetensors"),
    ("seq2seq", "--epochs 1 --dates 400 --save SAVED/seq2seq.safetensors"),
    ("data_parallel", "--steps 10 --save SAVED/data_parallel.safetensors"),
    ("vae", "--epochs 1 --limit 640 --save SAVED/vae.safetensors --picture SAVED/vae.png"),
];

/// The names of the examples. Those that start with a digit are the tutorial.
fn examples() -> Result<BTreeSet<String>, Failed> {
    let failed = |error| Failed(format!("examples: {error}"));
    let mut names = BTreeSet::new();
    for entry in fs::read_dir("examples").map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        names.extend(name.to_string_lossy().strip_suffix(".rs").map(str::to_owned));
    }
    Ok(names)
}

/// The numbered examples of the tutorial, and the programs. Panics if a program isn't in `PROGRAMS`.
fn course_and_programs() -> Result<(Vec<String>, Vec<String>), Failed> {
    let (course, programs): (Vec<String>, Vec<String>) =
        examples()?.into_iter().partition(|name| name.starts_with(|c: char| c.is_ascii_digit()));
    let listed = |name: &String| PROGRAMS.iter().any(|(other, _)| other == name);
    match programs.iter().find(|name| !listed(name)) {
        Some(name) => Err(Failed(format!(
            "examples/{name}.rs isn't run: add it to `PROGRAMS` in xtask/src/examples.rs"
        ))),
        None => Ok((course, programs)),
    }
}

pub(crate) fn run(steps: &mut Steps) -> Result<(), Failed> {
    let (course, _) = course_and_programs()?;
    // All at once, on all cores; one by one, each would wait for the one before it to end.
    steps.run(command("cargo build --release --locked --examples"))?;
    let example =
        |name: &str| command("cargo run --quiet --release --locked --example").args([name]);
    for name in &course {
        steps.run(example(name))?;
    }
    let saved = "target/xtask-examples";
    // Deletes the files of an earlier run: `transfer` would load them.
    if fs::exists(saved).is_ok_and(|exists| exists) {
        fs::remove_dir_all(saved).map_err(|error| Failed(format!("{saved}: {error}")))?;
    }
    fs::create_dir_all(saved).map_err(|error| Failed(format!("{saved}: {error}")))?;
    for (name, arguments) in PROGRAMS {
        let arguments = arguments.replace("SAVED", saved);
        steps.run(example(name).args(["--"]).args(arguments.split_whitespace()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{PROGRAMS, course_and_programs};

    #[test]
    fn every_example_is_run() {
        // Tests run in the directory of their package.
        std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .expect("the workspace");
        let (course, programs) =
            course_and_programs().unwrap_or_else(|failed| panic!("{}", failed.0));
        assert!(course.len() >= 6, "{course:?}");
        assert_eq!(programs.len(), PROGRAMS.len(), "a program that is gone is still listed");
    }
}
