//! `package`: each published crate builds from its packaged files alone.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use std::{fs, io};

use crate::steps::{Failed, Steps, command};

/// The crates that are published, in the order in which they have to be.
const PUBLISHED: [&str; 5] = ["nnx-derive", "nnx-core", "nnx-models", "nnx-train", "nnx"];
/// The files that each package must contain.
const REQUIRED: [&str; 5] =
    ["Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "src/lib.rs"];
/// Folders that no package has: goldens, data and tools of the repository.
const LEFT_OUT: [&str; 6] = [".ci/", ".github/", "benches/", "data/", "template/", "tests/"];

/// Where the packages are built.
const FOLDER: &str = "target/package-check";

/// Packs all crates and builds each from its package. The crates find one another in a registry that
/// cargo makes of the packages; the others come from crates.io, as for users.
pub(crate) fn package(steps: &mut Steps) -> Result<(), Failed> {
    for name in PUBLISHED {
        check(name, &files(name)?)?;
    }
    remove_folder(FOLDER)?;
    // Packages the files in the working tree, whether they are committed or not.
    let line = command(
        "cargo package --workspace --exclude xtask --exclude renamed --locked --allow-dirty",
    );
    // They are compiled, and not run: without debug information and the records of incremental compilation.
    let line = line.env("CARGO_PROFILE_DEV_DEBUG", "false").env("CARGO_INCREMENTAL", "0");
    steps.run(line.args(["--target-dir", &new_folder()]))?;
    remove_folder(FOLDER)
}

/// A folder that no other run has used. cargo tells packages apart by version and by the path of
/// their registry alone, so in a folder of an earlier run it would build against the crates as they
/// were then.
fn new_folder() -> String {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{FOLDER}/{}-{}", time.as_nanos(), CALLS.fetch_add(1, Ordering::Relaxed))
}

fn remove_folder(path: &str) -> Result<(), Failed> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Failed(format!("{path} can't be removed: {error}")))
        }
        _ => Ok(()),
    }
}

/// The files of a package.
fn files(name: &str) -> Result<Vec<String>, Failed> {
    let arguments =
        ["package", "--list", "--locked", "--allow-dirty", "--quiet", "--package", name];
    let output = Command::new("cargo")
        .args(arguments)
        .output()
        .map_err(|error| Failed(format!("`cargo` can't be run: {error}")))?;
    if !output.status.success() {
        return Err(Failed(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}

fn check(name: &str, files: &[String]) -> Result<(), Failed> {
    if let Some(missing) = REQUIRED.iter().find(|file| !files.iter().any(|other| other == *file)) {
        return Err(Failed(format!(
            "the package of {name} has no {missing}: see `include` in its Cargo.toml"
        )));
    }
    let unwanted = |file: &&String| LEFT_OUT.iter().any(|folder| file.starts_with(folder));
    match files.iter().find(unwanted) {
        Some(file) => Err(Failed(format!(
            "the package of {name} has {file}, which isn't for users: see `include` in its Cargo.toml"
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Failed, LEFT_OUT, PUBLISHED, REQUIRED, check, files, new_folder};

    #[test]
    fn packages_hold_what_users_need_and_no_more() {
        for name in PUBLISHED {
            let files = files(name).unwrap_or_else(|failed| panic!("{}", failed.0));
            check(name, &files).unwrap_or_else(|failed| panic!("{}", failed.0));
        }
    }

    #[test]
    fn each_run_has_a_folder_of_its_own() {
        assert_ne!(new_folder(), new_folder());
    }

    #[test]
    fn a_missing_and_an_unwanted_file_are_named() {
        let files = |extra: &[&str]| -> Vec<String> {
            REQUIRED.iter().chain(extra).map(|file| (*file).to_owned()).collect()
        };
        assert!(check("nnx", &files(&["src/a.rs"])).is_ok());
        let Err(Failed(message)) = check("nnx", &files(&[])[1..]) else {
            panic!("Cargo.toml is missing")
        };
        assert!(message.starts_with("the package of nnx has no Cargo.toml"), "{message}");
        for folder in LEFT_OUT {
            let Err(Failed(message)) = check("nnx", &files(&[&format!("{folder}x")])) else {
                panic!("{folder} is packed")
            };
            assert!(message.contains(&format!("has {folder}x")), "{message}");
        }
    }
}
