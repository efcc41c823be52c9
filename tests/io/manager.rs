//! A directory of checkpoints: which files are kept, what a crash leaves behind, and how errors reach the caller.

use std::fs;
use std::path::Path;

use nnx::io::{Checkpoint, SavedValue};
use nnx::prelude::*;
use nnx_train::{CheckpointManager, ManagerError, saved_checkpoints};

use crate::same;

type Model = Linear<U64, U64>;

fn model(seed: u64) -> Model {
    Linear::init(&mut Rngs::new(seed))
}

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory")
}

fn manager(directory: &Path) -> CheckpointManager {
    CheckpointManager::new(directory).expect("a directory of its own")
}

fn steps(directory: &Path) -> Vec<u64> {
    let saved = saved_checkpoints(directory).expect("a directory");
    saved.iter().map(|saved| saved.step).collect()
}

fn names(directory: &tempfile::TempDir) -> Vec<String> {
    crate::listed(directory)
}

/// Saves checkpoints with these steps and metrics, and gives the steps that are kept.
fn kept(manager: CheckpointManager, saves: &[(u64, Option<f64>)]) -> Vec<u64> {
    let directory = manager.directory().to_owned();
    let mut manager = manager;
    for &(step, metric) in saves {
        manager.save(step, metric, ("model", &model(step))).expect("saved");
    }
    manager.finish().expect("written");
    steps(&directory)
}

#[test]
fn the_last_ones_and_the_best_are_kept() {
    let saves = [
        (1, Some(0.5)),
        (2, Some(f64::NAN)),
        (3, Some(0.1)),
        (4, None),
        (5, Some(0.9)),
        (6, Some(-0.0)),
        (7, Some(0.4)),
        (8, Some(0.9)),
        (9, Some(f64::INFINITY)),
        (10, Some(0.3)),
    ];
    let with = |change: fn(CheckpointManager) -> CheckpointManager| {
        let directory = directory();
        kept(change(manager(directory.path())), &saves)
    };
    assert_eq!(with(|manager| manager), [10], "the last alone");
    assert_eq!(with(|manager| manager.keep_last(3)), [8, 9, 10]);
    assert_eq!(with(|manager| manager.keep_lowest(2)), [3, 6, 10]);
    // JSON has no infinity, so such a metric is saved as missing.
    assert_eq!(with(|manager| manager.keep_highest(1)), [8, 10], "the newer of equal ones");
    assert_eq!(with(|manager| manager.keep_highest(2).keep_lowest(1)), [5, 6, 8, 10]);
    assert_eq!(with(|manager| manager.keep_last(100).in_foreground()).len(), 10);
}

#[test]
#[should_panic(expected = "the last checkpoint is always kept: expected at least 1, found 0")]
fn the_last_checkpoint_is_always_kept() {
    let _ = manager(directory().path()).keep_last(0);
}

#[test]
fn a_run_that_goes_back_keeps_what_it_writes() {
    let directory = directory();
    kept(manager(directory.path()).keep_last(2), &[(10, None), (20, None), (30, None)]);
    assert_eq!(steps(directory.path()), [20, 30]);
    assert_eq!(kept(manager(directory.path()).keep_last(2), &[(15, None)]), [15, 20, 30]);
}

#[test]
fn a_new_directory_is_made_and_has_nothing_to_resume() {
    let directory = directory();
    let mut manager = manager(&directory.path().join("runs/7"));
    let mut model = model(0);
    assert!(manager.resume(("model", &mut model)).expect("no checkpoint").is_none());
    assert!(manager.file(12).ends_with("runs/7/step-000000000012.safetensors"));
    assert!(manager.saved().expect("none").is_empty());
}

#[test]
fn a_step_that_is_saved_twice_is_replaced() {
    let directory = directory();
    let mut manager = manager(directory.path());
    manager.save(5, None, ("model", &model(1))).expect("saved");
    manager.save(5, 0.25, ("model", &model(2))).expect("saved");
    let mut loaded = model(0);
    let resumed = manager.resume(("model", &mut loaded)).expect("loaded").expect("a checkpoint");
    assert_eq!((resumed.step, resumed.metric), (5, Some(0.25)));
    assert!(resumed.skipped.is_empty() && resumed.file == manager.file(5));
    assert!(same(&state(&loaded), &state(&model(2))));
}

