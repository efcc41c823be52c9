//! Files that are no checkpoint, or only look like one: an error that says so, never a panic, a large
//! piece of memory or a half-loaded model.

use std::fs;

use nnx::io::{self, CheckpointError};
use nnx::prelude::*;
use nnx::random::Key;

use crate::allocation::most;
use crate::{place, same, written};

type Model = Linear<U2, U3>;

fn model() -> Model {
    Linear::init(&mut Rngs::new(0))
}

/// A valid file.
fn whole() -> Vec<u8> {
    let (_directory, file) = place();
    io::save(&model(), &file).expect("saved");
    fs::read(&file).expect("the file")
}

/// Loads the bytes, and returns the error without the file's name, if there is one. Panics if an error has changed the
/// model, or loading takes more than 16 times the memory of the file and 32 KiB.
fn loaded(bytes: &[u8]) -> Option<String> {
    let (_directory, file) = place();
    fs::write(&file, bytes).expect("a file for the test");
    let mut model = model();
    let before = state(&model);
    let (result, memory) = most(|| io::load(&mut model, &file));
    assert!(memory <= 16 * bytes.len() + 32_768, "{memory} bytes for a file of {}", bytes.len());
    let error = result.err()?;
    assert!(same(&before, &state(&model)), "the model is unchanged: {error}");
    assert!(matches!(error, nnx::Error::Checkpoint(_)), "{error:?}");
    let text = error.to_string();
    let start = format!("{}: ", file.display());
    Some(text.strip_prefix(&start).unwrap_or_else(|| panic!("no `{start}` in {text}")).to_owned())
}

fn refused(bytes: &[u8]) -> String {
    loaded(bytes).expect("bytes that are no checkpoint")
}

/// One tensor of this description, and its data.
fn one(description: &str, data: &[u8]) -> String {
    refused(&written(&format!("{{\"kernel\":{{{description}}}}}"), data))
}

fn not_whole(text: &str) -> bool {
    text.starts_with("not a whole safetensors file: ")
        && text.ends_with("; it may be cut short, or another kind of file")
}

#[test]
fn a_whole_file_loads() {
    assert_eq!(loaded(&whole()), None);
}

#[test]
fn a_missing_file_is_named() {
    let (_directory, file) = place();
    let error = io::load(&mut model(), &file).expect_err("no file").to_string();
    let expected = format!("{}: can't be read: No such file", file.display());
    assert!(error.starts_with(&expected), "{error}");
    assert!(error.ends_with("; check the path and its permissions"), "{error}");
}

#[test]
fn a_directory_is_no_file() {
    let (directory, _) = place();
    let error = io::load(&mut model(), directory.path()).expect_err("a directory");
    assert!(matches!(error, nnx::Error::Checkpoint(CheckpointError::Read { .. })), "{error:?}");
    assert!(
        error.to_string().contains(
            ": can't be read: it is a directory, not a regular file; name a regular file"
        ),
        "{error}"
    );
}

#[test]
fn a_file_longer_than_its_header_says_is_refused_unread() {
    let (_directory, file) = place();
    std::fs::write(&file, whole()).expect("a file");
    // A sparse file of a hundred gigabytes takes no space on the disk.
    let opened = std::fs::OpenOptions::new().write(true).open(&file).expect("the file");
    opened.set_len(100 << 30).expect("a file system with holes");
    let error = io::load(&mut model(), &file).expect_err("a lying file").to_string();
    assert!(error.contains("107374182400 bytes, but its header describes"), "{error}");
}

#[test]
fn an_empty_file_is_refused() {
    assert!(not_whole(&refused(&[])));
}

#[test]
fn a_file_cut_short_anywhere_is_refused() {
    let whole = whole();
    for length in 0..whole.len() {
        let text = refused(&whole[..length]);
        assert!(not_whole(&text), "cut to {length} of {}: {text}", whole.len());
    }
}

#[test]
fn bytes_after_the_end_are_refused() {
    let longer = [whole(), vec![0; 8]].concat();
    assert!(not_whole(&refused(&longer)));
}

#[test]
fn a_header_longer_than_the_file_is_refused() {
    for length in [9, 1000, 99_999_999, 100_000_001, u64::from(u32::MAX), u64::MAX / 2, u64::MAX] {
        let bytes = [&length.to_le_bytes()[..], b"{}"].concat();
        assert!(not_whole(&refused(&bytes)), "{length}");
    }
}

#[test]
fn another_kind_of_file_is_refused() {
    for (bytes, start) in [
        (&b"PK\x03\x04 the start of a zip archive"[..], "an npz file, or another zip archive: "),
        (b"\x93NUMPY\x01\x00v\x00", "an npy file, "),
        (b"\x80\x02}q\0X\x01\0\0\0", "a pickle of Python objects, "),
    ] {
        let text = refused(bytes);
        assert!(text.starts_with(start), "{text}");
    }
    for bytes in [&b"GGUF\x03\0\0\0"[..], b"\x80\x02}q\0."] {
        assert!(not_whole(&refused(bytes)));
    }
    assert!(not_whole(&refused(&written("not json", &[]))));
    assert!(not_whole(&refused(&written("[1, 2, 3]", &[]))));
    assert!(not_whole(&refused(&written("{\"kernel\":{\"dtype\":\"F32\"}}", &[]))));
    let deep = format!("{{\"__metadata__\":{}", "[".repeat(100_000));
    assert!(not_whole(&refused(&written(&deep, &[]))));
}

