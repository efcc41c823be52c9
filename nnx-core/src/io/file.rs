//! Reads files of tensors, which may be untrusted.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fs;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::{Path as FilePath, PathBuf};

use super::CheckpointError;
use super::header::{self, Parsed, TensorInfo, shortened};
use crate::array::{Array, DType, MAX_RANK, ShapeError};
use crate::files::{self, ReadError};

/// The largest header that the safetensors format allows, in bytes.
const MAX_HEADER: u64 = 100_000_000;

/// An open file of tensors, and its header.
pub(super) struct Head {
    path: PathBuf,
    file: fs::File,
    /// The length of the file, in bytes.
    pub(super) length: u64,
    /// The header, a JSON object.
    text: Vec<u8>,
}

impl Head {
    /// Opens a file and reads its header, if the file is long enough for it.
    pub(super) fn read(path: &FilePath) -> Result<Self, CheckpointError> {
        let unreadable = |source| CheckpointError::Read { file: path.to_owned(), source };
        let file = files::open(path).map_err(unreadable)?;
        let unreadable = |error: io::Error| unreadable(ReadError::Io(error));
        let wrong = |problem: String| CheckpointError::Format { file: path.to_owned(), problem };
        let length = file.metadata().map_err(unreadable)?.len();
        if length < 8 {
            return Err(wrong(format!("{length} bytes, less than its header takes")));
        }
        let mut header = [0; 8];
        (&file).read_exact(&mut header).map_err(unreadable)?;
        let header = u64::from_le_bytes(header);
        if header > MAX_HEADER || header > length - 8 {
            return Err(wrong(format!("a header of {header} bytes in a file of {length}")));
        }
        let text = read_exactly(&file, header).map_err(unreadable)?;
        Ok(Self { path: path.to_owned(), file, length, text })
    }

    /// The tensors of the header, if the file is exactly as long as the header says. Otherwise no data is read.
    pub(super) fn tensors(&self) -> Result<Tensors<'_>, CheckpointError> {
        let wrong = |problem| CheckpointError::Format { file: self.path.clone(), problem };
        let parsed = header::parse(&self.text);
        let Parsed { tensors: list, bytes, description } =
            parsed.map_err(|error| wrong(shortened(&error).into_owned()))?;
        let expected = bytes.saturating_add(8 + self.text.len() as u64);
        if expected != self.length {
            let found = self.length;
            return Err(wrong(format!("{found} bytes, but its header describes {expected}")));
        }
        let data = RefCell::new((BufReader::new(&self.file), 0));
        Ok(Tensors { head: self, list, description, data })
    }
}

/// The tensors of a file. Their data is read by [`array`](Self::array).
pub(super) struct Tensors<'a> {
    head: &'a Head,
    /// Sorted by name.
    list: Vec<TensorInfo<'a>>,
    /// What a checkpoint says of its parts; other files have none.
    pub(super) description: Option<Cow<'a, str>>,
    /// The file, and its position, in bytes from the end of the header.
    data: RefCell<(BufReader<&'a fs::File>, u64)>,
}

impl<'a> Tensors<'a> {
    /// The length of the file, in bytes.
    pub(super) fn length(&self) -> u64 {
        self.head.length
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, TensorInfo<'a>> {
        self.list.iter()
    }

    pub(super) fn find(&self, name: &str) -> Option<&TensorInfo<'a>> {
        let found = self.list.binary_search_by(|tensor| (*tensor.name).cmp(name));
        found.ok().map(|index| &self.list[index])
    }

    /// Reads a tensor as an array, if an array can have its element type and its rank.
    pub(super) fn array(&self, tensor: &TensorInfo<'_>) -> Result<Array, CheckpointError> {
        let content = |problem| CheckpointError::Content {
            file: self.head.path.clone(),
            name: tensor.name.clone().into_owned(),
            problem,
        };
        let Some(dtype) = from_format(&tensor.dtype) else {
            return Err(content(format!(
                "holds elements of type {}, expected F32, F64, I32, I64, U32, U8 or BOOL",
                shortened(&tensor.dtype)
            )));
        };
        let sizes = tensor
            .shape
            .get()
            .map_err(|axes| content(format!("has {axes} axes, expected at most {MAX_RANK}")))?;
        let bytes = self.bytes(tensor).map_err(|error| CheckpointError::Read {
            file: self.head.path.clone(),
            source: ReadError::Io(error),
        })?;
        Array::from_le_bytes(dtype, &bytes, sizes).map_err(|error| match error {
            // Without the name of the function.
            ShapeError::Operands { problem, .. } => content(problem),
            other => content(other.to_string()),
        })
    }

    fn bytes(&self, tensor: &TensorInfo<'_>) -> io::Result<Vec<u8>> {
        let (file, position) = &mut *self.data.borrow_mut();
        file.seek_relative(tensor.begin.cast_signed() - position.cast_signed())?;
        *position = tensor.end;
        read_exactly(file, tensor.end - tensor.begin)
    }
}

/// Reads exactly `length` bytes. A shorter file or a failed allocation is an error.
fn read_exactly(file: impl Read, length: u64) -> io::Result<Vec<u8>> {
    let capacity = usize::try_from(length).map_err(|_| ErrorKind::OutOfMemory)?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(capacity)?;
    if file.take(length).read_to_end(&mut bytes)? < capacity {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}

fn from_format(dtype: &str) -> Option<DType> {
    Some(match dtype {
        "F32" => DType::F32,
        "F64" => DType::F64,
        "I32" => DType::I32,
        "I64" => DType::I64,
        "U32" => DType::U32,
        "U8" => DType::U8,
        "BOOL" => DType::Bool,
        _ => return None,
    })
}
