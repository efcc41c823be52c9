//! Progress without a terminal: few lines, and no panic over a broken output.

use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use nnx_train::{Ended, Evaluated, Progress, Recorder, Started, Stepped, Stop};

/// An output that keeps what is written.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// The lines, without rates and times, which differ from run to run.
    fn lines(&self) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(without_rate).collect()
    }
}

fn without_rate(line: &str) -> String {
    let parts = line.split(", ").filter(|part| match part.strip_suffix(" images/s") {
        Some(rate) => rate.parse::<f64>().is_err(),
        None => !part.ends_with("s left"),
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// The lines that a run of two epochs leaves.
fn run(steps: u64, losses: impl Fn(u64) -> f32) -> Vec<String> {
    let log = Log::default();
    let mut progress = Progress::to_writer(2 * steps, log.clone());
    for step in 0..2 * steps {
        progress.step(losses(step), 32);
        if (step + 1) % steps == 0 {
            progress.finish_epoch(format_args!("accuracy {:.1}%", 97.0));
        }
    }
    log.lines()
}

#[test]
fn a_long_run_leaves_a_line_each_tenth_and_each_epoch() {
    let mut expected: Vec<_> =
        (1..=10).map(|tenth| format!("step {}/10000: loss 0.5000", tenth * 1000)).collect();
    expected.insert(5, "epoch 1: mean loss 0.5000, accuracy 97.0%".into());
    expected.push("epoch 2: mean loss 0.5000, accuracy 97.0%".into());
    assert_eq!(run(5_000, |_| 0.5), expected);
}

#[test]
fn a_short_run_leaves_a_line_a_step() {
    assert_eq!(
        run(1, |step| step as f32),
        [
            "step 1/2: loss 0.0000",
            "epoch 1: mean loss 0.0000, accuracy 97.0%",
            "step 2/2: loss 0.5128",
            "epoch 2: mean loss 1.0000, accuracy 97.0%",
        ]
    );
}

#[test]
fn a_loss_that_is_not_finite_is_counted_and_the_means_go_on() {
    let losses = [1.0, f32::NAN, 3.0, f32::INFINITY, 1.0, 1.0];
    assert_eq!(
        run(3, |step| losses[step as usize]),
        [
            "step 1/6: loss 1.0000",
            "step 2/6: loss 1.0000 (NaN at step 2; 1 loss not finite)",
            "step 3/6: loss 2.0256 (NaN at step 2; 1 loss not finite)",
            "epoch 1: mean loss 2.0000 (1 loss not finite), accuracy 97.0%",
            "step 4/6: loss 2.0256 (inf at step 4; 2 losses not finite)",
            "step 5/6: loss 1.6661 (inf at step 4; 2 losses not finite)",
            "step 6/6: loss 1.4865 (inf at step 4; 2 losses not finite)",
            "epoch 2: mean loss 1.0000 (1 loss not finite), accuracy 97.0%",
        ]
    );
}

#[test]
fn a_run_that_never_had_a_finite_loss_says_so() {
    let lines = run(1, |_| f32::NAN);
    assert_eq!(lines[0], "step 1/2: loss NaN (NaN at step 1; 1 loss not finite)");
    assert_eq!(lines[1], "epoch 1: mean loss NaN (1 loss not finite), accuracy 97.0%");
}

#[test]
fn a_run_longer_or_shorter_than_announced_goes_on() {
    for total in [0, 3] {
        let log = Log::default();
        let mut progress = Progress::to_writer(total, log.clone());
        (0..5).for_each(|_| progress.step(1.0, 1));
        progress.finish_epoch("done");
        assert_eq!(log.lines().last().unwrap(), "epoch 1: mean loss 1.0000, done");
    }
}

/// The lines of a loop that resumes after `first` steps and ends after `last`; three steps are an epoch.
fn recorded(first: u64, last: u64, evaluate_every: u64, reason: Stop) -> Vec<String> {
    let log = Log::default();
    let mut progress = Progress::to_writer(0, log.clone());
    let (steps, steps_per_epoch) = (Some(12), Some(3));
    let start =
        Started { step: first, steps, steps_per_epoch, unit: "images", ..Started::default() };
    progress.start(&start).unwrap();
    for step in first + 1..=last {
        let epoch = (step - 1) / 3;
        let learning_rate = Some(0.1 / step as f64);
        let stepped =
            Stepped { step, epoch, loss: 1.0, count: 8, learning_rate, ..Stepped::default() };
        Recorder::step(&mut progress, &stepped).unwrap();
        if step % evaluate_every == 0 {
            let metrics = [("accuracy".to_owned(), 0.98764), ("loss".to_owned(), 0.25)];
            let best = step == evaluate_every;
            let metrics = &metrics[..];
            let evaluation = Evaluated { step, epoch, metrics, best, ..Evaluated::default() };
            progress.evaluation(&evaluation).unwrap();
        }
    }
    progress.end(&Ended { step: last, reason, ..Ended::default() }).unwrap();
    log.lines()
}

#[test]
fn a_loop_tells_its_epochs_evaluations_and_end() {
    assert_eq!(
        recorded(0, 6, 3, Stop::Interrupted),
        [
            "step 2/12: loss 1.0000, learning rate 0.05",
            "step 3/12: loss 1.0000, learning rate 0.03333",
            "epoch 1: mean loss 1.0000, accuracy 0.9876, loss 0.25 (best)",
            "step 4/12: loss 1.0000, learning rate 0.025",
            "step 5/12: loss 1.0000, learning rate 0.02",
            "step 6/12: loss 1.0000, learning rate 0.01667",
            "epoch 2: mean loss 1.0000, accuracy 0.9876, loss 0.25",
            "interrupted after step 6, 0s",
        ]
    );
}

#[test]
fn epochs_without_an_evaluation_and_evaluations_within_an_epoch_have_lines() {
    let lines = recorded(0, 7, 5, Stop::Finished);
    let lines: Vec<&str> = lines.iter().map(|line| line.split(", l").next().unwrap()).collect();
    assert_eq!(
        lines,
        [
            "step 2/12: loss 1.0000",
            "step 3/12: loss 1.0000",
            "epoch 1: mean loss 1.0000",
            "step 4/12: loss 1.0000",
            "step 5/12: loss 1.0000",
            "step 5: accuracy 0.9876",
            "step 6/12: loss 1.0000",
            "epoch 2: mean loss 1.0000"
        ]
    );
}

#[test]
fn a_loop_that_goes_on_counts_from_its_checkpoint() {
    let lines = recorded(9, 12, 100, Stop::Finished);
    let lines: Vec<&str> = lines.iter().map(|line| line.split(", l").next().unwrap()).collect();
    assert_eq!(
        lines,
        [
            "goes on after step 9",
            "step 10/12: loss 1.0000",
            "step 11/12: loss 1.0000",
            "step 12/12: loss 1.0000",
            "epoch 4: mean loss 1.0000"
        ]
    );
}

#[test]
fn the_time_left_is_that_of_the_speed_so_far() {
    let log = Log::default();
    let mut progress = Progress::to_writer(10, log.clone());
    std::thread::sleep(std::time::Duration::from_millis(300));
    (0..10).for_each(|_| progress.step(1.0, 1));
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    // One of ten steps took 0.3 s or, on a busy machine, a little more; the tenth leaves nothing.
    let left = lines[0].rsplit(", ").next().unwrap().strip_suffix("s left").unwrap();
    assert!((2..20).contains(&left.parse().unwrap()), "{text}");
    assert!(lines[9].ends_with(" images/s"), "{text}");
}

#[test]
fn the_rate_counts_images() {
    let log = Log::default();
    let mut progress = Progress::to_writer(1, log.clone());
    std::thread::sleep(std::time::Duration::from_millis(20));
    progress.step(1.0, 1_000);
    // Measuring after the last step doesn't count.
    std::thread::sleep(std::time::Duration::from_millis(200));
    progress.finish_epoch("done");

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let rates: Vec<f64> = text
        .lines()
        .map(|line| {
            let part = line.split(", ").find_map(|part| part.strip_suffix(" images/s")).unwrap();
            part.parse().unwrap()
        })
        .collect();
    // 1,000 images in 20 ms or, on a busy machine, a little more.
    assert!(rates[0] <= 50_000.0 && rates[0] > 5_000.0, "{rates:?}");
    assert_eq!(rates[0], rates[1]);
}

#[test]
fn a_broken_writer_is_ignored() {
    struct Broken;
    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }
    let mut progress = Progress::to_writer(10, Broken);
    (0..10).for_each(|_| progress.step(1.0, 1));
    progress.finish_epoch("done");
}

/// Not a test by itself: the next tests run it in a process whose outputs are broken.
#[test]
#[ignore = "run by the tests below"]
fn train_and_print() {
    let mut progress = Progress::new(1_000);
    (0..1_000).for_each(|_| progress.step(1.0, 1));
    progress.finish_epoch("done");
}

/// The command that runs only the function above of this test program.
fn child() -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "progress::train_and_print", "--ignored", "--nocapture"]);
    command
}

#[test]
fn standard_error_that_is_no_terminal_gets_lines() {
    let output = child().output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.lines().filter(|line| line.starts_with("step ")).count(), 10, "{text}");
    assert_eq!(without_rate(text.lines().last().unwrap()), "epoch 1: mean loss 1.0000, done");
}

#[test]
fn a_reader_who_leaves_does_not_stop_the_run() {
    let mut child = child().stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    assert!(child.wait().unwrap().success());
}

#[cfg(unix)]
#[test]
fn closed_standard_error_does_not_stop_the_run() {
    let inner = child();
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec \"$0\" \"$@\" 2>&-"]).arg(inner.get_program()).args(inner.get_args());
    assert!(shell.stdout(Stdio::null()).status().unwrap().success());
}
