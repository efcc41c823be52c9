//! Event files of TensorBoard, read by the format as it is documented. TensorBoard itself has read them too.

use std::fs;
use std::path::Path;

use nnx_core::Tensor;
use nnx_core::module::{Init, state};
use nnx_core::nn::Linear;
use nnx_core::random::Rngs;
use nnx_core::size::{U2, U3};
use nnx_core::tensor::Tensor;
use nnx_train::{Ended, Evaluated, Recorder, Started, Stepped, TensorBoard};

/// A field of a message: its number and its value.
#[derive(Debug, PartialEq)]
enum Field<'b> {
    Number(u64, u64),
    Double(u64, f64),
    Float(u64, f32),
    Bytes(u64, &'b [u8]),
}

/// The fields of a message of Protocol Buffers, read plainly.
fn fields(mut bytes: &[u8]) -> Vec<Field<'_>> {
    fn varint(bytes: &mut &[u8]) -> u64 {
        let mut value = 0;
        for shift in (0..).step_by(7) {
            let byte = bytes.split_off_first().unwrap();
            value |= u64::from(byte & 127) << shift;
            if byte & 128 == 0 {
                return value;
            }
        }
        unreachable!()
    }
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let field = key >> 3;
        found.push(match key & 7 {
            0 => Field::Number(field, varint(&mut bytes)),
            1 => {
                let (double, rest) = bytes.split_first_chunk::<8>().unwrap();
                bytes = rest;
                Field::Double(field, f64::from_le_bytes(*double))
            }
            2 => {
                let length = varint(&mut bytes) as usize;
                let (message, rest) = bytes.split_at(length);
                bytes = rest;
                Field::Bytes(field, message)
            }
            5 => {
                let (float, rest) = bytes.split_first_chunk::<4>().unwrap();
                bytes = rest;
                Field::Float(field, f32::from_le_bytes(*float))
            }
            other => panic!("no such type of field: {other}"),
        });
    }
    found
}

fn bytes<'b>(message: &[Field<'b>], number: u64) -> Option<&'b [u8]> {
    message.iter().find_map(|field| match field {
        Field::Bytes(found, bytes) if *found == number => Some(*bytes),
        _ => None,
    })
}

fn number(message: &[Field<'_>], wanted: u64) -> u64 {
    let found = message.iter().find_map(|field| match field {
        Field::Number(found, value) if *found == wanted => Some(*value),
        _ => None,
    });
    found.unwrap_or(0)
}

/// The files of a directory in the order in which TensorBoard reads them.
fn files(directory: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = entries.collect();
    paths.sort();
    assert!(paths.iter().all(|path| path.to_str().unwrap().contains("tfevents")));
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// The events of a file.
fn events(mut file: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while !file.is_empty() {
        let length = u64::from_le_bytes(*file.first_chunk().unwrap()) as usize;
        found.push(&file[12..12 + length]);
        file = &file[16 + length..];
    }
    found
}

/// Step and name of each value that TensorBoard shows of a directory: a start of a session takes away what is there of
/// its step and later ones.
fn shown(directory: &Path) -> Vec<(u64, String)> {
    let mut found: Vec<(u64, String)> = Vec::new();
    for file in files(directory) {
        for event in events(&file) {
            let event = fields(event);
            let step = number(&event, 2);
            if let Some(session) = bytes(&event, 7) {
                assert_eq!(fields(session), [Field::Number(1, 1)]);
                found.retain(|(old, _)| *old < step);
            }
            for value in bytes(&event, 5).map_or_else(Vec::new, fields) {
                let Field::Bytes(1, value) = value else { panic!("a value, not {value:?}") };
                let tag = bytes(&fields(value), 1).unwrap().to_vec();
                found.push((step, String::from_utf8(tag).unwrap()));
            }
        }
    }
    found
}

#[test]
fn scalars_histograms_images_and_texts_are_values_of_events() {
    let folder = tempfile::tempdir().unwrap();
    let mut board = TensorBoard::create(folder.path().join("runs").join("first")).unwrap();
    board.scalar(1, "train/größe", 2.5).unwrap();
    board.scalar(2, "train/größe", f64::NAN).unwrap();
    board.histogram(2, "weights", &[0.0, 1.0, 3.0, f32::INFINITY]).unwrap();
    let image: Tensor![2, 3, 3] = Tensor::from_vec(vec![0.5; 18]).unwrap();
    board.image(3, "image", &image).unwrap();
    board.text(4, "text", "To be").unwrap();

    let directory = folder.path().join("runs").join("first");
    let file = &files(&directory)[0];
    let events: Vec<_> = events(file).into_iter().map(fields).collect();
    assert_eq!(bytes(&events[0], 3), Some(&b"brain.Event:2"[..]));
    assert!(matches!(events[0][0], Field::Double(1, time) if time > 1.6e9), "{:?}", events[0]);
    let steps: Vec<u64> = events[2..].iter().map(|event| number(event, 2)).collect();
    assert_eq!(steps, [1, 2, 2, 3, 4]);
    let value =
        |event: usize| fields(bytes(&fields(bytes(&events[event], 5).unwrap()), 1).unwrap());
    assert_eq!(value(2), [Field::Bytes(1, "train/größe".as_bytes()), Field::Float(2, 2.5)]);
    assert!(matches!(value(3)[1], Field::Float(2, nan) if nan.is_nan()));

    let histogram = fields(bytes(&fields(bytes(&events[4], 5).unwrap()), 1).unwrap());
    assert_eq!(histogram, [Field::Bytes(1, b"weights/not_finite"), Field::Float(2, 1.0)]);

    let picture = fields(bytes(&value(5), 4).unwrap());
    assert_eq!(picture[..3], [Field::Number(1, 2), Field::Number(2, 3), Field::Number(3, 3)]);
    assert!(bytes(&picture, 4).unwrap().starts_with(b"\x89PNG"));

    let text = value(6);
    assert_eq!(bytes(&fields(bytes(&text, 9).unwrap()), 1), Some(&b"\x0a\x04text"[..]));
    assert_eq!(bytes(&fields(bytes(&text, 8).unwrap()), 8), Some(&b"To be"[..]));
}

#[test]
fn a_run_that_goes_on_takes_away_what_came_after_its_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let train = |start: u64, end: u64| {
        let mut board = TensorBoard::open(folder.path()).unwrap();
        board.start(&Started { step: start, ..Started::default() }).unwrap();
        for step in start + 1..=end {
            board.step(&Stepped { step, ..Stepped::default() }).unwrap();
        }
    };
    let losses =
        || -> Vec<u64> { shown(folder.path()).into_iter().map(|(step, _)| step).collect() };
    train(0, 5);
    assert_eq!(losses(), [1, 2, 3, 4, 5]);
    train(3, 6);
    assert_eq!(losses(), [1, 2, 3, 4, 5, 6]);
    train(2, 3);
    assert_eq!(losses(), [1, 2, 3]);
    train(0, 1);
    assert_eq!(losses(), [1]);
    assert_eq!(files(folder.path()).len(), 4);
}

#[test]
fn an_evaluation_has_its_metrics_and_the_histograms_of_the_parameters() {
    let folder = tempfile::tempdir().unwrap();
    let mut board = TensorBoard::open(folder.path()).unwrap();
    let parameters = state(&Linear::<U2, U3>::init(&mut Rngs::new(0)));
    let metrics = [("accuracy".to_owned(), 0.5)];
    let evaluation = Evaluated {
        step: 7,
        metrics: &metrics,
        parameters: Some(&parameters),
        ..Evaluated::default()
    };
    board.evaluation(&evaluation).unwrap();
    board.note("saved").unwrap();
    board.end(&Ended { step: 7, ..Ended::default() }).unwrap();
    let names = ["evaluation/accuracy", "parameters/bias", "parameters/kernel", "note", "end"];
    assert_eq!(shown(folder.path()), names.map(|name| (7, name.to_owned())));
}

#[test]
fn what_cannot_be_written_is_an_error_with_the_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = TensorBoard::open(file.join("run")).map(drop).unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "{}: can't be written: its directory is a file; nothing is changed: name a directory",
            file.join("run").display()
        )
    );
    let mut board = TensorBoard::open(folder.path()).unwrap();
    board.scalar(3, "loss", 1.0).unwrap();
    let error = board.scalar(2, "loss", 1.0).unwrap_err().to_string();
    assert!(error.contains(": step 2 after step 3: steps of a record don't go down; "), "{error}");
    for error in [board.scalar(3, "", 1.0), board.histogram(3, "", &[f32::NAN])] {
        let error = error.unwrap_err().to_string();
        assert!(error.contains(": a value of step 3 has an empty name; "), "{error}");
    }
}

