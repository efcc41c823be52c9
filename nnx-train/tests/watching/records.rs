//! Records as JSON lines and CSV: what is in them, and what stays of them when something breaks.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nnx_train::{
    CsvRecorder, Curve, Ended, Evaluated, History, JsonRecorder, Note, RecordError, Recorder,
    Started, Stepped, Stop,
};
use tempfile::TempDir;

/// The interface that both kinds of record share.
trait Record: Recorder + Sized {
    const NAME: &str;
    const OPEN: fn(&Path) -> Result<Self, RecordError>;
    const CREATE: fn(&Path) -> Result<Self, RecordError>;
    const READ: fn(&Path) -> Result<History, RecordError>;
    fn scalar(&mut self, step: u64, name: &str, value: f64) -> Result<(), RecordError>;
    fn cut_back(&mut self, step: u64) -> Result<(), RecordError>;
}

macro_rules! record {
    ($type:ident, $name:literal) => {
        impl Record for $type {
            const NAME: &str = $name;
            const OPEN: fn(&Path) -> Result<Self, RecordError> = |path| $type::open(path);
            const CREATE: fn(&Path) -> Result<Self, RecordError> = |path| $type::create(path);
            const READ: fn(&Path) -> Result<History, RecordError> = |path| $type::read(path);
            fn scalar(&mut self, step: u64, name: &str, value: f64) -> Result<(), RecordError> {
                self.scalar(step, name, value)
            }
            fn cut_back(&mut self, step: u64) -> Result<(), RecordError> {
                self.cut_back(step)
            }
        }
    };
}
record!(JsonRecorder, "run.jsonl");
record!(CsvRecorder, "run.csv");

fn folder<R: Record>() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(R::NAME);
    (folder, file)
}

/// A record of the steps 1 to `steps`, of which the loss is the number.
fn recorded<R: Record>(file: &Path, steps: u64) -> R {
    let mut record = R::CREATE(file).unwrap();
    (1..=steps).for_each(|step| record.scalar(step, "loss", step as f64).unwrap());
    record
}

fn steps<R: Record>(file: &Path) -> Vec<u64> {
    let history = R::READ(file).unwrap();
    let points = history.curve("loss").map_or(&[][..], |curve| &curve.points);
    points.iter().map(|&(step, value)| (assert_eq!(step as f64, value), step).1).collect()
}

macro_rules! for_both {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            check::$name::<JsonRecorder>();
            check::$name::<CsvRecorder>();
        }
    )*};
}
for_both! {
    names_and_values_of_all_kinds_come_back
    half_a_line_of_a_killed_run_is_removed
    a_run_that_goes_on_cuts_its_record_back_to_its_checkpoint
    a_new_run_starts_with_an_empty_record
    steps_that_go_down_are_refused
    a_value_without_a_name_is_refused
    a_file_of_another_kind_is_left_alone
    a_record_has_one_writer
    a_record_of_a_running_run_is_read
    paths_that_cannot_be_written_are_named
    a_loop_is_recorded
    a_loop_that_goes_on_cuts_its_record_back
}

mod check {
    use super::*;

    pub(super) fn names_and_values_of_all_kinds_come_back<R: Record>() {
        let (_folder, file) = folder::<R>();
        let names = ["a/b/c", "a,b", "\"quoted\"", "größe µ 損失 😀", "=1+1", " ", "\\", "a'b;c\t"];
        let values = [
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            -0.0,
            f64::MIN_POSITIVE,
            f64::MAX,
            f64::from(0.1f32),
            5e-324,
        ];
        let mut record = R::CREATE(&file).unwrap();
        for (step, (name, value)) in (1..).zip(names.into_iter().zip(values)) {
            record.scalar(step, name, value).unwrap();
        }
        let history = R::READ(&file).unwrap();
        for (step, (name, value)) in (1..).zip(names.into_iter().zip(values)) {
            let [(found_step, found)] = history.curve(name).unwrap().points[..] else {
                panic!("{name}: one point");
            };
            assert_eq!(found_step, step);
            assert!(found.to_bits() == value.to_bits() || found.is_nan() && value.is_nan());
        }
        assert_eq!(history.curves.len(), names.len());
    }

