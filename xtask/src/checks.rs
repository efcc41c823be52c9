//! The tasks `quick` and `full`. Warnings are errors.

use std::process::{Command, Stdio};

use crate::steps::{Failed, Line, Steps, command};
use crate::{examples, package, read};

/// The crates that are also built without their features.
const WITHOUT_FEATURES: [&str; 4] = ["nnx", "nnx-core", "nnx-models", "nnx-train"];

/// Tests of features that are off by default, of which some bring large crates: all features at once, so that each crate is
/// compiled once for all of these steps.
const WITH_FEATURES: [&str; 3] = [
    "--lib --test ops --test interop --test parquet --test bpe --test fuzz",
    "--test ui -- mistakes_with_features",
    "--doc -- nnx-core/src LinearAlgebraAndFft",
];

/// Ranks that are processes: where MPI is installed.
const RANKS: &str =
    "cargo test --workspace --locked --features nnx-train/mpi --test mpi -- --nocapture";

const INSTALL_MPI: &str = "apt-get install libopenmpi-dev openmpi-bin libclang-dev";

/// Whether programs for MPI can be built and started.
fn has_mpi() -> bool {
    runs("mpirun") && runs("mpicc")
}

/// The features of all crates, for `--features`. That of MPI needs a library that not all machines have, so
/// `--all-features` would fail without it.
fn all_features() -> Result<String, Failed> {
    features(has_mpi())
}

/// The features of all crates, with that of MPI or without it.
fn features(with_mpi: bool) -> Result<String, Failed> {
    let mut features = Vec::new();
    for name in WITHOUT_FEATURES {
        let manifest =
            if name == "nnx" { "Cargo.toml".to_owned() } else { format!("{name}/Cargo.toml") };
        let text = read(&manifest)?;
        let names = names_of_features(&text);
        let kept = names.into_iter().filter(|feature| *feature != "mpi" || with_mpi);
        features.extend(kept.map(|feature| format!("{name}/{feature}")));
    }
    Ok(features.join(","))
}

/// The features that a manifest declares.
fn names_of_features(manifest: &str) -> Vec<&str> {
    let section = manifest.split("[features]\n").nth(1).unwrap_or_default();
    let lines = section.lines().take_while(|line| !line.starts_with('['));
    let lines = lines.filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| Some(line.split_once(" = ")?.0))
        .filter(|name| *name != "default")
        .collect()
}

/// Format, clippy and unit tests, of all crates or of some.
pub(crate) fn quick(steps: &mut Steps, crates: &[&str]) -> Result<(), Failed> {
    steps.run(command("cargo fmt --all --check"))?;
    // This crate has no library, which `--lib` asks for; its tests are the last step.
    let libraries: Vec<&str> = crates.iter().copied().filter(|name| *name != "xtask").collect();
    if crates.is_empty() || !libraries.is_empty() {
        let chosen = |line: Line| match &libraries[..] {
            [] => line.args(["--workspace"]),
            names => line.args(names.iter().flat_map(|name| ["--package", name])),
        };
        let clippy = chosen(command("cargo clippy --lib --bins --tests --locked"));
        steps.run(clippy.args(["--", "-D", "warnings"]))?;
        steps.run(chosen(command("cargo test --lib --bins --locked --quiet")))?;
    }
    // Examples in the documentation, and what the pages for contributors name.
    steps.run(command("cargo test --package xtask --locked --quiet"))
}

