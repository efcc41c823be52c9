//! The memory that a file takes while it is loaded is a few times its length, for any header.

use std::fs;

use nnx::io::{self, Foreign};
use nnx::prelude::*;

use crate::allocation::most;
use crate::{described, place, written};

/// The error of loading the bytes, without the file's name, and the peak of memory.
fn loaded(
    bytes: &[u8],
    load: impl Fn(&std::path::Path) -> Result<(), nnx::Error>,
) -> (String, usize) {
    let (_directory, file) = place();
    fs::write(&file, bytes).expect("a file");
    let (result, memory) = most(|| load(&file));
    let text = result.err().map_or(String::new(), |error| error.to_string());
    (text.replace(&format!("{}: ", file.display()), ""), memory)
}

fn as_state(file: &std::path::Path) -> Result<(), nnx::Error> {
    io::load_state(file).map(drop)
}

#[test]
fn a_name_of_a_million_parts_is_refused_before_it_is_taken_apart() {
    let name = vec!["a"; 1_000_000].join("/");
    let file = written(&format!("{{{}}}", described(&name, "U8", "1", 0, 1)), &[0]);
    let (text, memory) = loaded(&file, as_state);
    let shown = &name[..100];
    assert_eq!(
        text,
        format!(
            "tensor `{shown}.. (1999999 bytes)` has a name of 1999999 bytes, expected at most 65536"
        )
    );
    assert!(memory < 3 * file.len(), "{memory} bytes for a file of {}", file.len());
    // A load that doesn't select the damaged tensor doesn't fail.
    let (text, memory) = loaded(&file, |file| {
        io::load_of(&Filter::within("kernel"), &mut Linear::<U2, U3>::init(&mut Rngs::new(0)), file)
    });
    assert!(text.contains("\n  missing: kernel of shape (2, 3)\nwhat to do: "), "{text}");
    assert!(memory < 2 * file.len(), "{memory} bytes for a file of {}", file.len());
}

#[test]
fn many_names_of_many_parts_are_refused_before_they_are_taken_apart() {
    let names = (0..100).map(|i| format!("{i}{}", "/a".repeat(30_000)));
    let tensors: Vec<String> =
        names.enumerate().map(|(i, name)| described(&name, "U8", "1", i, i + 1)).collect();
    let file = written(&format!("{{{}}}", tensors.join(",")), &[0; 100]);
    let (text, memory) = loaded(&file, as_state);
    let most = 65_536 + file.len() / 8;
    let end = format!(
        ".. (60002 bytes)` has a path of 30001 segments, and all tensors have 3000100, expected at most \
         {most} in a file of {} bytes",
        file.len()
    );
    assert!(text.ends_with(&end), "{text}");
    assert!(memory < 2 * file.len(), "{memory} bytes for a file of {}", file.len());
}

/// Names with the largest permitted number of segments, which take the most memory.
#[test]
fn permitted_names_take_a_few_times_the_length_of_the_file() {
    let name = |i: usize| format!("{i}{}", "/a".repeat(30_000));
    let tensors: Vec<String> = (0..2)
        .map(|i| described(&name(i), "U8", "1000000", i * 1_000_000, (i + 1) * 1_000_000))
        .collect();
    let file = written(&format!("{{{}}}", tensors.join(",")), &vec![0; 2_000_000]);
    let (text, memory) = loaded(&file, as_state);
    assert_eq!(text, "");
    assert!(memory < 8 * file.len(), "{memory} bytes for a file of {}", file.len());
}

#[test]
fn a_shape_of_a_million_axes_is_counted_and_not_kept() {
    let shape = vec!["1"; 1_000_000].join(",");
    let file = written(&format!("{{{}}}", described("kernel", "U8", &shape, 0, 1)), &[0]);
    let (text, memory) = loaded(&file, as_state);
    assert_eq!(text, "tensor `kernel` has 1000000 axes, expected at most 8");
    assert!(memory < 2 * file.len(), "{memory} bytes for a file of {}", file.len());
    let (text, memory) = loaded(&file, |file| {
        Foreign::new(|_| None).load(&mut Linear::<U2, U3>::init(&mut Rngs::new(0)), file).map(drop)
    });
    assert!(text.contains("\n  unexpected: kernel of shape (1, ..) with 1000000 axes\n"), "{text}");
    assert!(memory < 2 * file.len(), "{memory} bytes for a file of {}", file.len());
}

#[test]
fn a_hundred_thousand_tensors_take_a_few_times_the_length_of_the_file() {
    let count = 100_000;
    let tensors: Vec<String> =
        (0..count).map(|i| described(&format!("{i:x}"), "U8", "", i, i + 1)).collect();
    let file = written(&format!("{{{}}}", tensors.join(",")), &vec![1; count]);
    let (text, memory) = loaded(&file, as_state);
    assert_eq!(text, "");
    assert!(memory < 16 * file.len(), "{memory} bytes for a file of {}", file.len());
}