/// Reads a run with TensorBoard itself: `pip install tensorboard`, then
///
///     PYTHON=python3 cargo test -p nnx-train --features tensorboard --test watching -- --ignored tensorboard_itself
#[test]
#[ignore = "needs TensorBoard, a program in Python"]
fn tensorboard_itself_reads_all_kinds_of_values_and_leaves_out_what_was_cut_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut board = TensorBoard::create(folder.path()).unwrap();
    for step in 1..=5 {
        board.scalar(step, "train/größe", f64::from(step as u32) / 4.0).unwrap();
    }
    drop(board);
    // A killed process leaves half an event.
    let first = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let whole = fs::read(&first).unwrap();
    fs::write(&first, &whole[..whole.len() - 7]).unwrap();
    let mut board = TensorBoard::open(folder.path()).unwrap();
    board.cut_back(3).unwrap();
    board.scalar(4, "train/größe", f64::NAN).unwrap();
    board.scalar(5, "train/größe", f64::INFINITY).unwrap();
    board.histogram(5, "weights", &[0.0, 1.0, 3.0, f32::NAN]).unwrap();
    board.histogram(5, "equal", &[2.0, 2.0]).unwrap();
    let image: Tensor![2, 3, 3] = Tensor::from_vec(vec![0.5; 18]).unwrap();
    board.image(5, "image", &image).unwrap();
    board.text(5, "text", "To be, or *not*").unwrap();
    drop(board);

    let program = r#"
import sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1], size_guidance={"tensors": 0, "scalars": 0, "images": 0, "histograms": 0})
events.Reload()
for tag in sorted(events.Tags()["scalars"]):
    print(tag, [(event.step, event.value) for event in events.Scalars(tag)])
for tag in sorted(events.Tags()["histograms"]):
    value = events.Histograms(tag)[0].histogram_value
    print(tag, value.min, value.max, value.num, value.sum, len(value.bucket), sum(value.bucket))
image = events.Images("image")[0]
print("image", image.width, image.height, image.encoded_image_string[1:4].decode())
print("text", events.Tensors("text")[0].tensor_proto.string_val[0].decode())
print("plugin", events.SummaryMetadata("text").plugin_data.plugin_name)
"#;
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut reader = std::process::Command::new(python);
    let output = reader.args(["-c", program]).arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "train/größe [(1, 0.25), (2, 0.5), (3, 0.75), (4, nan), (5, inf)]\n\
         weights/not_finite [(5, 1.0)]\n\
         equal 2.0 2.0 2.0 4.0 1 2.0\n\
         weights 0.0 3.0 3.0 4.0 30 3.0\n\
         image 3 2 PNG\n\
         text To be, or *not*\n\
         plugin text\n"
    );
}