/// The saved model is that at the time of the call, even if later steps change the model while it is written.
#[test]
fn steps_after_a_save_do_not_change_what_is_written() {
    let directory = directory();
    let mut manager = manager(directory.path()).keep_last(20);
    let mut model = model(0);
    let mut optimizer = Optimizer::new(&model, sgd(0.1));
    let mut states = Vec::new();
    for step in 0..20 {
        manager.save(step, None, ("model", &model)).expect("saved");
        states.push(state(&model));
        let (_, grads) = value_and_grad(&mut model, |model, pass| {
            model.forward(Tensor::<shape![1, 64]>::ones(), pass).square().sum()
        })
        .expect("gradients");
        optimizer.update(&mut model, grads).expect("a step");
    }
    for saved in manager.saved().expect("written") {
        Checkpoint::load(&saved.file, ("model", &mut model)).expect("whole");
        let step = usize::try_from(saved.step).expect("few");
        assert!(same(&state(&model), &states[step]), "step {step}");
    }
    assert!(!same(&states[0], &states[19]));
}

/// Damages the file of a step.
fn damage(manager: &CheckpointManager, step: u64, with: fn(Vec<u8>) -> Vec<u8>) {
    let file = manager.file(step);
    let bytes = fs::read(&file).expect("the file");
    fs::write(&file, with(bytes)).expect("the file");
}

const DAMAGES: [fn(Vec<u8>) -> Vec<u8>; 4] = [
    |mut bytes| {
        bytes.truncate(bytes.len() - 1);
        bytes
    },
    |_| Vec::new(),
    |bytes| vec![0; bytes.len()],
    |mut bytes| {
        bytes.truncate(100);
        bytes
    },
];

#[test]
fn broken_checkpoints_are_skipped_and_listed() {
    let directory = directory();
    let mut manager = manager(directory.path()).keep_last(10);
    for step in 1..=5 {
        manager.save(step, None, ("model", &model(step))).expect("saved");
    }
    manager.wait().expect("written");
    for (step, with) in (2..=5).zip(DAMAGES) {
        damage(&manager, step, with);
    }
    let mut loaded = model(0);
    let resumed = manager.resume(("model", &mut loaded)).expect("loaded").expect("a checkpoint");
    assert_eq!(resumed.step, 1);
    assert!(same(&state(&loaded), &state(&model(1))));
    let skipped: Vec<_> = resumed.skipped.iter().map(|skipped| skipped.file.clone()).collect();
    assert_eq!(skipped, [5, 4, 3, 2].map(|step| manager.file(step)));
    let cut = format!("skipped {}: not a whole safetensors file: ", manager.file(5).display());
    let text = resumed.skipped[0].to_string();
    assert!(
        text.starts_with(&cut) && text.ends_with("; it may be cut short, or another kind of file"),
        "{text}"
    );
    assert!(skipped.iter().all(|file| file.exists()), "they stay");
    assert_eq!(steps(directory.path()), [1]);

    // Broken files don't count among those that are kept, and the last good one stays.
    let mut manager = manager.keep_last(2);
    manager.save(3, None, ("model", &model(3))).expect("saved");
    assert_eq!(manager.saved().expect("written").len(), 2);
    assert_eq!(steps(directory.path()), [1, 3]);
}

#[test]
fn a_directory_of_broken_checkpoints_is_an_error_and_not_a_new_run() {
    let directory = directory();
    let mut manager = manager(directory.path()).keep_last(2);
    for step in 1..=2 {
        manager.save(step, None, ("model", &model(step))).expect("saved");
    }
    manager.wait().expect("written");
    damage(&manager, 1, DAMAGES[1]);
    damage(&manager, 2, DAMAGES[1]);
    let mut loaded = model(0);
    let error = manager.resume(("model", &mut loaded)).expect_err("no whole checkpoint");
    let problem = "not a whole safetensors file: 0 bytes, less than its header takes; it may be cut short, or \
                   another kind of file";
    assert_eq!(
        error.to_string(),
        format!(
            "{}: none of the 2 checkpoints is whole, and nothing is loaded: to start anew, move them away\n  {}: \
             {problem}\n  {}: {problem}",
            directory.path().display(),
            manager.file(2).display(),
            manager.file(1).display()
        )
    );
    assert!(same(&state(&loaded), &state(&model(0))));
}

