//! Ctrl-C, in a process of its own: this test program, started again.

use std::io::{self, BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use nnx_core::optim::adam;
use nnx_train::{Recorder, Started, Stepped, Trainer, saved_checkpoints};

use crate::task::{loss, model, train};

const DIRECTORY: &str = "NNX_TEST_OF_SIGNALS";

/// Says on standard output where the run is, slowly.
struct Tell;

impl Recorder for Tell {
    fn start(&mut self, start: &Started) -> io::Result<()> {
        println!("start {}", start.step);
        Ok(())
    }
    fn step(&mut self, step: &Stepped) -> io::Result<()> {
        println!("step {}", step.step);
        std::thread::sleep(Duration::from_millis(5));
        Ok(())
    }
    fn note(&mut self, text: &str) -> io::Result<()> {
        println!("{text}");
        Ok(())
    }
}

/// The program that the tests stop; it isn't a test itself.
#[test]
#[ignore = "is started by the tests of signals"]
fn program() {
    let Ok(directory) = std::env::var(DIRECTORY) else { return };
    let report = Trainer::new(&mut model(0), adam(0.01))
        .steps(100_000)
        .checkpoints(directory)
        .resume(true)
        .stop_on_ctrl_c()
        .record(Tell)
        .fit(&train(), loss)
        .unwrap();
    println!("report {} {}", report.steps, report.stop);
}

/// Starts the program, sends it a signal after some steps, and returns its output.
fn stopped_by(signal: &str, directory: &std::path::Path) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "signals::program", "--ignored", "--nocapture"])
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (mut said, mut steps) = (Vec::new(), 0);
    for line in lines {
        let line = line.unwrap();
        steps += u32::from(line.starts_with("step "));
        if steps == 5 {
            steps += 1;
            let kill = Command::new("kill").args([signal, &child.id().to_string()]).status();
            assert!(kill.unwrap().success());
        }
        said.push(line);
    }
    assert!(child.wait().unwrap().success());
    said
}

#[test]
fn ctrl_c_finishes_the_step_saves_and_says_how_to_go_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut start = 0;
    for signal in ["-INT", "-TERM", "-HUP"] {
        let said = stopped_by(signal, directory.path());
        assert!(said.contains(&format!("start {start}")), "{said:?}");
        let saved = saved_checkpoints(directory.path()).unwrap();
        let [saved] = &saved[..] else { panic!("{saved:?}") };
        assert!(said.contains(&format!("report {} interrupted", saved.step)), "{said:?}");
        let note = format!(
            "step {} is saved as {}: go on with `--resume`",
            saved.step,
            saved.file.display()
        );
        assert!(said.contains(&note), "{said:?}");
        assert!(saved.step >= start + 5);
        start = saved.step;
    }
}
