//! Files of NumPy that are damaged, or lie about lengths: an error, never a panic, and no memory by the word of a header.

use std::fs;
use std::path::Path;

use nnx::array::Array;
use nnx::io::{Foreign, NpyArray, NpzFile};
use nnx::prelude::*;

use crate::allocation::most;
use crate::{library_file, place, same};

type Model = Linear<U2, U3>;

fn model() -> Model {
    Linear::init(&mut Rngs::new(0))
}

/// An npz file that loads.
fn whole() -> Vec<u8> {
    let (_directory, file) = place();
    let (kernel, bias) = (Array::full(0.5f32, &[2, 3]), Array::full(0.25f32, &[3]));
    NpzFile::save([("kernel", &kernel), ("bias", &bias)], &file).expect("written");
    fs::read(&file).expect("the file")
}

/// The error of loading the bytes, or `None` if they load; an error leaves the model as it was.
fn loaded(file: &Path, bytes: &[u8], allowed: usize) -> Option<String> {
    // A new file, because a file system may sync one that is overwritten.
    let _ = fs::remove_file(file);
    fs::write(file, bytes).expect("written");
    let mut model = model();
    let before = state(&model);
    let (result, memory) = most(|| Foreign::by_path().load(&mut model, file));
    assert!(memory <= allowed, "{memory} bytes for a file of {}", bytes.len());
    let error = result.err()?;
    assert!(same(&before, &state(&model)), "the model is unchanged: {error}");
    let text = error.to_string();
    let start = format!("{}: ", file.display());
    Some(text.strip_prefix(&start).unwrap_or_else(|| panic!("no `{start}` in {text}")).to_owned())
}

#[test]
fn an_archive_cut_short_anywhere_is_refused() {
    let (_directory, file) = place();
    let bytes = whole();
    assert_eq!(loaded(&file, &bytes, 65_536), None);
    for length in 0..bytes.len() {
        assert!(loaded(&file, &bytes[..length], 65_536).is_some(), "cut to {length}");
    }
}

#[test]
fn flipped_bits_are_found_or_change_nothing() {
    let (_directory, file) = place();
    for bytes in [whole(), fs::read(library_file("flax_state.npz")).expect("the golden")] {
        let step = bytes.len() / 400 + 1;
        for place in (0..bytes.len()).step_by(step) {
            for bit in [0, 5, 7] {
                let mut flipped = bytes.clone();
                flipped[place] ^= 1 << bit;
                loaded(&file, &flipped, 16 * bytes.len() + 131_072);
            }
        }
    }
}

/// The checksum of an entry covers its data: a changed weight doesn't go unnoticed.
#[test]
fn a_changed_weight_is_found_by_its_checksum() {
    let (_directory, file) = place();
    let mut bytes = whole();
    let kernel = [0.5f32; 6].map(f32::to_le_bytes).concat();
    let place = bytes.windows(24).position(|window| window == kernel).expect("the weights");
    bytes[place] ^= 1;
    assert_eq!(
        loaded(&file, &bytes, 65_536).expect("damaged"),
        "tensor `kernel` isn't whole: data whose checksum differs; fetch or copy the file again"
    );
}

/// Lengths of 64 bits in the directory, sizes in the header of an array.
#[test]
fn lengths_that_lie_get_no_memory() {
    let (_directory, file) = place();
    let bytes = whole();
    // For each position at which the length of an array's file is stored.
    let length = (128u64 + 24).to_le_bytes();
    let places: Vec<usize> =
        (0..bytes.len() - 8).filter(|&place| bytes[place..place + 8] == length).collect();
    assert_eq!(places.len(), 4, "packed and unpacked, before the data and in the directory");
    for place in places {
        for lie in [0, 151, 153, 1 << 33, 1 << 46, u64::MAX / 2, u64::MAX] {
            let mut lying = bytes.clone();
            lying[place..place + 8].copy_from_slice(&lie.to_le_bytes());
            loaded(&file, &lying, 65_536);
        }
    }
    let (_directory, npy) = place_of_npy();
    let bytes = fs::read(&npy).expect("the file");
    for shape in
        ["(9999999999,)", "(1, 1, 1, 1, )", "(1 << 40, )", "(18446744073709551615, 2)", "(-1, )"]
    {
        let text = String::from_utf8_lossy(&bytes[10..128]).replace("(1000,)", shape);
        let text = format!("{:117}\n", text.trim_end());
        let lying = [&bytes[..10], text.as_bytes(), &bytes[128..]].concat();
        fs::write(&npy, &lying).expect("written");
        let (result, memory) = most(|| NpyArray::read(&npy));
        let error = result.expect_err("a header that lies").to_string();
        assert!(error.contains(": this npy file isn't whole: "), "{error}");
        assert!(memory < 16_384, "{memory} bytes");
    }
}

fn place_of_npy() -> (tempfile::TempDir, std::path::PathBuf) {
    let (directory, file) = place();
    NpyArray::save(&Array::full(1.0f32, &[1000]), &file).expect("written");
    (directory, file)
}

/// Two entries with one name: a reader would silently choose one.
#[test]
fn two_arrays_of_one_name_are_refused() {
    let (_directory, file) = place();
    let mut bytes = whole();
    let renamed = "bias.npy\u{1}\u{0}".as_bytes();
    assert_eq!(renamed.len(), 10);
    while let Some(place) = bytes.windows(10).position(|window| window == b"kernel.npy") {
        bytes[place..place + 10].copy_from_slice(renamed);
    }
    // Names are compared byte by byte: these differ.
    assert!(loaded(&file, &bytes, 65_536).expect("another name").contains("missing: kernel"));
    let (kernel, bias) = (Array::full(0.5f32, &[2]), Array::full(0.25f32, &[2]));
    NpzFile::save([("one", &kernel), ("two", &bias)], &file).expect("written");
    let mut bytes = fs::read(&file).expect("the file");
    while let Some(place) = bytes.windows(7).position(|window| window == b"two.npy") {
        bytes[place..place + 3].copy_from_slice(b"one");
    }
    assert_eq!(
        loaded(&file, &bytes, 65_536).expect("twice"),
        "this npz file has two arrays that are named `one.npy`; write them again under two names"
    );
}
