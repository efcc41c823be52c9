//! Starts this test program again, as ranks.

use std::process::{Command, Stdio};

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

/// Runs a program of `programs` as so many ranks of this machine.
pub(crate) fn launch(ranks: usize, program: &str, variables: &[(&str, &str)]) -> Launched {
    let output = Command::new("timeout")
        .args(["120", "mpirun", "--oversubscribe", "--bind-to", "none", "-n", &ranks.to_string()])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "programs::program", "--ignored", "--nocapture"])
        .env(PROGRAM, program)
        .env("NNX_NUM_THREADS", "1")
        // Open MPI asks for both where the tests run as root, such as in a container.
        .env("OMPI_ALLOW_RUN_AS_ROOT", "1")
        .env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    Launched { succeeded: output.status.success(), output: text.concat() }
}
