//! NumPy's npz format: named arrays in a zip archive.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path as FilePath, PathBuf};

use super::CheckpointError;
use super::archive::{self, ZipEntry};
use super::npy::{NpyArray, NpyHeader, encode, problem, wrong};
use super::other_format::{TORCH, is_pickle};
use crate::Error;
use crate::array::Array;
use crate::files::{self, ReadError};

/// The arrays of an npz file (`np.savez`, `np.savez_compressed`, `np.load`), which are read one by one.
///
/// An archive of 1 MB may have up to 1 GB of data that are equal everywhere. They are unpacked where an array is asked
/// for.
///
/// ```
/// use nnx_core::array::{Array, DType};
/// use nnx_core::io::NpzFile;
///
/// let directory = tempfile::tempdir()?;
/// let file = directory.path().join("weights.npz");
/// NpzFile::save([("kernel", &Array::new(vec![1.0f32, 2.0], &[2])?)], &file)?;
///
/// let arrays = NpzFile::open(&file)?;
/// assert_eq!(arrays.names().collect::<Vec<_>>(), ["kernel"]);
/// let kernel = arrays.get("kernel")?.to_array(DType::F32)?;
/// assert_eq!(kernel.to_vec::<f32>()?, [1.0, 2.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct NpzFile {
    path: PathBuf,
    file: File,
    entries: BTreeMap<String, ZipEntry>,
}

impl NpzFile {
    /// Opens an npz file and reads its directory.
    ///
    /// # Errors
    /// If it can't be read, isn't a whole zip archive, or has two arrays of one name.
    pub fn open(file: impl AsRef<FilePath>) -> Result<Self, Error> {
        Ok(Self::open_at(file.as_ref())?)
    }

    pub(super) fn open_at(path: &FilePath) -> Result<Self, CheckpointError> {
        let unreadable = |cause: ReadError| CheckpointError::Read { file: path.to_owned(), cause };
        let file = files::open(path).map_err(unreadable)?;
        let mut entries = BTreeMap::new();
        for entry in archive::entries(&file).map_err(|error| wrong(path, "npz", error))? {
            // A folder.
            if entry.name.ends_with('/') {
                continue;
            }
            if is_pickle(&entry.name) {
                let problem = TORCH;
                return Err(CheckpointError::OtherFormat { file: path.to_owned(), problem });
            }
            let name = entry.name.strip_suffix(".npy").unwrap_or(&entry.name).to_owned();
            if let Some(first) = entries.insert(name, entry) {
                let problem = format!(
                    "has two arrays that are named `{:.200}`; write them again under two names",
                    first.name
                );
                return Err(CheckpointError::Numpy {
                    file: path.to_owned(),
                    format: "npz",
                    problem,
                });
            }
        }
        Ok(Self { path: path.to_owned(), file, entries })
    }

    /// The names of its arrays, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// The bytes of an array that is unpacked, its header included, as the archive says.
    #[must_use]
    pub fn unpacked_bytes(&self, name: &str) -> Option<u64> {
        self.entries.get(name).map(|entry| entry.length)
    }

    /// Reads an array.
    ///
    /// # Errors
    /// If there is none of this name, or it is damaged, or its elements aren't those of
    /// [`FileType`](super::FileType).
    pub fn get(&self, name: &str) -> Result<NpyArray, Error> {
        Ok(self.array(name)?)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    pub(super) fn array(&self, name: &str) -> Result<NpyArray, CheckpointError> {
        self.read(name, |entry| NpyArray::from_reader(entry.open(&self.file)?, entry.length))
    }

    /// The type and the sizes of an array, without its elements.
    pub(super) fn header(&self, name: &str) -> Result<NpyHeader, CheckpointError> {
        self.read(name, |entry| NpyHeader::read(entry.open(&self.file)?))
    }

    fn read<R>(
        &self,
        name: &str,
        read: impl FnOnce(&ZipEntry) -> io::Result<R>,
    ) -> Result<R, CheckpointError> {
        let content = |problem| CheckpointError::Content {
            file: self.path.clone(),
            name: name.to_owned(),
            problem,
        };
        let Some(entry) = self.entries.get(name) else {
            let names: Vec<&str> = self.names().take(20).collect();
            let more = if self.entries.len() > 20 { ", .." } else { "" };
            return Err(content(format!("isn't there, found {}{more}", names.join(", "))));
        };
        read(entry).map_err(|error| match problem(error) {
            Ok(problem) => content(problem),
            Err(error) => {
                CheckpointError::Read { file: self.path.clone(), cause: ReadError::Io(error) }
            }
        })
    }

    /// Writes named arrays as an npz file, which is replaced atomically: `np.load(file)["name"]` reads them.
    ///
    /// # Errors
    /// If the file can't be written, or a name is longer than 65,000 bytes or given twice. Nothing is changed then.
    pub fn save<'a, N: Into<String>>(
        arrays: impl IntoIterator<Item = (N, &'a Array)>,
        file: impl AsRef<FilePath>,
    ) -> Result<(), Error> {
        let files = arrays.into_iter().map(|(name, array)| {
            let bytes = array.to_le_bytes();
            (name.into(), encode(array.dtype().into(), &array.dims(), &bytes))
        });
        Ok(write(files.collect(), file.as_ref())?)
    }
}

/// Writes npy files by the names of their arrays.
pub(super) fn write(
    mut files: Vec<(String, Vec<u8>)>,
    path: &FilePath,
) -> Result<(), CheckpointError> {
    let mut seen = std::collections::BTreeSet::new();
    for (name, _) in &files {
        let problem = if name.len() > 65_000 {
            format!("has {} bytes, expected at most 65000", name.len())
        } else if !seen.insert(name.as_str()) {
            "is given twice".to_owned()
        } else {
            continue;
        };
        let path = path.to_owned();
        let name = name.clone();
        return Err(CheckpointError::ArrayName { file: path, name, problem });
    }
    files.iter_mut().for_each(|(name, _)| name.push_str(".npy"));
    crate::files::write(path, &archive::write(&files))
        .map_err(|cause| CheckpointError::Write { file: path.to_owned(), cause })
}

impl fmt::Debug for NpzFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NpzFile")
            .field("path", &self.path)
            .field("arrays", &self.entries.len())
            .finish()
    }
}
