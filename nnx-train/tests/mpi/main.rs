//! Ranks that are processes: this test program, started again by `mpirun`.
//!
//! | file | holds |
//! |---|---|
//! | `main` | the tests: they start programs, and read what each rank says |
//! | `programs` | the programs |
//! | `launch` | `mpirun` |
//!
//! It needs the feature `mpi`, and `mpirun`: `apt-get install libopenmpi-dev openmpi-bin libclang-dev`. Without `mpirun` the
//! tests say so, and pass.

mod launch;
mod programs;

use std::time::{Duration, Instant};

use launch::{Launched, is_skipped, launch, launch_and_stop};
use nnx_train::{OneRank, on_threads, saved_checkpoints};

/// What ranks of one run say: all lines with this beginning, without it, by rank.
fn said(run: &Launched, what: &str) -> Vec<String> {
    let mut lines: Vec<&str> = run.output.lines().filter(|line| line.contains(what)).collect();
    lines.sort_unstable();
    lines.iter().filter_map(|line| line.split_once(what)).map(|(_, text)| text.to_owned()).collect()
}

#[test]
fn everything_is_exchanged_in_the_order_of_the_ranks() {
    if is_skipped() {
        return;
    }
    for ranks in [1, 2, 4] {
        let run = launch(ranks, "exchange", &[]);
        assert!(run.succeeded, "{}", run.output);
        assert_eq!(said(&run, " exchanged").len(), ranks, "{}", run.output);
    }
}

#[test]
fn processes_train_as_threads_bit_for_bit_and_as_one_process() {
    if is_skipped() {
        return;
    }
    let whole = programs::train(&OneRank).0;
    assert_eq!(whole.len(), 100);
    for ranks in [2, 4] {
        let (losses, bits) = on_threads(ranks, |ranks| programs::train(&ranks)).swap_remove(0);
        for (step, (whole, loss)) in whole.iter().zip(&losses).enumerate() {
            assert!((whole - loss).abs() <= 1e-5, "{ranks} ranks, step {step}: {loss} for {whole}");
        }
        let expected = format!("{:?} {bits:016x}", losses.last().unwrap());
        for _ in 0..2 {
            let run = launch(ranks, "train", &[]);
            assert!(run.succeeded, "{}", run.output);
            let first = said(&run, "rank 0 trained: ");
            assert_eq!(
                first,
                std::slice::from_ref(&expected),
                "threads and processes, run after run"
            );
            let all = said(&run, " model: ");
            assert_eq!(all, vec![format!("{bits:016x}"); ranks], "the same model on all ranks");
        }
    }
}

#[test]
fn another_model_is_refused_on_all_ranks() {
    if is_skipped() {
        return;
    }
    let run = launch(2, "refuse", &[]);
    let errors = said(&run, " error: ");
    assert_eq!(errors.len(), 2, "{}", run.output);
    for error in errors {
        assert_eq!(
            error,
            "rank 1 has a model with this number of parameters: 73, but rank 0 has 57; start the same program on all \
             ranks"
        );
    }
}

#[test]
fn a_rank_that_ends_early_or_calls_something_else_is_an_error_of_the_others() {
    if is_skipped() {
        return;
    }
    let run = launch(4, "leave", &[]);
    let errors = said(&run, " error: ");
    let lost = "rank 2 of 4 has ended while the others wait for it; its own error says why";
    assert_eq!(errors, [lost; 3], "{}", run.output);
    let run = launch(2, "confuse", &[]);
    let errors = said(&run, " error: ");
    assert_eq!(errors.len(), 2, "{}", run.output);
    for error in errors {
        assert!(
            error.starts_with("rank 1 calls `all_gather` where rank 0 calls `all_reduce`;"),
            "{error}"
        );
    }
    let run = launch(2, "lengths", &[]);
    let errors = said(&run, " error: ");
    assert_eq!(errors.len(), 2, "{}", run.output);
    for error in errors {
        assert!(error.starts_with("rank 1 gives 16 bytes where rank 0 gives 12;"), "{error}");
    }
}

#[test]
fn the_message_of_a_rank_that_fails_reaches_the_others_in_whichever_call_they_are() {
    if is_skipped() {
        return;
    }
    let run = launch(4, "fail", &[]);
    let errors = said(&run, " error: ");
    assert_eq!(errors, ["rank 2 of 4 has failed: no memory, 0 °C"; 3], "{}", run.output);
}

#[test]
fn a_rank_that_dies_ends_the_job_and_two_ranks_go_on() {
    if is_skipped() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    let start = Instant::now();
    let run = launch(4, "die", &[("NNX_TEST_DIRECTORY", path)]);
    assert!(start.elapsed() < Duration::from_secs(60), "the job hung: {}", run.output);
    assert!(!run.succeeded);
    // Of Open MPI; other launchers have other words.
    assert!(run.output.contains("rank 3"), "{}", run.output);
    let saved = saved_checkpoints(directory.path()).unwrap().last().unwrap().step;
    assert!(saved >= 20, "{saved}");
    let run = launch(2, "resume", &[("NNX_TEST_DIRECTORY", path)]);
    assert!(run.succeeded, "{}", run.output);
    let first = said(&run, "rank 0 resumed: ");
    let whole = programs::train(&OneRank).0;
    let [loss] = &first[..] else { panic!("{}", run.output) };
    let loss: f32 = loss.parse().unwrap();
    assert!((loss - whole[99]).abs() <= 1e-5, "{loss} for {}", whole[99]);
}

#[test]
fn a_signal_to_one_rank_ends_all_after_the_same_step() {
    if is_skipped() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    let run = launch(2, "signal", &[("NNX_TEST_DIRECTORY", path)]);
    assert!(run.succeeded, "{}", run.output);
    let steps = said(&run, " stopped: ");
    assert_eq!(steps.len(), 2, "{}", run.output);
    assert_eq!(steps[0], steps[1]);
    let saved = saved_checkpoints(directory.path()).unwrap().last().unwrap().step;
    assert_eq!(steps[0], format!("{saved} interrupted"));
}

/// `mpirun` waits for the time of `odls_base_sigkill_timeout` before it sends SIGTERM, and again before it kills.
#[test]
fn ctrl_c_on_mpirun_saves_a_run_of_slow_steps_if_mpirun_gives_it_time() {
    if is_skipped() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    let options = ["--mca", "odls_base_sigkill_timeout", "5"];
    let run = launch_and_stop(
        &options,
        2,
        "slow",
        &[("NNX_TEST_DIRECTORY", path)],
        "rank 0 has done step 1",
    );
    assert!(!run.succeeded, "mpirun says that it was interrupted");
    let stops = said(&run, " stopped: ");
    assert_eq!(stops.len(), 2, "{}", run.output);
    assert_eq!(stops[0], stops[1]);
    let saved = saved_checkpoints(directory.path()).unwrap().last().unwrap().step;
    assert_eq!(stops[0], format!("{saved} interrupted"));
}