#[test]
fn offsets_that_do_not_fit_are_refused() {
    for (dims, begin, end, data) in [
        ("6", 0u64, 20u64, 20), // too few bytes for the shape
        ("6", 0, 28, 28),       // too many
        ("6", 0, 24, 12),       // beyond the file
        ("6", 4, 28, 28),       // a gap in front
        ("6", 24, 0, 24),       // backwards
        ("6", u64::MAX - 23, u64::MAX, 24),
        ("4611686018427387904", 0, 0, 0), // 2^62 elements of four bytes
        ("4294967296,4294967296", 0, 0, 0),
        ("18446744073709551615", 0, 4, 4),
    ] {
        let description =
            format!("\"dtype\":\"F32\",\"shape\":[{dims}],\"data_offsets\":[{begin},{end}]");
        let text = one(&description, &vec![0; data]);
        assert!(not_whole(&text), "{description}: {text}");
    }
}

#[test]
fn tensors_that_overlap_are_refused() {
    let pair = |first: &str, second: &str| {
        let of = |offsets: &str| {
            format!("{{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":{offsets}}}")
        };
        let header = format!("{{\"a\":{},\"b\":{}}}", of(first), of(second));
        refused(&written(&header, &[0; 8]))
    };
    assert!(not_whole(&pair("[0,4]", "[0,4]")));
    assert!(not_whole(&pair("[0,4]", "[2,6]")));
    assert!(not_whole(&pair("[4,8]", "[4,8]")));
}

#[test]
fn a_name_that_is_there_twice_is_refused() {
    let of =
        |offsets: &str| format!("{{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":{offsets}}}");
    let twice = format!("{{\"a\":{},\"a\":{}}}", of("[0,4]"), of("[4,8]"));
    assert!(not_whole(&refused(&written(&twice, &[0; 8]))));
    // Two names of the same path.
    let alike = format!("{{\"a/b\":{},\"a//b\":{}}}", of("[0,4]"), of("[4,8]"));
    let text = refused(&written(&alike, &[0; 8]));
    assert!(text.contains("has the path `a/b`, as another tensor has"), "{text}");
}

#[test]
fn an_element_type_that_tensors_do_not_have_is_named() {
    let text = one("\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]", &[0; 4]);
    assert_eq!(
        text,
        "tensor `kernel` holds elements of type F16, expected F32, F64, BF16, I32, I64, U32, U8 or BOOL; \
         `Foreign::by_path()` loads and converts them"
    );
    // Nor is there such a format yet.
    let text = one("\"dtype\":\"F128\",\"shape\":[2],\"data_offsets\":[0,4]", &[0; 4]);
    assert_eq!(
        text,
        "tensor `kernel` holds elements of type F128, expected F32, F64, BF16, I32, I64, U32, U8 or BOOL"
    );
}

#[test]
fn more_axes_than_arrays_have_are_counted() {
    let text =
        one("\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]", &[0; 4]);
    assert_eq!(text, "tensor `kernel` has 9 axes, expected at most 8");
    let many = vec!["1"; 10_000].join(",");
    let text =
        one(&format!("\"dtype\":\"F32\",\"shape\":[{many}],\"data_offsets\":[0,4]"), &[0; 4]);
    assert_eq!(text, "tensor `kernel` has 10000 axes, expected at most 8");
}

#[test]
fn an_empty_tensor_of_huge_sizes_is_one_of_another_shape() {
    let huge = 1u64 << 62;
    let of = |dims: &str| {
        one(&format!("\"dtype\":\"F32\",\"shape\":[{dims}],\"data_offsets\":[0,0]"), &[])
    };
    let expected = |sizes: &str| {
        format!(
            "2 variables don't fit the model, which is unchanged:\n  \
             wrong shape: kernel is (2, 3) in the model, ({sizes}) here\n  \
             missing: bias of shape (3,)\nwhat to do: load the file into the model that it was saved from, the \
             variables that both have by `io::load_of`, or a file of another library by `io::Foreign`"
        )
    };
    assert_eq!(of(&format!("0,{huge},{huge}")), expected(&format!("0, {huge}, {huge}")));
    assert_eq!(of(&format!("{huge},{huge},0")), expected(&format!("{huge}, {huge}, 0")));
}

#[test]
fn a_boolean_is_0_or_1() {
    let text = one("\"dtype\":\"BOOL\",\"shape\":[3],\"data_offsets\":[0,3]", &[0, 7, 1]);
    assert_eq!(text, "tensor `kernel` takes booleans as 0 or 1, found another byte");
}

#[test]
fn random_bytes_are_refused() {
    for seed in 0..500 {
        let words = Key::new(seed).bits(1 + usize::try_from(seed).expect("small") / 4);
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        assert!(not_whole(&refused(&bytes)), "seed {seed}");
    }
}

/// For each flipped bit, loading gives an error with a message, or a model of the same shapes.
#[test]
fn a_file_with_any_bit_flipped_does_no_harm() {
    let whole = whole();
    let mut refused = 0;
    for position in 0..whole.len() * 8 {
        let mut flipped = whole.clone();
        flipped[position / 8] ^= 1 << (position % 8);
        refused += usize::from(loaded(&flipped).is_some());
    }
    let data = model().kernel.value().to_vec().len() + 3;
    let loads = whole.len() * 8 - refused;
    assert!(loads >= data * 32, "every flip within the data loads: {loads}");
    assert!(refused > 8 * 64, "flips in the header are found: {refused}");
}
