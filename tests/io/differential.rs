//! Mutated headers: nnx reads a file if and only if the safetensors crate reads it.

use std::fs;
use std::path::Path;

use nnx::io::Foreign;
use nnx::prelude::*;
use nnx::random::Key;
use safetensors::SafeTensors;
use safetensors::tensor::SafeTensorError;

use crate::{described, place, written};

/// Pseudo-random numbers.
struct Choices(std::vec::IntoIter<u32>);

impl Choices {
    fn new(seed: u64) -> Self {
        Self(Key::new(seed).bits(64).into_iter())
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0.next().expect("64 choices") as usize % limit
    }
}

const PIECES: [&str; 22] = [
    "0",
    "1",
    "4",
    "-1",
    "1.0",
    "1e2",
    "18446744073709551615",
    "18446744073709551616",
    "\"F32\"",
    "\"F64\"",
    "\"BF16\"",
    "\"F4\"",
    "\"U128\"",
    "[]",
    "{}",
    "null",
    "\"\"",
    "\"\\u0061\"",
    "\"__metadata__\"",
    "\"a\"",
    "{\"a\":\"b\"}",
    " ",
];

/// A header of three tensors and some notes.
fn header() -> String {
    let tensors = [
        described("a", "F32", "2,1", 0, 8),
        "\"__metadata__\":{\"by\":\"hand\"}".to_owned(),
        described("b/c", "U8", "3", 8, 11),
        described("\\u00fc", "F64", "", 11, 19),
    ];
    format!("{{{}}}", tensors.join(","))
}

/// The header in tokens, some of which are left out, doubled, swapped or replaced.
fn mutated(choices: &mut Choices) -> String {
    let header = header();
    let mut tokens: Vec<&str> = Vec::new();
    let mut rest = header.as_str();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => 2 + rest[1..].find('"').expect("a closed text"),
            '0'..='9' => rest.find(|c: char| !c.is_ascii_digit()).expect("more"),
            _ => 1,
        };
        tokens.push(&rest[..length]);
        rest = &rest[length..];
    }
    for _ in 0..=choices.below(3) {
        let (i, j) = (choices.below(tokens.len()), choices.below(tokens.len()));
        match choices.below(9) {
            0 => drop(tokens.remove(i)),
            1 => tokens.insert(i, tokens[i]),
            2 => tokens.swap(i, j),
            3 => tokens[i] = PIECES[choices.below(PIECES.len())],
            4..8 => tokens.insert(i, [" ", "\n"][choices.below(2)]),
            // Replaces one value.
            _ => tokens[i] = tokens[j],
        }
    }
    tokens.concat()
}

/// The header of a file decides; no tensor is read.
fn read(bytes: &[u8], file: &Path) -> Result<(), nnx::Error> {
    // A new file, because a file system may sync one that is overwritten.
    let _ = fs::remove_file(file);
    fs::write(file, bytes).expect("a file");
    let mut nothing: Vec<Param<shape![1]>> = Vec::new();
    Foreign::new(|_| None).ignoring(|_| true).load(&mut nothing, file).map(drop)
}

#[test]
fn headers_are_read_and_refused_as_the_safetensors_crate_does() {
    let (_directory, file) = place();
    let (mut both, mut neither, mut more) = (0, 0, 0);
    for seed in 0..3000 {
        let header = mutated(&mut Choices::new(seed));
        let bytes = written(&header, &[0; 19]);
        match (read(&bytes, &file), SafeTensors::deserialize(&bytes)) {
            (Ok(()), Ok(_)) => both += 1,
            (Err(error), Err(_)) => {
                neither += 1;
                assert!(error.to_string().contains("not a whole safetensors file: "), "{error}");
            }
            (Err(error), Ok(_)) => panic!("{header}: {error}"),
            // An element type that doesn't exist yet is accepted, as long as it isn't read.
            (Ok(()), Err(SafeTensorError::InvalidHeaderDeserialization(error)))
                if error.to_string().contains("unknown variant") =>
            {
                more += 1;
            }
            (Ok(()), Err(error)) => panic!("{header} is read, and refused there: {error}"),
        }
    }
    assert!(both > 300 && neither > 1500 && more > 0, "{both} {neither} {more}");
}
