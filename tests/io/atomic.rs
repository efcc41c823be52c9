//! A save writes the whole new file or leaves the old one, and leaves no other file.

use std::fs;
use std::path::Path;

use nnx::io;
use nnx::prelude::*;

use crate::{listed, not_written, place, same};

fn model(seed: u64) -> Linear<U64, U64> {
    Linear::init(&mut Rngs::new(seed))
}

const NO_DIRECTORY: &str = "No such file or directory (os error 2); nothing is changed: check the directory and its permissions";

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
    not_written(io::save(&model(0), &file), &file, NO_DIRECTORY);
    not_written(io::check_writable(&file), &file, NO_DIRECTORY);
    assert!(listed(&directory).is_empty(), "none is made");
}

#[test]
fn a_file_in_place_of_the_directory_is_an_error_and_stays() {
    let (directory, parent) = place();
    io::save(&model(0), &parent).expect("saved");
    let before = fs::read(&parent).expect("the file");
    for name in ["model.safetensors", "run/model.safetensors"] {
        let file = parent.join(name);
        let why = "its directory is a file; nothing is changed: name a directory";
        not_written(io::save(&model(1), &file), &file, why);
        not_written(io::check_writable(&file), &file, why);
    }
    assert_eq!(fs::read(&parent).expect("the file"), before);
    assert_eq!(listed(&directory), ["model.safetensors"]);
}

#[test]
fn a_path_without_a_file_name_is_an_error() {
    let (directory, file) = place();
    let why = "the path has no file name; nothing is changed: add one";
    not_written(io::save(&model(0), ""), Path::new(""), why);
    for ending in ["/", "/.", "/run/..", "/."] {
        let mut path = file.clone().into_os_string();
        path.push(ending);
        not_written(io::save(&model(0), &path), path.as_ref(), why);
        not_written(io::check_writable(&path), path.as_ref(), why);
    }
    assert!(listed(&directory).is_empty());
}

#[cfg(unix)]
#[test]
fn any_name_that_a_file_can_have_will_do() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let (directory, _) = place();
    let euros = "\u{20ac}".repeat(83);
    let starts: [&[u8]; 6] =
        [b".", b"..", b"x", &[b'n'; 251], euros.as_bytes(), b"\xff\xfe not UTF-8"];
    for start in starts {
        let name = [start, b"name"].concat();
        let file = directory.path().join(OsStr::from_bytes(&name));
        for seed in 0..2 {
            io::check_writable(&file).expect("a name");
            io::save(&model(seed), &file).expect("saved");
        }
        let mut loaded = model(2);
        io::load(&mut loaded, &file).expect("loaded");
        assert!(same(&state(&loaded), &state(&model(1))));
    }
    assert_eq!(fs::read_dir(directory.path()).expect("the directory").count(), starts.len());
    let file = directory.path().join("n".repeat(256));
    not_written(
        io::save(&model(0), &file),
        &file,
        "File name too long (os error 36); nothing is changed: check the directory and its permissions",
    );
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

/// A checkpoint has the permissions of any new file, not those of the temporary file.
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

/// Whoever has the old file open reads on in it: it isn't written over.
#[test]
fn a_save_replaces_the_file_and_leaves_the_old_one_to_its_readers() {
    use std::io::Read;
    let (_directory, file) = place();
    io::save(&model(0), &file).expect("saved");
    let before = fs::read(&file).expect("the file");
    let mut reader = fs::File::open(&file).expect("the file");
    io::save(&model(1), &file).expect("saved once more");
    let mut read = Vec::new();
    reader.read_to_end(&mut read).expect("the old file");
    assert!(read == before && fs::read(&file).expect("the new file") != before);
}

#[test]
fn a_directory_that_cannot_be_synced_has_another_error_than_a_file_that_is_not_written() {
    let error = nnx::files::WriteError::NotSynced(std::io::Error::other("input/output error"));
    assert_eq!(
        error.to_string(),
        "the new file is there, but its directory can't be synced: input/output error; check the disk"
    );
}

/// No room for the new file: a limit on the size of files of 4 KiB, less than the model takes, and a
/// disk of 8 KiB.
#[cfg(unix)]
mod full_disk {
    use std::process::Command;

    use super::*;
    use crate::process::{command, inside, run, said};

    const LIMIT: &str =
        "atomic::full_disk::a_file_beyond_the_limit_leaves_the_old_one_and_nothing_else";
    const DISK: &str =
        "atomic::full_disk::a_full_disk_is_reported_with_the_name_that_was_asked_for";

    fn refused(file: &Path, why: &str) {
        let advice = "nothing is changed: free some space, or name a file on another disk";
        not_written(io::save(&model(1), file), file, &format!("{why}; {advice}"));
        eprintln!("refused");
    }

    #[test]
    fn a_file_beyond_the_limit_leaves_the_old_one_and_nothing_else() {
        if let Some(directory) = inside() {
            let file = directory.join("model.safetensors");
            return refused(&file, "File too large (os error 27)");
        }
        let (directory, file) = place();
        io::save(&model(0), &file).expect("saved");
        // The limit is in blocks of 512 bytes; the signal that would end the process is ignored.
        let output = run("trap '' XFSZ; ulimit -f 8;", LIMIT, directory.path());
        assert!(said(&output).contains("refused"));
        let mut loaded = model(2);
        io::load(&mut loaded, &file).expect("the old file is whole");
        assert!(same(&state(&loaded), &state(&model(0))), "the old file");
        assert_eq!(listed(&directory), ["model.safetensors"]);
    }

    /// The disk is a tmpfs that only the other process sees, if the system lets users mount one.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_reported_with_the_name_that_was_asked_for() {
        if let Some(directory) = inside() {
            let file = directory.join("model.safetensors");
            fs::write(&file, "an older model").expect("an older model");
            refused(&file, "No space left on device (os error 28)");
            assert_eq!(fs::read_to_string(&file).expect("the file"), "an older model");
            assert_eq!(fs::read_dir(directory).expect("the disk").count(), 1, "nothing else");
            return;
        }
        let (directory, _) = place();
        let own_disk = ["unshare", "--user", "--map-root-user", "--mount"];
        let mount = "mount -t tmpfs -o size=8k none \"$NNX_TEST_DIRECTORY\" &&";
        let permitted = Command::new(own_disk[0]).args(&own_disk[1..]).arg("true").output();
        if !permitted.is_ok_and(|output| output.status.success()) {
            return eprintln!("skipped: this system lets no user mount a disk");
        }
        let output = command(&own_disk, mount, DISK, directory.path()).output().expect("unshare");
        assert!(said(&output).contains("refused"));
    }
}
