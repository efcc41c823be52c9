//! Runs a test in a process of its own: with resource limits, as another user, or to be killed.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const DIRECTORY: &str = "NNX_TEST_DIRECTORY";

/// The directory that the test works in, if it runs in a process of its own.
pub(crate) fn inside() -> Option<PathBuf> {
    std::env::var_os(DIRECTORY).map(PathBuf::from)
}

/// The command that runs one test in a new process: `program` with its arguments starts a shell, which runs the script
/// `first` and then the test. `$NNX_TEST_DIRECTORY` is the directory.
pub(crate) fn command(program: &[&str], first: &str, test: &str, directory: &Path) -> Command {
    let script = format!("{first} exec \"$0\" --exact {test} --nocapture");
    let words = [program, &["sh", "-c", &script]].concat();
    let mut command = Command::new(words[0]);
    command
        .args(&words[1..])
        .arg(std::env::current_exe().expect("this program"))
        .env(DIRECTORY, directory);
    command
}

/// Runs the test of this name in a shell that says `first`.
pub(crate) fn run(first: &str, test: &str, directory: &Path) -> Output {
    command(&[], first, test, directory).output().expect("a shell")
}

/// The output of the other process, if its test has passed.
#[track_caller]
pub(crate) fn said(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    said
}
