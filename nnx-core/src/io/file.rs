//! Reads files of tensors, which may be untrusted.

use std::borrow::Cow;
use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::{Path as FilePath, PathBuf};

use super::CheckpointError;
use super::header::{self, Parsed, TensorInfo, shortened};
use crate::array::{Array, DType, Dims, MAX_RANK};
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
        Ok(Tensors { head: self, list, description })
    }

    /// Fills `out` with the bytes from a position on.
    #[cfg(unix)]
    fn read_at(&self, position: u64, out: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, out, position)
    }

    /// As above, one thread at a time: a file has one position.
    #[cfg(not(unix))]
    fn read_at(&self, position: u64, out: &mut [u8]) -> io::Result<()> {
        use std::io::{Seek, SeekFrom};
        use std::sync::{Mutex, PoisonError};
        static POSITION: Mutex<()> = Mutex::new(());
        let _held = POSITION.lock().unwrap_or_else(PoisonError::into_inner);
        (&self.file).seek(SeekFrom::Start(position))?;
        (&self.file).read_exact(out)
    }
}

/// The tensors of a file. Their data is read by [`array`](Self::array).
pub(super) struct Tensors<'a> {
    head: &'a Head,
    /// Sorted by name.
    list: Vec<TensorInfo<'a>>,
    /// What a checkpoint says of its parts; other files have none.
    pub(super) description: Option<Cow<'a, str>>,
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
        // The header has the bytes of this shape, and the file those of its header: `array` doesn't allocate more.
        let (begin, dims) = (self.start() + tensor.begin, Dims::new(sizes));
        let read = |offset: usize, out: &mut [u8]| self.head.read_at(begin + offset as u64, out);
        let array = Array::read_le_bytes(dtype, dims, &read).map_err(|error| {
            CheckpointError::Read { file: self.head.path.clone(), source: ReadError::Io(error) }
        })?;
        array.ok_or_else(|| content("takes booleans as 0 or 1, found another byte".to_owned()))
    }

    /// Where the data begins in the file.
    fn start(&self) -> u64 {
        8 + self.head.text.len() as u64
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
