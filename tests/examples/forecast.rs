//! The example `forecast` as a process: also when it is killed and resumed.

use std::fs;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::support::{Bench, program};

const MODEL: &str = "forecast.safetensors";
const QUICK: &str = "--epochs 6 --series 100";

#[test]
fn a_killed_run_goes_on_to_the_same_bits() {
    let bench = Bench::new("forecast");
    let [whole_results, progress] = bench.trains(QUICK);
    assert_eq!(progress.iter().filter(|line| line.starts_with("epoch ")).count(), 6);
    let whole = fs::read(bench.path("out").join(MODEL)).unwrap();
    fs::remove_file(bench.path("out").join(MODEL)).unwrap();

    // 18 steps, of which every second is saved. The process is killed once the first checkpoint exists.
    let options = format!("{QUICK} --checkpoints run --save-every 2");
    let mut child = Command::new(program("forecast"))
        .current_dir(bench.path("out"))
        .args(options.split_whitespace())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let run = bench.path("out/run");
    let is_saved = || {
        let files = fs::read_dir(&run).into_iter().flatten().map(|file| file.unwrap().path());
        files.into_iter().any(|file| file.extension().is_some_and(|end| end == "safetensors"))
    };
    while !is_saved() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it saved");
        sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success() && !bench.path("out").join(MODEL).exists());

    let [results, _] = bench.trains(&format!("{options} --resume"));
    assert_eq!(results, whole_results);
    assert!(fs::read(bench.path("out").join(MODEL)).unwrap() == whole, "other bits");
}

#[test]
fn it_forecasts_better_than_the_last_value() {
    let bench = Bench::new("forecast");
    let [results, _] = bench.trains("--epochs 12 --series 200");
    let [saved, ahead, error] = &results[..] else { panic!("{results:#?}") };
    assert_eq!(saved, "saved forecast.safetensors");
    let (_, forecast) = ahead.split_once(": ").unwrap();
    assert_eq!(forecast.split(", ").count(), 12, "{ahead}");
    let (_, share) = error.split_once(", ").unwrap();
    let share = share.strip_suffix(" of that of repeating the last value").unwrap();
    assert!(share.parse::<f32>().unwrap() < 0.8, "{error}");
}