#[test]
fn notes_and_unknown_fields_are_not_kept() {
    let notes: Vec<String> = (0..100_000).map(|i| format!("\"{i}\":\"\"")).collect();
    let notes = notes.join(",");
    let tensor = described("a", "U8", "1", 0, 1).replace("\"dtype\"", "\"notes\":[{}],\"dtype\"");
    let header = format!("{{\"__metadata__\":{{{notes}}},{tensor}}}");
    let header = header.replace("[{}]", &format!("[{}]", vec!["[]"; 500_000].join(",")));
    let file = written(&header, &[0]);
    let (text, memory) = loaded(&file, as_state);
    assert_eq!(text, "");
    assert!(memory < 2 * file.len(), "{memory} bytes for a file of {}", file.len());
}

#[test]
fn messages_do_not_repeat_what_is_as_long_as_the_file() {
    let long = "x".repeat(1_000_000);
    let one = |tensor: String| loaded(&written(&format!("{{{tensor}}}"), &[0]), as_state);
    for tensor in [
        described("a", &long, "1", 0, 1),
        described(&long, "U8", "1", 0, 1),
        described(&long, "U8", "2", 0, 1),
        described(&long, "U8", "1", 1, 2),
        format!("\"a\":\"{long}\""),
        described("a", "U8", &format!("\"{long}\""), 0, 1),
        [described(&long, "U8", "1", 0, 1), described(&long, "U8", "0", 1, 1)].join(","),
    ] {
        let (text, memory) = one(tensor);
        assert!(!text.is_empty() && text.len() < 500, "{} bytes: {:.500}", text.len(), text);
        assert!(memory < 8 * long.len(), "{memory} bytes");
    }
}

/// Data is read tensor by tensor: in addition to the model, only the largest tensor is in memory.
#[test]
fn a_large_file_is_not_held_as_a_whole() {
    type Large = Vec<Param<shape![100_000]>>;
    let mut model: Large = (0..20).map(|_| Param::new(Tensor::ones())).collect();
    let (_directory, file) = place();
    io::save(&model, &file).expect("saved");
    let length = usize::try_from(fs::metadata(&file).expect("the file").len()).expect("small");
    let (result, memory) = most(|| io::load(&mut model, &file));
    result.expect("loaded");
    assert!(memory < length + length / 4, "{memory} bytes for a file of {length}");
    let (result, memory) = most(|| io::load_of(&Filter::within("3"), &mut model, &file));
    result.expect("loaded");
    assert!(memory < length / 5, "{memory} bytes for a twentieth of {length}");
}

/// Nothing else is drawn, zeroed or copied: the weights are read directly into the model.
#[test]
fn a_model_from_a_file_has_its_weights_in_memory_once() {
    type Large = Vec<Linear<U256, U256>>;
    let make = |rngs: &mut Rngs| -> Large { (0..16).map(|_| Linear::init(rngs)).collect() };
    let (_directory, file) = place();
    io::save(&make(&mut Rngs::new(0)), &file).expect("saved");
    let length = usize::try_from(fs::metadata(&file).expect("the file").len()).expect("small");
    let (model, memory) = most(|| io::from_file_with(&file, make).expect("loaded"));
    assert_eq!(parameters(&model), 16 * (256 * 256 + 256));
    // Another tensor, whose bytes are read.
    assert!(memory < length + length / 8, "{memory} bytes for a file of {length}");
}

/// The memory for a model of a file is that of its weights, and 5 % for the bytes of one tensor, paths and the header: no
/// weight is drawn, zeroed or copied before it is read.
///
/// `NNX_MODEL_MIB=1024 cargo test --release -p nnx --test io -- five_percent` does it with 1 GiB.
#[test]
fn a_large_model_from_a_file_takes_its_weights_and_five_percent() {
    type Large = Vec<Linear<U256, U256>>;
    let mebibytes: usize =
        std::env::var("NNX_MODEL_MIB").map_or(16, |text| text.parse().expect("a number of MiB"));
    let make =
        |rngs: &mut Rngs| -> Large { (0..4 * mebibytes).map(|_| Linear::init(rngs)).collect() };
    let (_directory, file) = place();
    io::save(&make(&mut Rngs::new(0).blank()), &file).expect("saved");
    let length = usize::try_from(fs::metadata(&file).expect("the file").len()).expect("it fits");
    let (model, bytes) = most(|| io::from_file_with(&file, make).expect("loaded"));
    assert_eq!(parameters(&model), 4 * mebibytes * (256 * 256 + 256));
    println!("{bytes} bytes for a file of {length}");
    assert!(bytes <= length + length / 20, "{bytes} bytes for a file of {length}");
}
