//! A file of named tensors, whose format its first bytes tell: safetensors or npz.

use std::io::Read;
use std::path::Path as FilePath;

use super::CheckpointError;
use super::elements::{FileType, Refused, to_array};
use super::file::{Head, Tensors};
use super::header::shortened;
use super::npz::NpzFile;
use crate::array::{Array, DType, MAX_RANK};
use crate::files::{self, ReadError};

/// An open file of weights.
pub(super) enum Weights {
    Safetensors(Head),
    Npz(NpzFile),
}

impl Weights {
    /// Opens a file, of which the first bytes tell the format.
    pub(super) fn open(path: &FilePath) -> Result<Self, CheckpointError> {
        let unreadable = |cause| CheckpointError::Read { file: path.to_owned(), cause };
        let opened = files::open(path).map_err(unreadable)?;
        let mut start = Vec::new();
        let first = opened.take(8).read_to_end(&mut start);
        first.map_err(|error| unreadable(ReadError::Io(error)))?;
        if start.starts_with(b"PK") {
            return Ok(Self::Npz(NpzFile::open_at(path)?));
        }
        Ok(Self::Safetensors(Head::read(path)?))
    }

    /// The tensors by name.
    pub(super) fn tensors(&self) -> Result<NamedTensors<'_>, CheckpointError> {
        Ok(match self {
            Self::Safetensors(head) => NamedTensors::Safetensors(head.tensors()?),
            Self::Npz(file) => NamedTensors::Npz(file),
        })
    }
}

/// The tensors of a file, which are read one by one.
pub(super) enum NamedTensors<'a> {
    Safetensors(Tensors<'a>),
    Npz(&'a NpzFile),
}

/// Why a tensor can't become an array.
pub(super) enum Unread {
    /// The file is damaged, or has something that no array has.
    File(CheckpointError),
    /// Elements of this type in the file can't be converted to the requested type.
    Elements(String, Refused),
}

impl NamedTensors<'_> {
    /// All names, sorted.
    pub(super) fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        match self {
            Self::Safetensors(tensors) => Box::new(tensors.iter().map(|tensor| &*tensor.name)),
            Self::Npz(file) => Box::new(file.names()),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        match self {
            Self::Safetensors(tensors) => tensors.find(name).is_some(),
            Self::Npz(file) => file.has(name),
        }
    }

    /// The shape of a tensor of the file, for messages.
    pub(super) fn shape(&self, name: &str) -> String {
        match self {
            Self::Safetensors(tensors) => {
                tensors.find(name).map_or_else(String::new, |tensor| tensor.shape.to_string())
            }
            Self::Npz(file) => match file.header(name) {
                Ok(header) => described(&header.sizes),
                Err(_) => "unknown".to_owned(),
            },
        }
    }

    /// Whether two tensors have the same type, shape and bytes.
    pub(super) fn are_equal(&self, name: &str, other: &str) -> Result<bool, CheckpointError> {
        match self {
            Self::Npz(file) => Ok(file.array(name)? == file.array(other)?),
            Self::Safetensors(tensors) => {
                let [a, b] =
                    [name, other].map(|name| tensors.find(name).expect("a tensor of the file"));
                let alike = a.dtype == b.dtype && a.shape.to_string() == b.shape.to_string();
                Ok(alike && tensors.bytes(a)? == tensors.bytes(b)?)
            }
        }
    }

    /// The type of a tensor's elements, and the tensor as an array of the type that is asked for.
    pub(super) fn array(
        &self,
        name: &str,
        wanted: DType,
        rounding: bool,
    ) -> Result<(FileType, Array), Unread> {
        match self {
            Self::Npz(file) => {
                let array = file.array(name).map_err(Unread::File)?;
                let converted = array.convert(wanted, rounding);
                converted
                    .map(|converted| (array.dtype(), converted))
                    .map_err(|refused| Unread::Elements(array.dtype().to_string(), refused))
            }
            Self::Safetensors(tensors) => {
                let tensor = tensors.find(name).expect("a tensor of the list");
                let Some(found) = FileType::from_safetensors(&tensor.dtype) else {
                    return Err(Unread::Elements(
                        shortened(&tensor.dtype).into_owned(),
                        Refused::Kind,
                    ));
                };
                let sizes = tensors.sizes(tensor).map_err(Unread::File)?;
                let bytes = tensors.bytes(tensor).map_err(Unread::File)?;
                to_array(found, &bytes, sizes, wanted, rounding)
                    .map(|array| (found, array))
                    .map_err(|refused| Unread::Elements(found.to_string(), refused))
            }
        }
    }
}

/// `(3, 4)`, `(3,)`.
fn described(sizes: &[usize]) -> String {
    match sizes {
        [size] => format!("({size},)"),
        sizes => {
            let shown = sizes.iter().take(MAX_RANK).map(usize::to_string);
            let more = if sizes.len() > MAX_RANK { ", .." } else { "" };
            format!("({}{more})", shown.collect::<Vec<_>>().join(", "))
        }
    }
}
