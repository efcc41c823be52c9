//! The errors of saving and loading.

use std::fmt;
use std::path::PathBuf;

use thiserror::Error as ThisError;

use super::elements::FileType;
use super::header::shortened;
use super::{ForeignError, PartError};
use crate::files::{ReadError, WriteError};
use crate::module::Path;

/// A file of weights that can't be read or written.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The file can't be read.
    #[error("{}: can't be read: {cause}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// The reason.
        cause: ReadError,
    },
    /// The file can't be written.
    #[error("{}: can't be written: {cause}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// The reason.
        cause: WriteError,
    },
    /// A variable has a path that can't be the name of a tensor in a file.
    #[error(
        "{}: variable `{}` can't be saved: {problem}",
        file.display(), shortened(&path.to_string())
    )]
    Name {
        /// The file.
        file: PathBuf,
        /// The path of the variable.
        path: Path,
        /// The reason.
        problem: String,
    },
    /// The file isn't a complete safetensors file.
    #[error("{}: not a whole safetensors file: {problem}; it may be cut short, or another kind of file", file.display())]
    Format {
        /// The file.
        file: PathBuf,
        /// The problem with the file.
        problem: String,
    },
    /// The file has another format, which its first bytes tell.
    #[error("{}: {problem}", file.display())]
    OtherFormat {
        /// The file.
        file: PathBuf,
        /// The format, and what to do.
        problem: &'static str,
    },
    /// The file has a tensor that no variable can have.
    #[error("{}: tensor `{}` {problem}", file.display(), shortened(name))]
    Content {
        /// The file.
        file: PathBuf,
        /// The name of the tensor.
        name: String,
        /// The problem with the tensor.
        problem: String,
    },
    /// The bytes of a tensor of a checkpoint aren't those that were written.
    #[error(
        "{}: part `{}` is damaged: tensor `{}` has the checksum {found:08x}, expected {expected:08x}; the disk or a transfer \
         has changed the file: take another copy, or an earlier checkpoint",
        file.display(), shortened(part), shortened(name)
    )]
    Damaged {
        /// The file.
        file: PathBuf,
        /// The name of the part.
        part: String,
        /// The name of the tensor.
        name: String,
        /// The checksum that was written (CRC-32).
        expected: u32,
        /// The checksum of the bytes in the file.
        found: u32,
    },
    /// The file doesn't fit the model.
    #[error(
        "{}: {cause}\nwhat to do: load the file into the model that it was saved from, the variables that both have by \
         `io::load_of`, or a file of another library by `io::Foreign`",
        file.display()
    )]
    State {
        /// The file.
        file: PathBuf,
        /// Every variable that is missing, unexpected or of a different shape.
        cause: crate::module::StateError,
    },
    /// The file is a checkpoint of named parts, and doesn't fit the model as a whole.
    #[error(
        "{}: a checkpoint of the parts {} doesn't fit the model as a whole: load one of them by \
         `Checkpoint::load_some(file, (\"{}\", &mut model))`",
        file.display(), quoted(parts), parts.first().map_or("model", |part| part)
    )]
    HasParts {
        /// The file.
        file: PathBuf,
        /// The names of the parts.
        parts: Vec<String>,
        /// Every variable that is missing, unexpected or of a different shape.
        source: crate::module::StateError,
    },
    /// Variables were to be loaded by a filter that selects none.
    #[error(
        "{}: nothing to load: the filter ({filter}) selects none of the {variables} variables of this model",
        file.display()
    )]
    NothingSelected {
        /// The file.
        file: PathBuf,
        /// The filter.
        filter: String,
        /// The number of variables of the model.
        variables: usize,
    },
    /// The file isn't a complete file of NumPy, or has elements that arrays don't have.
    #[error("{}: this {format} file {problem}", file.display())]
    Numpy {
        /// The file.
        file: PathBuf,
        /// `npy` or `npz`.
        format: &'static str,
        /// The problem with the file.
        problem: String,
    },
    /// An array can't be written under this name.
    #[error("{}: can't be written: the name `{}` {problem}", file.display(), shortened(name))]
    ArrayName {
        /// The file.
        file: PathBuf,
        /// The name.
        name: String,
        /// The problem with the file.
        problem: String,
    },
    /// A variable can't be written in the element type that was asked for.
    #[error("{}: variable `{path}` can't be written as {dtype}: {problem}", file.display())]
    Export {
        /// The file.
        file: PathBuf,
        /// The path of the variable.
        path: Path,
        /// The element type.
        dtype: FileType,
        /// The reason, and what to do.
        problem: String,
    },
    /// The file of another library doesn't fit the model.
    #[error("{}: {cause}", file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
        /// Every tensor that is missing, unexpected or of a different shape.
        cause: ForeignError,
    },
    /// Parts that can't be saved in a checkpoint.
    #[error("the checkpoint can't be saved, and nothing is changed:{}", PartList(parts))]
    Unsaved {
        /// The names of the parts that can't be saved, each with the reason.
        parts: Vec<(String, PartError)>,
    },
    /// A checkpoint doesn't fit the parts that it is loaded into.
    #[error("{}: the checkpoint doesn't fit, and nothing is changed:{}{note}", file.display(), PartList(parts))]
    Parts {
        /// The file.
        file: PathBuf,
        /// The names of the parts that don't fit, each with the reason.
        parts: Vec<(String, PartError)>,
        /// A note about the whole file, or empty.
        note: String,
    },
    /// A checkpoint of a later version of the library.
    #[error(
        "{}: a checkpoint of format {found}, written by nnx {written_by}; this version reads formats up to {newest}: \
         use the version that wrote it, or a later one",
        file.display()
    )]
    Version {
        /// The file.
        file: PathBuf,
        /// The format of the file.
        found: u32,
        /// The newest format that can be read.
        newest: u32,
        /// The version of the library that wrote it.
        written_by: String,
    },
}

/// "`model`, `optimizer`".
fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", shortened(name))).collect();
    shortened(&quoted.join(", ")).into_owned()
}

/// Lists parts with their problems, one on each line.
struct PartList<'a>(&'a [(String, PartError)]);

impl fmt::Display for PartList<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(name, error)| {
            write!(f, "\n  `{}`: {}", shortened(name), error.to_string().replace('\n', "\n  "))
        })
    }
}
