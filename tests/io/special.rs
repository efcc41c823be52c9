//! Files that aren't regular (pipes, devices, directories) are neither written nor read, and stay as they are.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use nnx::files;
use nnx::io::{self, Foreign};
use nnx::prelude::*;

use crate::{not_written, place};

type Model = Linear<U2, U3>;

fn model() -> Model {
    Linear::init(&mut Rngs::new(0))
}

fn make(program: &str, path: &Path, arguments: &[&str]) -> bool {
    Command::new(program).arg(path).args(arguments).output().expect("a program").status.success()
}

/// One special file of each kind, and its name in errors. The device is a copy of /dev/zero made by `mknod`; without
/// the permission to make one it is /dev/zero itself.
fn specials(directory: &Path) -> Vec<(PathBuf, &'static str)> {
    let at = |name: &str| directory.join(name);
    assert!(make("mkfifo", &at("fifo"), &[]));
    UnixListener::bind(at("socket")).expect("a socket");
    fs::create_dir(at("folder")).expect("a directory");
    let device = if make("mknod", &at("device"), &["c", "1", "5"]) {
        at("device")
    } else {
        PathBuf::from("/dev/zero")
    };
    vec![
        (at("fifo"), "a FIFO"),
        (at("socket"), "a socket"),
        (at("folder"), "a directory"),
        (device, "a device"),
    ]
}

/// Everything in the directory, and which file it is.
fn inodes(directory: &Path) -> Vec<(PathBuf, u64)> {
    let entries = fs::read_dir(directory).expect("the directory").map(|entry| {
        let path = entry.expect("an entry").path();
        let inode = fs::symlink_metadata(&path).expect("what is there").ino();
        (path, inode)
    });
    let mut entries: Vec<_> = entries.collect();
    entries.sort();
    entries
}

#[test]
fn saving_onto_it_is_an_error_and_leaves_it_alone() {
    let (directory, _) = place();
    for (path, found) in specials(directory.path()) {
        let link = path.with_file_name("link");
        if path.starts_with(directory.path()) {
            symlink(&path, &link).expect("a link");
        }
        let before = inodes(directory.path());
        let why =
            format!("it is {found}, not a regular file; it is left alone: name a regular file");
        for path in [&path, &link].into_iter().filter(|path| fs::metadata(path).is_ok()) {
            not_written(io::save(&model(), path), path, &why);
            not_written(io::check_writable(path), path, &why);
            assert_eq!(files::write(path, b"text").expect_err("no file").to_string(), why);
        }
        assert_eq!(inodes(directory.path()), before);
        let _ = fs::remove_file(link);
    }
}

#[test]
fn loading_from_it_is_an_error_at_once() {
    let (directory, _) = place();
    for (path, found) in specials(directory.path()) {
        let mut model = model();
        let everything = Filter::everything();
        let foreign = Foreign::new(|_| None);
        for result in [
            io::load(&mut model, &path),
            io::load_of(&everything, &mut model, &path),
            io::load_state(&path).map(drop),
            foreign.load(&mut model, &path).map(drop),
        ] {
            let expected = format!(
                "{}: can't be read: it is {found}, not a regular file; name a regular file",
                path.display()
            );
            assert_eq!(result.expect_err("no file").to_string(), expected);
        }
    }
}

/// Links to open files lead to pipes, and to files that no path leads to.
#[cfg(target_os = "linux")]
#[test]
fn the_paths_of_open_files_are_followed_only_to_files() {
    use std::os::fd::AsRawFd;
    let (directory, file) = place();
    let of = |open: &dyn AsRawFd| PathBuf::from(format!("/proc/self/fd/{}", open.as_raw_fd()));

    let (_reader, writer) = std::io::pipe().expect("a pipe");
    let why = "it is a FIFO, not a regular file; it is left alone: name a regular file";
    not_written(io::save(&model(), of(&writer)), &of(&writer), why);

    let open = fs::File::create(&file).expect("a file");
    io::save(&model(), of(&open)).expect("a regular file");
    io::load(&mut model(), &file).expect("it is saved where the link leads");

    let gone = fs::File::create(directory.path().join("gone")).expect("a file");
    fs::remove_file(directory.path().join("gone")).expect("it is there");
    let why = "its symbolic link can't be followed; nothing is changed: name the file itself";
    not_written(io::save(&model(), of(&gone)), &of(&gone), why);
    assert_eq!(crate::listed(&directory), ["model.safetensors"]);
}

#[test]
fn an_open_file_waits_for_its_data_like_any_other() {
    let (_directory, file) = place();
    fs::write(&file, "text").expect("a file");
    let open = files::open(&file).expect("a file");
    let flags = nix::fcntl::fcntl(&open, nix::fcntl::FcntlArg::F_GETFL).expect("its flags");
    assert_eq!(flags & nix::fcntl::OFlag::O_NONBLOCK.bits(), 0);
    assert_eq!(std::io::read_to_string(open).expect("its text"), "text");
}
