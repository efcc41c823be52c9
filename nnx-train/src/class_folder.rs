//! A folder with one folder for each class, which holds the files of the class.

use std::fs;
use std::path::{Path, PathBuf};

use nnx_core::files::{self, ReadError};
use nnx_core::size::Size;

use crate::reader::NamedReader;
use crate::{DataError, Label, LoadingError, Malformed};

/// The most files of a folder that are listed.
const MOST: usize = 10_000_000;

/// The files of each class, sorted by class and name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ClassFolder {
    files: Vec<(PathBuf, i32)>,
    classes: Vec<String>,
}

impl ClassFolder {
    /// The files with one of these extensions. Hidden files and folders, and other files, are ignored.
    pub(crate) fn scan<Classes: Size>(
        root: &Path,
        extensions: &[&str],
        items: &'static str,
    ) -> Result<Self, DataError> {
        let (folders, others): (Vec<PathBuf>, Vec<PathBuf>) =
            list(root)?.into_iter().partition(|path| path.is_dir());
        let classes: Vec<String> = folders.iter().map(|path| name(path)).collect();
        let (file, expected) = (root.display().to_string(), Classes::USIZE);
        if classes.len() != expected {
            let expected = format!("{expected} folders, one for each class");
            let found = match &classes[..] {
                [] if others.is_empty() => "none".to_owned(),
                [] => format!("none, but files such as {}", name(&others[0])),
                names => format!("{}: {}", names.len(), shown(names)),
            };
            let fix = "change the number of classes in the type, or the folders";
            return Err(Malformed::new(file, expected, found).fix(fix).into());
        }
        let mut files = Vec::new();
        for (folder, class) in folders.iter().zip(0..) {
            let fits = |path: &PathBuf| {
                let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
                extension.is_some_and(|e| extensions.contains(&&*e)) && path.is_file()
            };
            let before = files.len();
            files.extend(list(folder)?.into_iter().filter(fits).map(|path| (path, class)));
            if files.len() == before {
                return Err(DataError::Empty { file: folder.display().to_string(), items });
            }
        }
        Ok(Self { files, classes })
    }

    pub(crate) fn classes(&self) -> &[String] {
        &self.classes
    }

    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }

    /// The file at an index, and its class.
    pub(crate) fn file<Classes: Size>(
        &self,
        index: usize,
    ) -> Result<(&Path, Label<Classes>), DataError> {
        let len = self.files.len();
        let (path, class) = self.files.get(index).ok_or(LoadingError::Index { index, len })?;
        Ok((path, Label::trusted(*class)))
    }
}

/// The bytes of a file, at most `limit`, without decompression.
pub(crate) fn bytes(path: &Path, limit: u64) -> Result<Vec<u8>, DataError> {
    let file = path.display().to_string();
    let open = files::open(path);
    let opened = open.map_err(|cause| DataError::Read { file: file.clone(), cause })?;
    NamedReader::plain(file, opened).bytes(limit).map(|(_, bytes)| bytes)
}

/// The entries of a folder, sorted, without hidden ones.
fn list(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let unreadable =
        |error| DataError::Read { file: folder.display().to_string(), cause: ReadError::Io(error) };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if !name(&path).starts_with('.') {
            paths.push(path);
        }
        if paths.len() > MOST {
            let file = folder.display().to_string();
            let (expected, found) = (format!("at most {MOST} files"), "more");
            return Err(Malformed::new(file, expected, found).fix("split the folder").into());
        }
    }
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The first ten names.
fn shown(names: &[String]) -> String {
    let more = if names.len() > 10 { ", .." } else { "" };
    format!("{}{more}", names[..names.len().min(10)].join(", "))
}