/// All that CI checks, the cheapest step first.
pub(crate) fn full(steps: &mut Steps) -> Result<(), Failed> {
    // Checked first, and not after all tests.
    if !runs("valgrind") {
        return Err(Failed("the last steps need valgrind: apt-get install valgrind".to_owned()));
    }
    steps.run(command("cargo fmt --all --check"))?;
    let deny = ["--", "-D", "warnings"];
    let clippy = command("cargo clippy --workspace --all-targets --locked --features");
    steps.run(clippy.args([&all_features()?]).args(deny))?;
    for name in WITHOUT_FEATURES {
        let line = command("cargo clippy --lib --no-default-features --locked --package");
        steps.run(line.args([name]).args(deny))?;
    }
    steps.run(
        command("cargo doc --workspace --no-deps --locked --features")
            .args([all_features()?])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    steps.run(command(&test_command(&read("README.md")?)?).args(["--locked"]))?;
    // Each of these tests is a selection from the whole workspace: of one crate alone, cargo would compile its dependencies
    // with fewer features, and so all crates once more.
    for tests in WITH_FEATURES {
        let line = command("cargo test --workspace --locked --features").args([features(false)?]);
        steps.run(line.args(tests.split_whitespace()))?;
    }
    if has_mpi() {
        steps.run(command(RANKS))?;
    } else {
        println!("\n== {RANKS}\n   skipped, as MPI isn't installed: {INSTALL_MPI}");
    }
    // The kernels at lower levels of the processor than its best, too.
    for level in lower_levels() {
        let line = command("cargo test --workspace --lib --test ops --locked");
        steps.run(line.env("NNX_CPU_LEVEL", level))?;
    }
    package::package(steps)?;
    examples::run(steps)?;
    // Under valgrind: the kernels' accesses to memory, and the instruction counts.
    steps.run(command(".ci/memory"))?;
    steps.run(command(".ci/instructions"))
}

/// Whether a program is installed.
fn runs(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The command that README.md gives for all tests. It is followed by a comment.
fn test_command(readme: &str) -> Result<String, Failed> {
    let commands = readme.lines().filter(|line| line.starts_with("cargo test "));
    let mut commands = commands.filter_map(|line| line.split_once('#'));
    match (commands.next(), commands.next()) {
        (Some((words, _)), None) => Ok(words.trim_end().to_owned()),
        (None, _) => Err(Failed("README.md names no test command: cargo test .. # ..".to_owned())),
        _ => Err(Failed("README.md names several test commands".to_owned())),
    }
}

/// Levels below the best that this processor has.
fn lower_levels() -> Vec<&'static str> {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx512f") {
        return vec!["scalar", "avx2"];
    }
    vec!["scalar"]
}

#[cfg(test)]
mod tests {
    use super::{RANKS, WITH_FEATURES, names_of_features, test_command};

    /// Tests of features that `cargo test --workspace` leaves out would never run if nothing named them.
    #[test]
    fn each_feature_of_nnx_train_is_tested() {
        let read = |path: &str| {
            let path = format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"));
            std::fs::read_to_string(path).expect("a manifest")
        };
        let manifest = read("nnx-train/Cargo.toml");
        let names = names_of_features(&manifest);
        assert!(names.contains(&"mpi") && names.contains(&"parquet"), "{names:?}");
        let defaults =
            manifest.lines().find(|line| line.starts_with("default = ")).expect("defaults");
        let root = read("Cargo.toml");
        let for_tests = root
            .lines()
            .find(|line| line.starts_with("nnx-train = { workspace"))
            .expect("the tests' own");
        for name in names {
            let quoted = format!("\"{name}\"");
            // The feature `report` includes `plots`.
            let is_tested = [defaults, for_tests].iter().any(|line| line.contains(&quoted))
                || WITH_FEATURES.iter().any(|line| line.contains(&format!("--test {name}")))
                || RANKS.contains(&format!("--features nnx-train/{name} "))
                || name == "plots";
            assert!(
                is_tested,
                "no step tests the feature `{name}` of nnx-train: name its test in WITH_FEATURES"
            );
        }
    }

    #[test]
    fn the_readme_has_one_test_command() {
        let page = "```sh\ncargo run --example a  # cargo test x\ncargo test --workspace   # all: ten minutes\n```";
        assert_eq!(test_command(page).expect("a command"), "cargo test --workspace");
        assert!(test_command("cargo test --workspace").is_err());
        assert!(test_command("cargo test a # one\ncargo test b # two").is_err());
        let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
        let readme = std::fs::read_to_string(readme).expect("README.md");
        assert!(test_command(&readme).expect("a command").starts_with("cargo test --workspace"));
    }
}
