//! The files of the repository, for the tests that read them.

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files with this extension in a folder of the repository and in its subfolders: the path from the root, and the
/// text.
pub(crate) fn files(folder: &str, extension: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join(folder)).expect("a folder of the repository") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        let name = format!("{folder}/{name}");
        if path.is_dir() {
            found.extend(files(&name, extension));
        } else if path.extension().is_some_and(|end| end == extension) {
            found.push((name, fs::read_to_string(&path).expect("a text")));
        }
    }
    found
}