#[test]
fn a_whole_checkpoint_that_does_not_fit_is_an_error_and_not_skipped() {
    let directory = directory();
    let mut manager = manager(directory.path()).keep_last(2);
    manager.save(1, None, ("model", &model(1))).expect("saved");
    manager.save(2, None, (("model", &model(2)), ("seed", &SavedValue(7)))).expect("saved");
    let error = manager.resume(("model", &mut model(0))).expect_err("a part more");
    assert_eq!(
        error.to_string(),
        format!(
            "{}: the checkpoint doesn't fit, and nothing is changed:\n  `seed`: in the file, and not asked for: load \
             it too, or use `Checkpoint::load_some`, which leaves out what isn't asked for",
            manager.file(2).display()
        )
    );
}

#[test]
fn a_directory_belongs_to_one_manager_at_a_time() {
    let directory = directory();
    let mut first = manager(directory.path());
    let error = CheckpointManager::new(directory.path()).expect_err("in use");
    assert!(matches!(error, ManagerError::InUse { .. }));
    assert_eq!(
        error.to_string(),
        format!(
            "{}: another run keeps its checkpoints here: wait until it ends, or name another directory; to read \
             checkpoints of a run that goes on, use `saved_checkpoints`",
            directory.path().display()
        )
    );
    first.save(1, None, ("model", &model(1))).expect("saved");
    first.finish().expect("written");
    assert_eq!(steps(directory.path()), [1]);
    drop(manager(directory.path()));
}

/// Without managers, the last of several writers wins, and each file is whole at any time.
#[test]
fn two_writers_of_one_file_leave_a_whole_one() {
    let directory = directory();
    let file = directory.path().join("run.safetensors");
    Checkpoint::save(&file, ("model", &model(0))).expect("saved");
    std::thread::scope(|scope| {
        for seed in 1..3 {
            let file = &file;
            scope.spawn(move || {
                for _ in 0..20 {
                    Checkpoint::save(file, ("model", &model(seed))).expect("saved");
                }
            });
        }
        let mut loaded = model(9);
        for _ in 0..40 {
            Checkpoint::load(&file, ("model", &mut loaded)).expect("whole");
            let found = (0..3).filter(|&seed| same(&state(&loaded), &state(&model(seed)))).count();
            assert_eq!(found, 1, "one of them, as a whole");
        }
    });
    assert_eq!(names(&directory), ["run.safetensors"]);
}

const GONE: &str = "No such file or directory (os error 2); nothing is changed: check the directory and its permissions";

#[test]
fn a_directory_that_vanishes_is_an_error_of_the_next_call_and_of_the_end() {
    let outer = directory();
    let path = outer.path().join("run");
    let mut manager = manager(&path);
    manager.save(1, None, ("model", &model(1))).expect("saved");
    manager.wait().expect("written");
    fs::remove_dir_all(&path).expect("the directory");
    manager.save(2, None, ("model", &model(2))).expect("nothing is known yet");
    let message = |step| {
        let file = path.join(format!("step-{step:012}.safetensors"));
        format!("checkpoint of step {step}: {}: can't be written: {GONE}", file.display())
    };
    let error = manager.save(3, None, ("model", &model(3))).expect_err("of the one before");
    assert_eq!(error.to_string(), message(2));
    // The directory exists again, and saving works again.
    let error = manager.wait().expect_err("of the third");
    assert_eq!(error.to_string(), message(3));
    fs::create_dir(&path).expect("a directory");
    manager.save(4, None, ("model", &model(4))).expect("no error is left");
    manager.wait().expect("written");
    assert_eq!(steps(&path), [4]);
    fs::remove_dir_all(&path).expect("the directory");
    manager.save(5, None, ("model", &model(5))).expect("nothing is known yet");
    assert_eq!(manager.finish().expect_err("at the end").to_string(), message(5));
}

#[test]
fn a_part_that_can_not_be_saved_is_an_error_at_once() {
    let directory = directory();
    let mut manager = manager(directory.path());
    let error =
        manager.save(7, None, ("best", &crate::checkpoint::UNREADABLE)).expect_err("unreadable");
    let start =
        "checkpoint of step 7: the checkpoint can't be saved, and nothing is changed:\n  `best`: ";
    assert!(error.to_string().starts_with(start), "{error}");
    assert!(names(&directory).is_empty());
}