    pub(super) fn half_a_line_of_a_killed_run_is_removed<R: Record>() {
        let (_folder, file) = folder::<R>();
        drop(recorded::<R>(&file, 3));
        let whole = fs::read(&file).unwrap();
        let last_line = whole[..whole.len() - 1].iter().rposition(|&b| b == b'\n').unwrap() + 1;
        // Wherever the process was killed while it wrote the last line.
        for killed in last_line..whole.len() {
            fs::write(&file, &whole[..killed]).unwrap();
            assert_eq!(steps::<R>(&file), [1, 2], "a reader passes over it");
            let mut record = R::OPEN(&file).unwrap();
            record.scalar(3, "loss", 3.0).unwrap();
            drop(record);
            assert_eq!(steps::<R>(&file), [1, 2, 3], "killed at {killed}");
        }
    }

    pub(super) fn a_run_that_goes_on_cuts_its_record_back_to_its_checkpoint<R: Record>() {
        let (_folder, file) = folder::<R>();
        for checkpoint in 0..=5 {
            drop(recorded::<R>(&file, 4));
            let mut record = R::OPEN(&file).unwrap();
            record.cut_back(checkpoint).unwrap();
            let kept: Vec<u64> = (1..=checkpoint.min(4)).collect();
            assert_eq!(steps::<R>(&file), kept);
            record.scalar(6, "loss", 6.0).unwrap();
            assert_eq!(steps::<R>(&file), [kept, vec![6]].concat());
        }
    }

    pub(super) fn a_new_run_starts_with_an_empty_record<R: Record>() {
        let (_folder, file) = folder::<R>();
        let mut record = R::CREATE(&file).unwrap();
        // Measured before the first step.
        record.scalar(0, "loss", 0.0).unwrap();
        record.scalar(1, "loss", 1.0).unwrap();
        drop(record);
        let record = R::CREATE(&file).unwrap();
        drop(record);
        assert_eq!(R::READ(&file).unwrap(), History::default());
    }

    pub(super) fn steps_that_go_down_are_refused<R: Record>() {
        let (_folder, file) = folder::<R>();
        let mut record = recorded::<R>(&file, 4);
        let expected = format!(
            "{}: step 3 after step 4: steps of a record don't go down; to go on from a checkpoint, call \
             `cut_back` with its step first",
            file.display()
        );
        assert_eq!(record.scalar(3, "loss", 3.0).unwrap_err().to_string(), expected);
        // The same when the record was opened again.
        drop(record);
        let mut record = R::OPEN(&file).unwrap();
        assert_eq!(record.scalar(3, "loss", 3.0).unwrap_err().to_string(), expected);
        record.cut_back(2).unwrap();
        record.scalar(3, "loss", 3.0).unwrap();
        record.scalar(3, "accuracy", 0.5).unwrap();
        assert_eq!(steps::<R>(&file), [1, 2, 3]);
    }

    pub(super) fn a_value_without_a_name_is_refused<R: Record>() {
        let (_folder, file) = folder::<R>();
        let mut record = recorded::<R>(&file, 1);
        assert_eq!(
            record.scalar(7, "", 3.0).unwrap_err().to_string(),
            format!(
                "{}: a value of step 7 has an empty name; name each curve, such as `train/loss`",
                file.display()
            )
        );
        assert_eq!(steps::<R>(&file), [1]);
    }

