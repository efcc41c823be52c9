//! A process that is killed while it saves leaves the old file or the new one, and a temporary file that
//! the next save removes, as it does none that could be somebody else's.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nnx::io;
use nnx::prelude::*;

use crate::process::{command, inside, run, said};
use crate::{listed, place, same};

fn model(seed: u64) -> Linear<U64, U64> {
    Linear::init(&mut Rngs::new(seed))
}

/// Which of these models is in the file.
fn found(file: &Path, seeds: &[u64]) -> u64 {
    let mut loaded = model(99);
    io::load(&mut loaded, file).expect("a whole file");
    let of = |seed: &&u64| same(&state(&loaded), &state(&model(**seed)));
    *seeds.iter().find(of).expect("one of the models")
}

/// All files except the model's.
fn others(directory: &tempfile::TempDir) -> Vec<String> {
    listed(directory).into_iter().filter(|name| name != "model.safetensors").collect()
}

/// The temporary file of a process that was killed while it wrote.
fn left_over(directory: &tempfile::TempDir) -> PathBuf {
    const TEST: &str = "leftovers::the_next_save_removes_what_a_killed_process_left";
    let before = others(directory);
    // No file may grow beyond 4 KiB, less than the model takes: a signal ends the process.
    let output = run("ulimit -f 8; ulimit -c 0;", TEST, directory.path());
    assert!(!output.status.success(), "the signal has ended it");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("panicked"), "{said}");
    let after = others(directory);
    let new: Vec<_> = after.iter().filter(|name| !before.contains(name)).collect();
    let [name] = new[..] else { panic!("{before:?}, then {after:?}") };
    assert!(name.starts_with(".model.safetensors.") && name.ends_with(".nnx-tmp"), "{name}");
    directory.path().join(name)
}

#[test]
fn the_next_save_removes_what_a_killed_process_left() {
    if let Some(directory) = inside() {
        let result = io::save(&model(1), directory.join("model.safetensors"));
        unreachable!("killed before it gets here: {result:?}");
    }
    let (directory, file) = place();
    io::save(&model(0), &file).expect("saved");
    for _ in 0..3 {
        // The next save removes the file that the killed one has left.
        let left = left_over(&directory);
        assert_eq!(others(&directory).len(), 1);
        assert!(left.exists());
        assert_eq!(found(&file, &[0, 1]), 0);
    }
    io::check_writable(&file).expect("writable");
    assert_eq!(others(&directory).len(), 1, "the check leaves everything as it is");
    io::save(&model(2), &file).expect("saved");
    assert_eq!(listed(&directory), ["model.safetensors"]);
    assert_eq!(found(&file, &[2]), 2);
}

#[test]
fn a_save_that_fails_removes_leftovers_too() {
    const TEST: &str = "leftovers::a_save_that_fails_removes_leftovers_too";
    if let Some(directory) = inside() {
        io::save(&model(1), directory.join("model.safetensors")).expect_err("no room");
        return;
    }
    let (directory, file) = place();
    left_over(&directory);
    said(&run("trap '' XFSZ; ulimit -f 8;", TEST, directory.path()));
    assert!(listed(&directory).is_empty() && !file.exists());
}

/// A lock shows that its process is alive, whoever holds it: this one, another, or another thread.
#[test]
fn a_temporary_file_that_is_locked_stays() {
    let (directory, file) = place();
    let left = left_over(&directory);
    let writer = File::open(&left).expect("the temporary file");
    writer.lock().expect("a lock");
    io::save(&model(0), &file).expect("saved");
    assert!(left.exists(), "its process lives");
    drop(writer);
    io::save(&model(1), &file).expect("saved");
    assert_eq!(listed(&directory), ["model.safetensors"]);
}