#[test]
fn a_file_in_place_of_the_directory_is_refused() {
    let directory = directory();
    let file = directory.path().join("file");
    fs::write(&file, "text").expect("a file");
    let error = CheckpointManager::new(&file).expect_err("a file");
    let text = error.to_string();
    let start = format!("{}: can't keep checkpoints here: ", file.display());
    let end = "; check the directory and its permissions";
    assert!(text.starts_with(&start) && text.ends_with(end), "{text}");
    assert_eq!(fs::read_to_string(&file).expect("the file"), "text");
}

#[test]
fn temporary_files_of_killed_processes_are_removed_and_other_files_stay() {
    let directory = directory();
    let left = ".step-000000000900.safetensors.0123456789abcdef.fedcba9876543210.nnx-tmp";
    let stay = [
        ".nnx-tmp",
        ".x.0123456789abcdef.nnx-tmp",
        "notes.txt",
        "step-1.safetensors.bak",
        "x.0123456789abcdef.fedcba9876543210.nnx-tmp",
    ];
    for name in stay.iter().copied().chain([left]) {
        fs::write(directory.path().join(name), "x").expect("a file");
    }
    drop(manager(directory.path()));
    assert_eq!(names(&directory), stay);
}

/// Root may write anywhere: another user tries.
#[cfg(unix)]
#[test]
fn a_read_only_directory_is_refused_before_the_first_step() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let directory = directory();
    let path = directory.path().join("run");
    fs::create_dir(&path).expect("a directory");
    let set_mode = |mode| {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("permissions");
    };
    if fs::metadata(&path).expect("the directory").uid() == 0 {
        return read_only::as_another_user(&directory);
    }
    set_mode(0o555);
    read_only::refused(&path);
    set_mode(0o755);
}

#[cfg(unix)]
mod read_only {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;

    use super::*;
    use crate::process::{command, inside, said};

    pub(super) fn refused(path: &Path) {
        let error = CheckpointManager::new(path).expect_err("read-only");
        assert_eq!(
            error.to_string(),
            format!(
                "checkpoint of step 0: {}: can't be written: Permission denied (os error 13); nothing is changed: \
                 check the directory and its permissions",
                path.join("step-000000000000.safetensors").display()
            )
        );
    }

    /// Runs the following test as nobody.
    pub(super) fn as_another_user(directory: &tempfile::TempDir) {
        const TEST: &str = "manager::read_only::in_a_process_of_another_user";
        const NOBODY: u32 = 65_534;
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755))
            .expect("permissions");
        // This program may be in a directory that other users can't read, so it is copied.
        let program = tempfile::tempdir().expect("a directory");
        fs::set_permissions(program.path(), fs::Permissions::from_mode(0o755))
            .expect("permissions");
        let copy = program.path().join("copy");
        fs::copy(std::env::current_exe().expect("this program"), &copy).expect("a copy");
        let exec = format!("cd / && exec '{}' --exact {TEST} --nocapture;", copy.display());
        let mut command = command(&[], &exec, TEST, directory.path());
        command.gid(NOBODY);
        command.uid(NOBODY);
        assert!(said(&command.output().expect("a shell")).contains("refused"));
    }

    #[test]
    fn in_a_process_of_another_user() {
        if let Some(directory) = inside() {
            refused(&directory.join("run"));
            eprintln!("refused");
        }
    }
}

/// No room for a new checkpoint: a limit on the size of files, as `atomic` has it.
#[cfg(unix)]
#[test]
fn a_disk_without_room_is_an_error_and_the_last_checkpoint_stays() {
    use crate::process::{inside, run, said};
    const TEST: &str = "manager::a_disk_without_room_is_an_error_and_the_last_checkpoint_stays";
    if let Some(path) = inside() {
        let mut manager = manager(&path);
        manager.save(2, None, ("model", &model(2))).expect("nothing is known yet");
        let error = manager.finish().expect_err("no room");
        let file = path.join("step-000000000002.safetensors");
        assert_eq!(
            error.to_string(),
            format!(
                "checkpoint of step 2: {}: can't be written: File too large (os error 27); nothing is changed: free \
                 some space, or name a file on another disk",
                file.display()
            )
        );
        eprintln!("refused");
        return;
    }
    let directory = directory();
    kept(manager(directory.path()), &[(1, None)]);
    assert!(said(&run("trap '' XFSZ; ulimit -f 8;", TEST, directory.path())).contains("refused"));
    assert_eq!(names(&directory), ["step-000000000001.safetensors"]);
    assert_eq!(steps(directory.path()), [1]);
}
