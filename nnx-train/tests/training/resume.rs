//! Runs that were interrupted and resumed end with the bits of one that was never stopped.

use std::path::Path;

use nnx_core::optim::{adamw, warmup_cosine_decay};
use nnx_train::{
    Dataset, Goal, Interrupt, Recorder, Report, Stepped, Stop, TrainError, Trainer,
    saved_checkpoints,
};

use crate::task::{Model, bits, items, loss, measure, model, test, train};

/// Requests the end of the run in a step.
struct StopAt(u64, Interrupt);

impl Recorder for StopAt {
    fn step(&mut self, step: &Stepped) -> std::io::Result<()> {
        if step.step == self.0 {
            self.1.request();
        }
        Ok(())
    }
}

/// Everything at once: accumulation, clipping, averaged weights, early stopping, the best model.
fn run(
    directory: &Path,
    seed: u64,
    stop_at: u64,
    resume: bool,
) -> (Model, Result<Report, TrainError>) {
    let mut model = model(seed);
    let interrupt = Interrupt::new();
    let report = Trainer::new(&mut model, adamw(warmup_cosine_decay(0.0, 0.05, 3, 14, 0.001)))
        .epochs(6)
        .accumulate(3)
        .clip_by_global_norm(0.5)
        .average_weights(0.8)
        .evaluate_every_steps(5)
        .evaluate(&test(), measure)
        .stop_early(Goal::smallest("error"), 3)
        .keep_best()
        .stop_on(&interrupt)
        .record(StopAt(stop_at, interrupt.clone()))
        .checkpoints(directory)
        .resume(resume)
        .fit(&train(), loss);
    (model, report)
}

#[test]
fn an_interrupted_run_goes_on_to_the_same_bits_wherever_it_was_stopped() {
    let whole_directory = tempfile::tempdir().unwrap();
    let (whole, whole_report) = run(whole_directory.path(), 0, u64::MAX, false);
    let whole_report = whole_report.unwrap();
    // Stopped in the first epoch, at its end, within an accumulation, at an evaluation, and twice in a row.
    for stops in [vec![1], vec![7], vec![10], vec![5, 6], vec![4, 13, 20]] {
        let directory = tempfile::tempdir().unwrap();
        for (index, &stop) in stops.iter().enumerate() {
            // The seed differs each time: everything must come from the checkpoint.
            let (_, report) = run(directory.path(), index as u64, stop, index > 0);
            let report = report.unwrap();
            assert_eq!((report.steps, report.stop), (stop, Stop::Interrupted), "{stops:?}");
            assert!(report.checkpoint.unwrap().exists());
        }
        let (resumed, report) = run(directory.path(), 9, u64::MAX, true);
        let report = report.unwrap();
        assert_eq!(bits(&resumed), bits(&whole), "{stops:?}");
        assert_eq!((report.steps, &report.stop), (whole_report.steps, &whole_report.stop));
        assert_eq!((report.best, report.loss), (whole_report.best, whole_report.loss));
        assert_eq!(report.metrics, whole_report.metrics);
    }
}

#[test]
fn a_finished_run_that_is_resumed_does_nothing_more() {
    let directory = tempfile::tempdir().unwrap();
    let (whole, report) = run(directory.path(), 0, u64::MAX, false);
    let report = report.unwrap();
    let (again, second) = run(directory.path(), 1, u64::MAX, true);
    let second = second.unwrap();
    assert_eq!(bits(&again), bits(&whole));
    assert_eq!(
        (second.steps, second.metrics, second.best),
        (report.steps, report.metrics, report.best)
    );
}

#[test]
fn the_last_checkpoint_and_the_best_are_kept() {
    let directory = tempfile::tempdir().unwrap();
    let (_, report) = run(directory.path(), 0, u64::MAX, false);
    let report = report.unwrap();
    let saved = saved_checkpoints(directory.path()).unwrap();
    let steps: Vec<u64> = saved.iter().map(|saved| saved.step).collect();
    let mut expected = vec![report.best.unwrap().step, report.steps];
    expected.dedup();
    assert_eq!(steps, expected);
    assert_eq!(saved[0].metric, Some(report.best.unwrap().value));
}

