//! Starts this test program again, as ranks.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Output, Stdio};

/// The variable with the name of the program.
pub(crate) const PROGRAM: &str = "NNX_TEST_OF_MPI";

/// A run of several ranks.
pub(crate) struct Launched {
    pub(crate) succeeded: bool,
    /// What all ranks and the launcher have said.
    pub(crate) output: String,
}

/// Whether there is no `mpirun`: then it is said on the terminal.
pub(crate) fn is_skipped() -> bool {
    let found = Command::new("mpirun").arg("--version").stdout(Stdio::null()).status();
    let skipped = !found.is_ok_and(|status| status.success());
    if skipped {
        eprintln!(
            "skipped, as there is no `mpirun`: apt-get install libopenmpi-dev openmpi-bin libclang-dev"
        );
    }
    skipped
}

/// Runs a program of `programs` on this machine, as `ranks` ranks.
pub(crate) fn launch(ranks: usize, program: &str, variables: &[(&str, &str)]) -> Launched {
    launched(mpirun(&[], ranks, program, variables).output().unwrap())
}

/// Runs it with these options of `mpirun`, and sends `mpirun` SIGINT, as Ctrl-C does, once a rank has said a line that
/// contains `word`.
pub(crate) fn launch_and_stop(
    options: &[&str],
    ranks: usize,
    program: &str,
    variables: &[(&str, &str)],
    word: &str,
) -> Launched {
    let mut child = mpirun(options, ranks, program, variables)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    while !text.lines().any(|line| line.contains(word)) {
        assert!(said.read_line(&mut text).unwrap() > 0, "no rank has said `{word}`: {text}");
    }
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupt.unwrap().success());
    said.read_to_string(&mut text).unwrap();
    let mut launched = launched(child.wait_with_output().unwrap());
    launched.output.insert_str(0, &text);
    launched
}

/// The command that starts the ranks, and ends them after two minutes. `timeout --foreground` passes on a signal to
/// `mpirun` once; without the option, `mpirun` gets it twice, and kills the ranks at the second.
fn mpirun(options: &[&str], ranks: usize, program: &str, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new("timeout");
    command
        .args(["--foreground", "120", "mpirun"])
        .args(options)
        .args(["--oversubscribe", "--bind-to", "none", "-n", &ranks.to_string()])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "programs::program", "--ignored", "--nocapture"])
        .env(PROGRAM, program)
        .env("NNX_NUM_THREADS", "1")
        // Open MPI asks for both where the tests run as root, such as in a container.
        .env("OMPI_ALLOW_RUN_AS_ROOT", "1")
        .env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")
        .envs(variables.iter().copied());
    command
}

fn launched(output: Output) -> Launched {
    let text =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    Launched { succeeded: output.status.success(), output: text.concat() }
}
