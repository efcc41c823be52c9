//! A save gives the whole new file or leaves the old one, and nothing besides.

use std::fs;
use std::path::Path;

use nnx::io::{self, CheckpointError};
use nnx::prelude::*;

use crate::{listed, place, same};

fn model(seed: u64) -> Linear<U64, U64> {
    Linear::init(&mut Rngs::new(seed))
}

/// Nothing of the temporary file's name, which would say nothing to anybody.
fn not_written(error: &nnx::Error, file: &Path, why: &str) {
    assert!(matches!(error, nnx::Error::Checkpoint(CheckpointError::Write { .. })), "{error:?}");
    let text = error.to_string();
    let start = format!("{}: can't be written: {why}", file.display());
    assert!(
        text.starts_with(&start) && text.matches(".tmp").count() == start.matches(".tmp").count(),
        "{text}"
    );
    assert!(
        text.ends_with("; nothing is changed: check the directory and its permissions"),
        "{text}"
    );
}

#[test]
fn a_save_leaves_its_file_alone_in_the_directory() {
    let (directory, file) = place();
    io::save(&model(0), &file).expect("saved");
    io::save(&model(1), &file).expect("saved once more");
    assert_eq!(listed(&directory), ["model.safetensors"]);
    let mut loaded = model(2);
    io::load(&mut loaded, &file).expect("loaded");
    assert!(same(&state(&loaded), &state(&model(1))), "the later one");
}

#[test]
fn a_missing_directory_is_an_error_for_saving_and_for_the_check() {
    let (directory, _) = place();
    let file = directory.path().join("not/there/model.safetensors");
    not_written(&io::save(&model(0), &file).expect_err("no directory"), &file, "No such file");
    not_written(&io::check_writable(&file).expect_err("no directory"), &file, "No such file");
    assert!(listed(&directory).is_empty(), "none is made");
}

#[test]
fn a_file_in_place_of_the_directory_is_an_error_and_stays() {
    let (directory, parent) = place();
    io::save(&model(0), &parent).expect("saved");
    let before = fs::read(&parent).expect("the file");
    let file = parent.join("model.safetensors");
    not_written(
        &io::save(&model(1), &file).expect_err("its parent is a file"),
        &file,
        "its directory is a file;",
    );
    not_written(
        &io::check_writable(&file).expect_err("its parent is a file"),
        &file,
        "its directory is a file;",
    );
    assert_eq!(fs::read(&parent).expect("the file"), before);
    assert_eq!(listed(&directory), ["model.safetensors"]);
}

#[test]
fn a_directory_in_place_of_the_file_is_an_error_and_stays() {
    let (directory, file) = place();
    fs::create_dir(&file).expect("a directory");
    not_written(&io::save(&model(0), &file).expect_err("a directory"), &file, "it is a directory;");
    not_written(&io::check_writable(&file).expect_err("a directory"), &file, "it is a directory;");
    assert!(file.is_dir());
    assert_eq!(listed(&directory), ["model.safetensors"]);
}

#[test]
fn the_check_writes_nothing_and_leaves_an_old_file() {
    let (directory, file) = place();
    io::check_writable(&file).expect("a directory that can be written to");
    assert!(listed(&directory).is_empty());
    io::save(&model(0), &file).expect("saved");
    let before = fs::read(&file).expect("the file");
    io::check_writable(&file).expect("a file that is there");
    assert_eq!(fs::read(&file).expect("the file"), before);
    assert_eq!(listed(&directory), ["model.safetensors"]);
}

#[test]
fn a_name_without_a_directory_is_within_the_current_one() {
    io::check_writable("model.safetensors").expect("the current directory");
    assert!(!Path::new("model.safetensors").exists());
}

/// Others may read a checkpoint as they may any new file, whatever helped to write it.
#[cfg(unix)]
#[test]
fn a_saved_file_has_the_permissions_of_any_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let (directory, file) = place();
    let plain = directory.path().join("plain");
    fs::write(&plain, "x").expect("a plain file");
    io::save(&model(0), &file).expect("saved");
    let mode = |file: &Path| fs::metadata(file).expect("a file").permissions().mode();
    assert_eq!(format!("{:o}", mode(&file)), format!("{:o}", mode(&plain)));
}

/// A disk that is full: the test runs itself once more where no file may grow beyond 4 KiB, less than
/// the model takes.
#[cfg(unix)]
mod full_disk {
    use super::*;

    const DIRECTORY: &str = "NNX_TEST_FULL_DISK";

    /// Runs the test of this name in a shell that has said `first`.
    fn run(first: &str, test: &str, directory: &Path) -> std::process::Output {
        std::process::Command::new("sh")
            .args(["-c", &format!("{first}; exec \"$0\" --exact {test} --nocapture")])
            .arg(std::env::current_exe().expect("this program"))
            .env(DIRECTORY, directory)
            .output()
            .expect("a shell")
    }

    /// A file of model 0, and what stands there after the test of this name has run under `first`.
    fn after(first: &str, test: &str) -> (std::process::Output, Vec<String>) {
        let (directory, file) = place();
        io::save(&model(0), &file).expect("saved");
        let output = run(first, test, directory.path());
        let mut loaded = model(2);
        io::load(&mut loaded, &file).expect("the old file is whole");
        assert!(same(&state(&loaded), &state(&model(0))), "the old file");
        (output, listed(&directory))
    }

    /// What the other process does: it saves model 1 over model 0.
    fn as_other_process() -> Option<Result<(), nnx::Error>> {
        let file = Path::new(&std::env::var_os(DIRECTORY)?).join("model.safetensors");
        Some(io::save(&model(1), file))
    }

    #[test]
    fn a_save_that_fails_leaves_the_old_file_and_nothing_besides() {
        if let Some(result) = as_other_process() {
            let error = result.expect_err("no room");
            eprintln!("refused: {error}");
            return;
        }
        let name = "atomic::full_disk::a_save_that_fails_leaves_the_old_file_and_nothing_besides";
        // In blocks of 512 bytes, and without the signal that would end the process.
        let (output, names) = after("trap '' XFSZ; ulimit -f 8", name);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert!(said.contains("can't be written: File too large"), "{said}");
        assert_eq!(names, ["model.safetensors"]);
    }

    #[test]
    fn a_process_killed_while_it_saves_leaves_the_old_file() {
        if let Some(result) = as_other_process() {
            unreachable!("killed before it gets here: {result:?}");
        }
        let name = "atomic::full_disk::a_process_killed_while_it_saves_leaves_the_old_file";
        let (output, _) = after("ulimit -f 8; ulimit -c 0", name);
        assert!(!output.status.success(), "the signal has ended it");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("killed before"), "{said}");
    }
}
