//! Saving and loading: round trips, strictness, hostile files, and files that stay whole.
//!
//! | file | holds |
//! |---|---|
//! | `round_trip` | every element type, random streams, paths of every container |
//! | `build` | models that are made from a file |
//! | `strict` | files of another model |
//! | `hostile` | files cut short, lying, foreign, random |
//! | `atomic` | a save that fails, or is killed, leaves the old file |
//! | `foreign` | files of other libraries |
//! | `allocation` | how much memory a thread asks for |
#![cfg(feature = "safetensors")]

mod allocation;
mod atomic;
mod build;
mod foreign;
mod hostile;
mod round_trip;
mod strict;

use std::path::PathBuf;

use nnx::prelude::*;

/// A directory that goes away with the test, and a file in it.
fn place() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let file = directory.path().join("model.safetensors");
    (directory, file)
}

/// The names in a directory, sorted.
fn listed(directory: &tempfile::TempDir) -> Vec<String> {
    let entries = std::fs::read_dir(directory.path()).expect("the directory");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name in UTF-8"))
        .collect();
    names.sort_unstable();
    names
}

/// Is every variable the same in both, bit for bit?
fn same(a: &State, b: &State) -> bool {
    let arrays = |state: &State| -> Vec<_> {
        state.iter().map(|(path, entry)| (path.clone(), entry.array.clone())).collect()
    };
    arrays(a) == arrays(b)
}