#[test]
fn files_with_other_names_stay() {
    let (directory, file) = place();
    let left = left_over(&directory).file_name().unwrap().to_str().unwrap().to_owned();
    let of_other = left.replace("model", "other");
    let longer = left.replace(".nnx-tmp", "0.nnx-tmp");
    let unlike = left.replace(".nnx-tmp", ".tmp");
    // The same start of the name, and another hash: the file of a longer name.
    let (start, _) = left.split_once("safetensors.").expect("a name");
    let of_longer = format!("{start}safetensors.0123456789abcdef.0123456789abcdef.nnx-tmp");
    let mut names =
        [of_other.as_str(), &longer, &unlike, &of_longer, ".model.safetensors", ".tmp123456"];
    for name in names {
        fs::write(directory.path().join(name), "not ours").expect("a file");
    }
    io::save(&model(0), &file).expect("saved");
    names.sort_unstable();
    assert_eq!(others(&directory), names);
}

#[test]
fn what_is_no_file_of_this_user_stays_under_any_name() {
    let (directory, file) = place();
    let left = left_over(&directory);
    let target = directory.path().join("target");
    fs::write(&target, "precious").expect("a file");
    fs::remove_file(&left).expect("the temporary file");
    symlink(&target, &left).expect("a link");
    io::save(&model(0), &file).expect("saved");
    assert!(fs::symlink_metadata(&left).expect("a link").is_symlink());
    assert_eq!(fs::read_to_string(&target).expect("the file"), "precious");

    fs::remove_file(&left).expect("the link");
    assert!(Command::new("mkfifo").arg(&left).status().expect("a program").success());
    io::save(&model(0), &file).expect("saved, without waiting");
    fs::remove_file(&left).expect("the FIFO");
    fs::create_dir(&left).expect("a directory");
    io::save(&model(0), &file).expect("saved");
    fs::remove_dir(&left).expect("the directory");

    if fs::metadata(directory.path()).expect("the directory").uid() == 0 {
        fs::write(&left, "of another user").expect("a file");
        chown(&left, Some(1), None).expect("another owner");
        io::save(&model(0), &file).expect("saved");
        assert!(left.exists(), "it isn't ours");
        chown(&left, Some(0), None).expect("the owner");
    } else {
        fs::write(&left, "ours").expect("a file");
    }
    io::save(&model(0), &file).expect("saved");
    assert!(!left.exists(), "it was all that stood in the way");
}

/// Whoever looks for the file meets it all the time while it is replaced: it is never unclear, and never
/// gone. The checks look often, because they needn't wait for the disk.
#[test]
fn writers_at_the_same_time_do_not_disturb_one_another() {
    const WRITERS: u64 = 3;
    let (directory, file) = place();
    let link = directory.path().join("link");
    symlink("model.safetensors", &link).expect("a link");
    io::save(&model(0), &file).expect("saved");
    std::thread::scope(|scope| {
        for seed in 0..WRITERS {
            let file = if seed == 0 { &link } else { &file };
            scope.spawn(move || {
                for _ in 0..15 {
                    io::save(&model(seed), file).expect("saved");
                    found(file, &[0, 1, 2]);
                }
            });
        }
        for file in [&file, &link] {
            scope
                .spawn(move || (0..1000).for_each(|_| io::check_writable(file).expect("writable")));
        }
    });
    assert_eq!(listed(&directory), ["link", "model.safetensors"]);
}

/// Each process saves two models in turn and is killed as soon as a temporary file is seen.
#[test]
fn twenty_kills_leave_a_whole_file_and_no_growing_pile() {
    const TEST: &str = "leftovers::twenty_kills_leave_a_whole_file_and_no_growing_pile";
    if let Some(directory) = inside() {
        let models = [model(0), model(1)];
        for model in models.iter().cycle() {
            io::save(model, directory.join("model.safetensors")).expect("saved");
        }
    }
    let (directory, file) = place();
    io::save(&model(0), &file).expect("saved");
    for _ in 0..20 {
        let before = others(&directory);
        let mut command = command(&[], "", TEST, directory.path());
        let mut process =
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a shell");
        while others(&directory).iter().all(|name| before.contains(name)) {
            assert!(process.try_wait().expect("a process").is_none(), "it ends by a kill only");
            std::thread::yield_now();
        }
        process.kill().expect("killed");
        process.wait().expect("its end");
        found(&file, &[0, 1]);
        assert!(others(&directory).len() <= 1, "{:?}", others(&directory));
    }
    io::save(&model(2), &file).expect("saved");
    assert_eq!(listed(&directory), ["model.safetensors"]);
    assert_eq!(found(&file, &[2]), 2);
}