    pub(super) fn a_file_of_another_kind_is_left_alone<R: Record>() {
        let (_folder, file) = folder::<R>();
        let content = "My notes of the run, which nobody wants to lose and which go on and on\n";
        fs::write(&file, content).unwrap();
        for error in
            [R::CREATE(&file).map(drop), R::OPEN(&file).map(drop), R::READ(&file).map(drop)]
        {
            let error = error.unwrap_err().to_string();
            let expected = format!("{}: line 1: expected ", file.display());
            assert!(error.starts_with(&expected), "{error}");
            let end = ", found `My notes of the run, which nobody wants to lose and which go`; it is left \
                       alone: name another file, or correct the line";
            assert!(error.ends_with(end), "{error}");
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), content);
    }

    pub(super) fn a_record_has_one_writer<R: Record>() {
        let (_folder, file) = folder::<R>();
        let record = recorded::<R>(&file, 2);
        assert_eq!(
            R::CREATE(&file).map(drop).unwrap_err().to_string(),
            format!(
                "{}: another run is writing to it; end that run, or name another file",
                file.display()
            )
        );
        drop(record);
        assert_eq!(steps::<R>(&file), [1, 2]);
        R::OPEN(&file).unwrap();
    }

    pub(super) fn a_record_of_a_running_run_is_read<R: Record>() {
        let (_folder, file) = folder::<R>();
        let mut record = recorded::<R>(&file, 2);
        assert_eq!(steps::<R>(&file), [1, 2]);
        record.scalar(3, "loss", 3.0).unwrap();
        assert_eq!(steps::<R>(&file), [1, 2, 3]);
    }

    pub(super) fn paths_that_cannot_be_written_are_named<R: Record>() {
        let (folder, file) = folder::<R>();
        let error = |path: &Path| R::CREATE(path).map(drop).unwrap_err().to_string();
        let missing = folder.path().join("missing").join("run");
        assert!(
            error(&missing)
                .starts_with(&format!("{}: can't be written: No such file", missing.display()))
        );
        assert_eq!(
            error(folder.path()),
            format!(
                "{}: can't be written: it is a directory, not a regular file; it is left alone: name a \
                 regular file",
                folder.path().display()
            )
        );
        fs::write(&file, "").unwrap();
        let below = file.join("run");
        assert!(error(&below).contains("can't be written: "), "{}", error(&below));
        let error = R::READ(&missing).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{}: can't be read: ", missing.display())), "{error}");
    }

    fn train(record: &mut impl Record, steps: std::ops::RangeInclusive<u64>) {
        let start = Started { step: steps.start() - 1, unit: "images", ..Started::default() };
        record.start(&start).unwrap();
        for step in steps.clone() {
            let loss = step as f32;
            let duration = Duration::from_millis(500);
            let learning_rate = Some(0.5);
            let step =
                Stepped { step, loss, learning_rate, count: 32, duration, ..Stepped::default() };
            record.step(&step).unwrap();
        }
        let metrics = [("accuracy".to_owned(), 0.75)];
        let evaluation =
            Evaluated { step: *steps.end(), metrics: &metrics, ..Evaluated::default() };
        record.evaluation(&evaluation).unwrap();
        record.note("saved").unwrap();
        let reason = Stop::Interrupted;
        record.end(&Ended { step: *steps.end(), reason, ..Ended::default() }).unwrap();
    }

    fn curve(name: &str, points: &[(u64, f64)]) -> Curve {
        Curve { name: name.into(), points: points.to_vec() }
    }

    pub(super) fn a_loop_is_recorded<R: Record>() {
        let (_folder, file) = folder::<R>();
        train(&mut R::OPEN(&file).unwrap(), 1..=2);
        let history = R::READ(&file).unwrap();
        assert_eq!(
            history.curves,
            [
                curve("train/loss", &[(1, 1.0), (2, 2.0)]),
                curve("train/learning_rate", &[(1, 0.5), (2, 0.5)]),
                curve("train/images_per_second", &[(1, 64.0), (2, 64.0)]),
                curve("evaluation/accuracy", &[(2, 0.75)]),
            ]
        );
        if R::NAME == "run.jsonl" {
            let note =
                |name: &str, text: &str| Note { step: 2, name: name.into(), text: text.into() };
            assert_eq!(history.notes, [note("note", "saved"), note("end", "interrupted")]);
        }
    }

    pub(super) fn a_loop_that_goes_on_cuts_its_record_back<R: Record>() {
        let (_folder, file) = folder::<R>();
        // Killed after step 5, while the last checkpoint is of step 3.
        train(&mut R::OPEN(&file).unwrap(), 1..=5);
        train(&mut R::OPEN(&file).unwrap(), 4..=6);
        let points: Vec<(u64, f64)> = (1..=6).map(|step| (step, step as f64)).collect();
        let history = R::READ(&file).unwrap();
        assert_eq!(history.curve("train/loss").unwrap().points, points);
        assert_eq!(history.curve("evaluation/accuracy").unwrap().points, [(6, 0.75)]);
    }
}

#[test]
fn a_line_in_the_middle_that_is_broken_is_named_with_its_number() {
    let (_folder, file) = folder::<CsvRecorder>();
    for row in ["1,1.5,loss", "1,1.5,loss,high", "1,1.5,loss,2,3", "-1,1.5,loss,2", "\"1,2"] {
        fs::write(&file, format!("step,time,name,value\n1,1.5,loss,2.5\n{row}\n")).unwrap();
        assert_eq!(
            CsvRecorder::read(&file).unwrap_err().to_string(),
            format!(
                "{}: line 3: expected `step,time,name,value` in line 1, and such a row in all others, \
                 found `{row}`; it is left alone: name another file, or correct the line",
                file.display()
            )
        );
    }
    let (_folder, file) = folder::<JsonRecorder>();
    for row in
        ["{}", "[1]", "{\"step\":-1}", "{\"step\":1,\"values\":{\"loss\":\"high\"}}", "\u{0}"]
    {
        fs::write(&file, format!("{{\"step\":1,\"values\":{{}}}}\n{row}\n")).unwrap();
        let error = JsonRecorder::read(&file).unwrap_err().to_string();
        let expected = format!(
            "{}: line 2: expected a line of JSON with a `step`, such as \
             {{\"step\":1,\"values\":{{\"loss\":2.5}}}}, found `{row}`; ",
            file.display()
        );
        assert!(error.starts_with(&expected), "{error}");
    }
}

