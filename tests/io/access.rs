//! Permissions and owners of a file that is replaced, and files that may not be.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

use nnx::io;
use nnx::prelude::*;

use crate::process::{command, inside, said};
use crate::{listed, not_written, place};

const READ_ONLY: &str =
    "it is read-only; nothing is changed: make it writable, or name another file";

fn model(seed: u64) -> Linear<U2, U3> {
    Linear::init(&mut Rngs::new(seed))
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions");
}

/// Permissions, owner and group.
fn access(path: &Path) -> (String, u32, u32) {
    let about = fs::metadata(path).expect("a file");
    (format!("{:04o}", about.mode() & 0o7777), about.uid(), about.gid())
}

fn is_root(directory: &Path) -> bool {
    fs::metadata(directory).expect("the directory").uid() == 0
}

/// A checkpoint has the permissions of any new file, not those of the temporary file.
#[test]
fn a_new_file_has_the_permissions_of_any_new_file() {
    let (directory, file) = place();
    let plain = directory.path().join("plain");
    fs::write(&plain, "x").expect("a plain file");
    io::save(&model(0), &file).expect("saved");
    assert_eq!(access(&file), access(&plain));
}

#[test]
fn the_permissions_of_the_old_file_are_kept() {
    let (_directory, file) = place();
    for mode in [0o600, 0o640, 0o644, 0o660, 0o664, 0o666, 0o700, 0o755, 0o777, 0o200, 0o604] {
        fs::write(&file, "an older file").expect("a file");
        set_mode(&file, mode);
        let before = access(&file);
        io::save(&model(0), &file).expect("saved");
        assert_eq!(access(&file), before);
        fs::remove_file(&file).expect("the file");
    }
}

#[test]
fn a_read_only_file_is_not_replaced_by_root_either() {
    let (directory, file) = place();
    for mode in [0o444, 0o400, 0o555, 0o000] {
        fs::write(&file, "read-only").expect("a file");
        set_mode(&file, mode);
        not_written(io::save(&model(0), &file), &file, READ_ONLY);
        not_written(io::check_writable(&file), &file, READ_ONLY);
        let mode = mode | 0o600;
        set_mode(&file, mode);
        assert_eq!(fs::read_to_string(&file).expect("the file"), "read-only");
        assert_eq!(listed(&directory), ["model.safetensors"]);
    }
    io::save(&model(0), &file).expect("it is writable now");
}

/// Run as root: owners are kept when root saves, and kept as far as permitted when another user saves. That user runs a
/// copy of this program.
#[test]
fn the_owner_is_kept_where_that_is_permitted() {
    const TEST: &str = "access::the_owner_is_kept_where_that_is_permitted";
    const NOBODY: u32 = 65_534;
    if let Some(directory) = inside() {
        let at = |name: &str| directory.join(name);
        // The directory and the file are writable for all users.
        io::save(&model(0), at("shared")).expect("saved");
        assert_eq!(access(&at("shared")), ("0622".into(), NOBODY, NOBODY));
        io::save(&model(0), at("new")).expect("saved");
        assert_eq!(access(&at("new")).1, NOBODY);
        let denied = "Permission denied (os error 13); nothing is changed: check the directory and its \
                      permissions";
        for name in ["of root", "folder/new"] {
            not_written(io::save(&model(0), at(name)), &at(name), denied);
            not_written(io::check_writable(at(name)), &at(name), denied);
        }
        not_written(io::save(&model(0), at("read-only")), &at("read-only"), READ_ONLY);
        eprintln!("all as expected");
        return;
    }
    let (directory, file) = place();
    let at = |name: &str| directory.path().join(name);
    if !is_root(directory.path()) {
        return eprintln!("skipped: only root can make files of other users");
    }
    fs::write(&file, "an older file").expect("a file");
    chown(&file, Some(1), Some(2)).expect("another owner");
    set_mode(&file, 0o640);
    let before = access(&file);
    io::save(&model(0), &file).expect("saved");
    assert_eq!((access(&file), before.1, before.2), (before.clone(), 1, 2));

    for (name, mode) in [("shared", 0o672), ("of root", 0o644), ("read-only", 0o444)] {
        fs::write(at(name), "an older file").expect("a file");
        set_mode(&at(name), mode);
    }
    fs::create_dir(at("folder")).expect("a directory");
    set_mode(directory.path(), 0o777);
    // This program may be in a directory that other users can't read, so it is copied.
    let program = tempfile::tempdir().expect("a directory");
    set_mode(program.path(), 0o755);
    let copy = program.path().join("copy");
    fs::copy(std::env::current_exe().expect("this program"), &copy).expect("a copy");
    let exec = format!("cd / && exec '{}' --exact {TEST} --nocapture;", copy.display());
    let mut command = command(&[], &exec, TEST, directory.path());
    std::os::unix::process::CommandExt::gid(&mut command, NOBODY);
    std::os::unix::process::CommandExt::uid(&mut command, NOBODY);
    assert!(said(&command.output().expect("a shell")).contains("all as expected"));
    assert_eq!(fs::read_to_string(at("of root")).expect("the file"), "an older file");
    assert_eq!(fs::read_to_string(at("read-only")).expect("the file"), "an older file");
}
