//! Symbolic links stay, and the files that they lead to are replaced.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown, symlink};
use std::path::Path;

use nnx::io;
use nnx::prelude::*;

use crate::{listed, not_written, place, same};

fn model(seed: u64) -> Linear<U2, U3> {
    Linear::init(&mut Rngs::new(seed))
}

/// Saves a model through a link, and finds it in the file; the link is still one.
fn saved_through(link: &Path, file: &Path, seed: u64) {
    let lead = fs::read_link(link).expect("a link");
    io::check_writable(link).expect("a link to a file");
    io::save(&model(seed), link).expect("saved");
    assert_eq!(fs::read_link(link).expect("a link still"), lead);
    assert!(fs::symlink_metadata(file).expect("a file").is_file());
    let mut loaded = model(99);
    io::load(&mut loaded, link).expect("loaded");
    assert!(same(&state(&loaded), &state(&model(seed))));
}

#[test]
fn the_file_at_the_end_of_the_links_is_replaced_where_it_is() {
    let (directory, file) = place();
    let at = |path: &str| directory.path().join(path);
    fs::create_dir_all(at("runs/1")).expect("directories");
    let file_of_run = at("runs/1/weights");
    fs::write(&file_of_run, "older weights").expect("a file");
    fs::set_permissions(&file_of_run, fs::Permissions::from_mode(0o640)).expect("permissions");
    // Links relative to their directory, links through `..`, and absolute links.
    symlink("runs/latest", &file).expect("a link");
    symlink("../other", at("runs/latest")).expect("a link");
    symlink(&file_of_run, at("other")).expect("a link");
    for seed in 0..2 {
        saved_through(&file, &file_of_run, seed);
    }
    assert_eq!(fs::metadata(&file_of_run).expect("the file").mode() & 0o777, 0o640);
    assert_eq!(listed(&directory), ["model.safetensors", "other", "runs"]);
    assert_eq!(fs::read_dir(at("runs/1")).expect("a directory").count(), 1, "nothing besides");
    // A directory may be a link, too.
    symlink("runs", at("by")).expect("a link");
    io::save(&model(5), at("by/1/weights")).expect("saved");
    io::load(&mut model(0), &file_of_run).expect("loaded");
    assert!(fs::symlink_metadata(at("by")).expect("a link").is_symlink());
}

#[test]
fn a_link_to_a_file_that_is_not_there_makes_it() {
    let (directory, link) = place();
    let at = |path: &str| directory.path().join(path);
    fs::create_dir(at("run")).expect("a directory");
    symlink("run/weights", &link).expect("a link");
    io::check_writable(&link).expect("a link to a new file");
    assert!(!at("run/weights").exists());
    saved_through(&link, &at("run/weights"), 3);

    let link = at("into nothing");
    symlink("not/there", &link).expect("a link");
    let why = "No such file or directory (os error 2); nothing is changed: check the directory and its \
               permissions";
    not_written(io::save(&model(0), &link), &link, why);
    assert!(fs::symlink_metadata(&link).expect("a link").is_symlink());
}

#[test]
fn links_without_an_end_are_an_error() {
    let (directory, link) = place();
    let at = |path: &str| directory.path().join(path);
    symlink("model.safetensors", &link).expect("a link to itself");
    symlink("b", at("a")).expect("a link");
    symlink("a", at("b")).expect("a link");
    for link in [link, at("a"), at("b")] {
        let why =
            "its symbolic links don't end; nothing is changed: remove them, or name another file";
        not_written(io::save(&model(0), &link), &link, why);
        not_written(io::check_writable(&link), &link, why);
        assert!(fs::symlink_metadata(&link).expect("a link").is_symlink());
        let error = io::load(&mut model(0), &link).expect_err("no file").to_string();
        assert!(error.contains(": can't be read: "), "{error}");
        assert!(error.ends_with("; check the path and its permissions"), "{error}");
    }
}

/// As Linux does where `protected_symlinks` is set: in /tmp anybody could lead a save astray.
#[test]
fn a_link_that_another_user_has_put_into_a_shared_directory_is_not_followed() {
    let (directory, link) = place();
    if fs::metadata(directory.path()).expect("the directory").uid() != 0 {
        return eprintln!("skipped: only root can make links of other users");
    }
    let file = directory.path().join("file");
    fs::write(&file, "mine").expect("a file");
    for (lead, mode, owner, followed) in [
        ("file", 0o1777, 1, false),
        ("new", 0o1777, 1, false),
        ("file", 0o1777, 0, true),
        ("file", 0o0755, 1, true),
        ("file", 0o0777, 1, true),
    ] {
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(mode)).expect("a mode");
        symlink(lead, &link).expect("a link");
        lchown(&link, Some(owner), None).expect("another owner");
        if followed {
            io::save(&model(0), &link).expect("saved");
        } else {
            let why = "it is another user's symbolic link in a directory that everybody may write \
                       to; nothing is changed: name the file itself";
            not_written(io::save(&model(0), &link), &link, why);
            assert_eq!(fs::read_to_string(&file).expect("the file"), "mine");
        }
        fs::remove_file(&link).expect("the link");
    }
}

#[test]
fn other_hard_links_keep_the_old_content() {
    let (directory, file) = place();
    io::save(&model(0), &file).expect("saved");
    let other = directory.path().join("other");
    fs::hard_link(&file, &other).expect("a hard link");
    io::save(&model(1), &file).expect("saved");
    let mut loaded = model(2);
    io::load(&mut loaded, &other).expect("loaded");
    assert!(same(&state(&loaded), &state(&model(0))));
}
