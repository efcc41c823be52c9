//! Cargo, run in a workspace.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fmt, fs, io};

use crate::cost::Cost;
use crate::library::{Library, Program};

/// A workspace, and its output directory.
pub(crate) struct Cargo {
    workspace: PathBuf,
    pub(crate) target: PathBuf,
}

impl Cargo {
    /// This repository, with an output directory of its own.
    pub(crate) fn repository(target: PathBuf) -> Self {
        Self { workspace: PathBuf::from(env!("CARGO_MANIFEST_DIR")), target }
    }

    /// Writes a workspace with the crates of a library.
    pub(crate) fn write(
        workspace: PathBuf,
        library: &Library,
        programs: &[Program],
    ) -> io::Result<Self> {
        let this = Self { target: workspace.join("target"), workspace };
        let members: Vec<&str> = programs.iter().map(|program| &*program.name).collect();
        fs::create_dir_all(&this.workspace)?;
        fs::write(
            this.workspace.join("Cargo.toml"),
            format!(
                "[workspace]\nresolver = \"3\"\nmembers = {members:?}\n\n\
                 [profile.release]\nstrip = true\n"
            ),
        )?;
        for program in programs {
            fs::create_dir_all(this.crate_of(program).join("src"))?;
            fs::write(
                this.crate_of(program).join("Cargo.toml"),
                format!(
                    "[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
                     [dependencies]\n{}\n",
                    program.name, library.dependencies
                ),
            )?;
            this.write_source(program, 0)?;
        }
        Ok(this)
    }

    /// Starts from the versions of dependencies that this repository is tested with.
    pub(crate) fn copy_lock(&self) -> io::Result<()> {
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock");
        fs::copy(lock, self.workspace.join("Cargo.lock")).map(drop)
    }

    /// Writes the source of a crate as it is after so many edits.
    pub(crate) fn write_source(&self, program: &Program, edits: usize) -> io::Result<()> {
        fs::write(self.crate_of(program).join("src/main.rs"), program.edited(edits))
    }

    /// The version of a package in the lock file.
    pub(crate) fn version(&self, package: &str) -> io::Result<String> {
        let lock = fs::read_to_string(self.workspace.join("Cargo.lock"))?;
        let version = lock
            .split_once(&format!("name = \"{package}\"\nversion = \""))
            .and_then(|(_, rest)| rest.split_once('"'));
        version.map(|(version, _)| version.to_owned()).ok_or_else(|| {
            io::Error::new(io::ErrorKind::NotFound, format!("no `{package}` in the lock file"))
        })
    }

    /// Runs cargo with `arguments`, separated by spaces.
    pub(crate) fn run(&self, arguments: &str) -> Result<Cost, Failure> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let mut command = Command::new(cargo);
        Cost::of(
            command
                .args(arguments.split_whitespace())
                .arg("--quiet")
                .current_dir(&self.workspace)
                .env("CARGO_TARGET_DIR", &self.target)
                // Checks after an edit are incremental, cargo's default.
                .env_remove("CARGO_INCREMENTAL"),
        )
    }

    fn crate_of(&self, program: &Program) -> PathBuf {
        self.workspace.join(&program.name)
    }
}

/// A measured command failed.
pub(crate) enum Failure {
    /// It did not start, or the file that it was to compile could not be written.
    System(io::Error),
    /// It ended with an error.
    Command { command: String, stderr: String },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(error) => write!(f, "cargo could not be run: {error}"),
            Self::Command { command, stderr } => write!(f, "{command} failed:\n{stderr}"),
        }
    }
}

// `main` prints an error by `Debug`.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Failure {}
