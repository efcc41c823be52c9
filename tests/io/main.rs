//! Saving and loading: round trips, strictness, untrusted files, and files that stay whole.
//!
//! | file | holds |
//! |---|---|
//! | `round_trip` | every element type, random streams, paths of every container |
//! | `build` | models that are made from a file |
//! | `strict` | files of a different model |
//! | `untrusted` | files that are truncated, inconsistent, of another format, random |
//! | `untrusted_numpy` | damaged npy and npz files |
//! | `differential` | mutated headers, compared with the safetensors crate |
//! | `memory` | the memory that untrusted files take |
//! | `names` | paths that can't be saved |
//! | `part` | a part of a file, whatever else is in it |
//! | `atomic` | a save that fails leaves the old file |
//! | `leftovers` | what killed processes leave, and who removes it |
//! | `special` | devices, FIFOs, sockets and directories |
//! | `links`, `access` | symbolic links; permissions and owners |
//! | `foreign` | files of other libraries |
//! | `libraries` | files that PyTorch and Flax wrote |
//! | `bf16` | weights that are stored as bf16 |
//! | `elements`, `export` | element types of files, read and written |
//! | `messages` | what every error of such a file says |
//! | `resume` | a run that is stopped and resumed continues bit for bit |
//! | `checkpoint` | several parts in one file: model, optimizer, values |
//! | `damaged` | checksums: files in which bits are changed |
//! | `mapped` | large tensors, which stay in the file |
//! | `manager` | a directory of checkpoints: what is kept, and what goes wrong |
//! | `killed` | processes that are killed, and what they leave to resume |
//! | `versions` | a file of each version of the format |
//! | `allocation`, `process` | how much memory a thread asks for; a test in a process of its own |
#![cfg(feature = "safetensors")]

#[cfg(unix)]
mod access;
mod allocation;
mod atomic;
mod bf16;
mod build;
mod checkpoint;
mod damaged;
mod differential;
mod elements;
mod export;
mod foreign;
#[allow(dead_code, reason = "what other tests of goldens use too")]
#[path = "../flax/golden.rs"]
mod golden;
#[cfg(unix)]
mod killed;
#[cfg(unix)]
mod leftovers;
mod libraries;
#[cfg(unix)]
mod links;
mod manager;
#[cfg(unix)]
mod mapped;
mod memory;
mod messages;
mod names;
mod part;
#[cfg(unix)]
mod process;
mod resume;
mod round_trip;
#[cfg(unix)]
mod special;
#[path = "../common/states.rs"]
mod states;
mod strict;
mod untrusted;
mod untrusted_numpy;
mod versions;

use std::path::{Path, PathBuf};

use nnx::io::CheckpointError;
use states::same;

/// A directory that goes away with the test, and a file in it.
fn place() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let file = directory.path().join("model.safetensors");
    (directory, file)
}

/// A file of `tests/goldens`, which another library wrote.
fn library_file(name: &str) -> PathBuf {
    PathBuf::from(format!("{}/tests/goldens/{name}", env!("CARGO_MANIFEST_DIR")))
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

/// A file with this header, followed by these bytes.
fn written(header: &str, data: &[u8]) -> Vec<u8> {
    let length = (header.len() as u64).to_le_bytes();
    [&length, header.as_bytes(), data].concat()
}

/// The entry of a tensor in a header.
fn described(name: &str, dtype: &str, shape: &str, begin: usize, end: usize) -> String {
    format!(
        "\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":[{shape}],\"data_offsets\":[{begin},{end}]}}"
    )
}

/// The error of a save says why, and which file was asked for: it mentions nothing else, such as the name of a
/// temporary file.
#[track_caller]
fn not_written(result: Result<(), nnx::Error>, file: &Path, why: &str) {
    let error = result.expect_err("a file that can't be written");
    assert!(matches!(error, nnx::Error::Checkpoint(CheckpointError::Write { .. })), "{error:?}");
    assert_eq!(error.to_string(), format!("{}: can't be written: {why}", file.display()));
}