#[test]
fn line_breaks_in_names_and_texts_break_no_line() {
    let (_folder, file) = folder::<CsvRecorder>();
    let mut record = CsvRecorder::create(&file).unwrap();
    record.scalar(1, "a\r\nb", 1.0).unwrap();
    assert_eq!(CsvRecorder::read(&file).unwrap().curves[0].name, "a  b");

    let (_folder, file) = folder::<JsonRecorder>();
    let mut record = JsonRecorder::create(&file).unwrap();
    record.scalar(1, "a\nb", 1.0).unwrap();
    record.text(1, "sample", "To be,\nor not\u{2028}to be\0").unwrap();
    let history = JsonRecorder::read(&file).unwrap();
    assert_eq!(history.curves[0].name, "a\nb");
    assert_eq!(history.notes[0].text, "To be,\nor not\u{2028}to be\0");
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 2);
}

#[test]
fn only_some_steps_are_recorded_on_demand() {
    let (_folder, file) = folder::<JsonRecorder>();
    let mut record = JsonRecorder::open(&file).unwrap().every(100);
    record.start(&Started::default()).unwrap();
    for step in 1..=250 {
        let loss = if step == 50 { f32::NAN } else { 1.0 };
        record.step(&Stepped { step, loss, ..Stepped::default() }).unwrap();
    }
    let history = JsonRecorder::read(&file).unwrap();
    let steps: Vec<u64> = history.curves[0].points.iter().map(|point| point.0).collect();
    assert_eq!(steps, [1, 50, 101, 201], "and each loss that isn't finite");
}

#[test]
fn an_error_of_a_record_keeps_its_message_as_an_io_error() {
    let (_folder, file) = folder::<JsonRecorder>();
    let mut record = recorded::<JsonRecorder>(&file, 5);
    let error = record.step(&Stepped { step: 4, ..Stepped::default() }).unwrap_err();
    assert!(error.to_string().contains("step 4 after step 5"), "{error}");
}

/// Not a test by itself: the next test runs it in a process that may write files of 8 KiB at most.
#[cfg(unix)]
#[test]
#[ignore = "run by the test below"]
fn record_until_the_disk_is_full() {
    let folder = PathBuf::from(std::env::var_os("RECORDS").unwrap());
    fn fill<R: Record>(folder: &Path) {
        let mut record = R::CREATE(&folder.join(R::NAME)).unwrap();
        let error = (1..).find_map(|step| record.scalar(step, "loss", step as f64).err()).unwrap();
        std::io::stdout().write_all(format!("\nfull: {error}\n").as_bytes()).unwrap();
    }
    fill::<JsonRecorder>(&folder);
    fill::<CsvRecorder>(&folder);
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_reported_and_the_lines_that_are_there_stay_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut shell = Command::new("sh");
    // A limit of the size of files behaves as a full disk, if its signal is ignored.
    shell.args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\""]);
    shell.arg(std::env::current_exe().unwrap());
    shell.args(["--exact", "records::record_until_the_disk_is_full", "--ignored", "--nocapture"]);
    let output = shell.env("RECORDS", folder.path()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let full: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("full: ")).collect();
    assert_eq!(full.len(), 2, "{text}");
    for (error, name) in full.iter().zip([JsonRecorder::NAME, CsvRecorder::NAME]) {
        let file = folder.path().join(name);
        let advice = "; nothing is changed: free some space, or name a file on another disk";
        assert!(error.starts_with(&format!("{}: can't be written: ", file.display())), "{error}");
        assert!(error.ends_with(advice), "{error}");
        assert!(fs::read(&file).unwrap().ends_with(b"\n"), "no half line stays");
    }
    let json = steps::<JsonRecorder>(&folder.path().join(JsonRecorder::NAME));
    let csv = steps::<CsvRecorder>(&folder.path().join(CsvRecorder::NAME));
    for steps in [json, csv] {
        assert!(steps.len() > 50, "{steps:?}");
        assert_eq!(steps, (1..=steps.len() as u64).collect::<Vec<_>>());
    }
}