#[test]
fn a_directory_with_checkpoints_is_not_overwritten_and_a_new_one_may_be_resumed() {
    let directory = tempfile::tempdir().unwrap();
    let (_, report) = run(directory.path(), 0, 4, true);
    assert_eq!(report.unwrap().steps, 4, "there was nothing to resume");
    let (_, error) = run(directory.path(), 0, 9, false);
    assert_eq!(
        error.unwrap_err().to_string(),
        format!(
            "{}: it has checkpoints of a run, the last of step 4: go on with it by `resume(true)`, such as for \
             `--resume`, or name another directory",
            directory.path().display()
        )
    );
    let other = items(49).loader(8).unwrap().shuffled(3);
    let error = Trainer::new(&mut model(0), adamw(0.1))
        .checkpoints(directory.path())
        .resume(true)
        .fit(&other, loss)
        .unwrap_err();
    assert!(matches!(error, TrainError::Checkpoint(_)), "another optimizer: {error}");
}

#[test]
fn other_data_than_that_of_the_saved_run_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let fit = |items_in_set: usize, resume: bool| {
        let loader = items(items_in_set).loader(8).unwrap();
        let mut model = model(0);
        let trainer = Trainer::new(&mut model, adamw(0.1));
        trainer.checkpoints(directory.path()).resume(resume).fit(&loader, loss)
    };
    fit(50, false).unwrap();
    let error = fit(49, true).unwrap_err().to_string();
    assert!(error.contains("49") && error.contains("50"), "{error}");
}

#[test]
fn saving_every_so_many_steps_and_keeping_several() {
    let directory = tempfile::tempdir().unwrap();
    let mut model = model(0);
    Trainer::new(&mut model, adamw(0.1))
        .steps(11)
        .checkpoints(directory.path())
        .save_every_steps(3)
        .keep_last(2)
        .fit(&train(), loss)
        .unwrap();
    let saved = saved_checkpoints(directory.path()).unwrap();
    assert_eq!(saved.iter().map(|saved| saved.step).collect::<Vec<_>>(), [9, 11]);
}

#[test]
fn a_dry_run_saves_nothing_but_opens_the_directory() {
    let directory = tempfile::tempdir().unwrap();
    let mut tried = model(0);
    Trainer::new(&mut tried, adamw(0.1))
        .checkpoints(directory.path())
        .dry_run(true)
        .fit(&train(), loss)
        .unwrap();
    assert!(saved_checkpoints(directory.path()).unwrap().is_empty());
    let file = directory.path().join("file");
    std::fs::write(&file, "no directory").unwrap();
    let error =
        Trainer::new(&mut tried, adamw(0.1)).checkpoints(&file).dry_run(true).fit(&train(), loss);
    assert!(matches!(error, Err(TrainError::Checkpoint(_))));
}

#[test]
fn settings_of_checkpoints_need_a_directory() {
    let mut model = model(0);
    let error = Trainer::new(&mut model, adamw(0.1)).resume(true).fit(&train(), loss).unwrap_err();
    assert_eq!(
        error.to_string(),
        "resume, save_every_steps and keep_last need a directory; add `checkpoints(directory)`"
    );
    let message = |f: fn()| {
        let panic = std::panic::catch_unwind(f).expect_err("refused");
        panic.downcast_ref::<&str>().map(|text| (*text).to_owned()).expect("a text")
    };
    assert_eq!(
        message(|| drop(Trainer::new(&mut crate::task::model(0), adamw(0.1)).save_every_steps(0))),
        "save_every_steps: expected at least 1 step, found 0"
    );
    assert_eq!(
        message(|| drop(Trainer::new(&mut crate::task::model(0), adamw(0.1)).keep_last(0))),
        "keep_last: the last checkpoint is always kept: expected at least 1, found 0"
    );
}
