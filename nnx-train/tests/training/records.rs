//! The events that a training loop sends to its recorders: start, steps, evaluations, end.

use std::cell::RefCell;
use std::io;

use nnx_core::optim::{adam, linear};
use nnx_train::{
    Dataset, Ended, Evaluated, Loader, Recorder, Run, Started, Stepped, Stop, Trainer,
};

use crate::task::{Item, items, loss, measure, model, test, train};

/// A recorder that keeps the events.
#[derive(Default)]
struct Log(RefCell<Vec<String>>);

impl Recorder for &Log {
    fn start(&mut self, start: &Started) -> io::Result<()> {
        let Started { step, steps, steps_per_epoch, unit, parameters } = start;
        let line = format!("start {step} {steps:?} {steps_per_epoch:?} {unit} {parameters:?}");
        self.0.borrow_mut().push(line);
        Ok(())
    }
    fn step(&mut self, step: &Stepped) -> io::Result<()> {
        let Stepped { step, epoch, batch, loss, learning_rate, count, .. } = step;
        assert!(loss.is_finite() || *step == 3);
        let line = format!("step {step} {epoch}.{batch} {learning_rate:.2?} {count}");
        self.0.borrow_mut().push(line);
        Ok(())
    }
    fn evaluation(&mut self, evaluation: &Evaluated<'_>) -> io::Result<()> {
        let Evaluated { step, epoch, metrics, best, parameters, .. } = evaluation;
        assert_eq!(metrics[0].0, "error");
        let parameters = parameters.map_or(0, |parameters| parameters.len());
        self.0.borrow_mut().push(format!("evaluation {step} {epoch} {best} {parameters}"));
        Ok(())
    }
    fn note(&mut self, text: &str) -> io::Result<()> {
        self.0.borrow_mut().push(text.to_owned());
        Ok(())
    }
    fn end(&mut self, end: &Ended) -> io::Result<()> {
        self.0.borrow_mut().push(format!("end {} {}", end.step, end.reason));
        Ok(())
    }
}

#[test]
fn a_recorder_is_told_everything_in_order() {
    let log = Log::default();
    let numbers = items(5).loader(3).unwrap().counting("numbers", |(x, _)| x.dims().elements());
    Trainer::new(&mut model(0), adam(linear(0.1, 0.0, 10)))
        .epochs(2)
        .evaluate(&test(), measure)
        .sample(|_| Ok("a sample".to_owned()))
        .record(&log)
        .fit(&numbers, loss)
        .unwrap();
    let expected = [
        "start 0 Some(4) Some(2) numbers Some(57)",
        "step 1 0.1 Some(0.10) 9",
        "step 2 0.2 Some(0.09) 6",
        "evaluation 2 0 false 6",
        "a sample",
        "step 3 1.1 Some(0.08) 9",
        "step 4 1.2 Some(0.07) 6",
        "evaluation 4 1 false 6",
        "a sample",
        "end 4 finished",
    ];
    assert_eq!(log.0.into_inner(), expected);
}

#[test]
fn a_run_that_fails_says_so_to_its_recorders() {
    let log = Log::default();
    let count = RefCell::new(0);
    let result =
        Trainer::new(&mut model(0), adam(0.1)).record(&log).fit(&train(), |model, pass, batch| {
            *count.borrow_mut() += 1;
            loss(model, pass, batch) * if *count.borrow() == 3 { f32::INFINITY } else { 1.0 }
        });
    let error = result.unwrap_err().to_string();
    let log = log.0.into_inner();
    assert_eq!(
        log[log.len() - 2..],
        ["step 3 0.3 None 8".to_owned(), format!("end 3 failed: {error}")]
    );

    let log = Log::default();
    let mut run = Run::new(&train()).record(&log);
    run.next_batch().unwrap();
    run.step_with_rate(0.5, None);
    drop(run);
    let lines = log.0.into_inner();
    assert_eq!(lines.last().unwrap(), "end 1 failed: the loop was left before its end");
    assert_eq!(lines[1], "step 1 0.1 None 8");
}

#[test]
fn a_run_that_is_stopped_without_a_directory_says_that_nothing_is_saved() {
    let (log, interrupt) = (Log::default(), nnx_train::Interrupt::new());
    interrupt.request();
    Trainer::new(&mut model(0), adam(0.1))
        .record(&log)
        .stop_on(&interrupt)
        .fit(&train(), loss)
        .unwrap();
    let expected = [
        "start 0 Some(7) Some(7) items Some(57)",
        "step 0 isn't saved: add `checkpoints(directory)` to go on another time",
        "end 0 interrupted",
    ];
    assert_eq!(log.0.into_inner(), expected);
}

#[test]
fn a_sample_without_evaluations_is_shown_once_for_each_epoch() {
    let log = Log::default();
    Trainer::new(&mut model(0), adam(0.1))
        .epochs(2)
        .sample(|_| Ok("a sample".to_owned()))
        .record(&log)
        .fit(&items(2).loader(2).unwrap(), loss)
        .unwrap();
    let samples = log.0.into_inner().iter().filter(|line| *line == "a sample").count();
    assert_eq!(samples, 2);
}

/// A recorder that fails at its second step.
struct FullDisk(u32);

impl Recorder for FullDisk {
    fn step(&mut self, step: &Stepped) -> io::Result<()> {
        self.0 += 1;
        assert!(self.0 <= 2, "it isn't called again");
        if step.step == 2 { Err(io::Error::other("no space left on device")) } else { Ok(()) }
    }
}

#[test]
fn a_recorder_that_fails_does_not_stop_the_run() {
    let log = Log::default();
    let report = Trainer::new(&mut model(0), adam(0.1))
        .record(FullDisk(0))
        .record(&log)
        .fit(&train(), loss)
        .unwrap();
    assert_eq!((report.steps, report.stop), (7, Stop::Finished));
    let errors: Vec<String> = report.unrecorded.iter().map(ToString::to_string).collect();
    assert_eq!(errors, ["no space left on device"]);
    assert_eq!(log.0.into_inner().last().unwrap(), "end 7 finished");
}

#[test]
fn the_reasons_to_stop_read_as_sentences() {
    let text = |stop: Stop| stop.to_string();
    assert_eq!(text(Stop::default()), "finished");
    assert_eq!(text(Stop::NoImprovement), "stopped early: no improvement");
    assert_eq!(text(Stop::TimeLimit), "stopped: the time is over");
    assert_eq!(text(Stop::Interrupted), "interrupted");
    assert_eq!(text(Stop::DryRun), "dry run: not the whole training");
}

#[test]
fn a_loader_counts_its_unit_until_its_batches_are_others() {
    let numbers = || items(6).loader(3).unwrap().counting("numbers", |(x, _)| x.dims().elements());
    let told = |train: &Loader<Item>| {
        let log = Log::default();
        let mut run = Run::new(train).record(&log).unit("rows");
        run.next_batch().unwrap();
        run.step_with_rate(0.5, None);
        drop(run);
        let lines = log.0.into_inner();
        let count = lines[1].rsplit(' ').next().unwrap().to_owned();
        (lines[0].contains(" numbers "), count)
    };
    assert_eq!(told(&numbers()), (true, "9".to_owned()));
    assert_eq!(told(&numbers().shuffled(1).workers(1).clone()), (true, "9".to_owned()));
    assert_eq!(told(&numbers().sharded(0, 3).unwrap()), (true, "3".to_owned()));
    assert_eq!(told(&numbers().map(|item| item)), (false, "3".to_owned()));
}
