//! Reads files of tensors, which may be untrusted.

use std::borrow::Cow;
use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::{Path as FilePath, PathBuf};
#[cfg(unix)]
use std::sync::{Arc, OnceLock};

use super::elements::FileType;
use super::header::{self, Parsed, TensorInfo, shortened};
use super::other_format::other_format;
use super::{CheckpointError, checksum};
#[cfg(unix)]
use crate::array::Map;
use crate::array::{Array, DType, Dims, MAX_RANK};
use crate::files::{self, ReadError};

/// The largest header that the safetensors format allows, in bytes.
const MAX_HEADER: u64 = 100_000_000;

/// The size in bytes from which a tensor may stay in a mapped file. Smaller ones are read into memory.
#[cfg(unix)]
const LEAST_MAPPED: usize = 64 * 1024;

/// Whether tensors may stay in the file. Not by default: whoever writes into the file in place would change the weights of
/// a running program, or end it.
///
/// # Errors
/// If `NNX_MAP_FILES` is neither 0 nor 1.
#[cfg(unix)]
fn may_map() -> io::Result<bool> {
    static MAY_MAP: OnceLock<Result<bool, String>> = OnceLock::new();
    let may_map = MAY_MAP.get_or_init(|| match std::env::var_os("NNX_MAP_FILES") {
        None => Ok(false),
        Some(text) if text == "0" => Ok(false),
        Some(text) if text == "1" => Ok(true),
        Some(text) => Err(format!(
            "NNX_MAP_FILES is `{}`: expected 0, the default, to read files into memory, or 1, to leave large tensors in \
             the file",
            text.display()
        )),
    });
    may_map.clone().map_err(|problem| io::Error::new(ErrorKind::InvalidInput, problem))
}

/// An open file of tensors, and its header.
pub(super) struct Head {
    path: PathBuf,
    file: fs::File,
    /// The file in memory; `None` if it isn't mapped.
    #[cfg(unix)]
    map: OnceLock<Option<Arc<Map>>>,
    /// Whether large tensors may stay in the file.
    #[cfg(unix)]
    may_map: bool,
    /// The length of the file, in bytes.
    pub(super) length: u64,
    /// The header, a JSON object.
    text: Vec<u8>,
}

impl Head {
    /// Opens a file and reads its header, if the file is long enough for it.
    pub(super) fn read(path: &FilePath) -> Result<Self, CheckpointError> {
        let unreadable = |cause| CheckpointError::Read { file: path.to_owned(), cause };
        let file = files::open(path).map_err(unreadable)?;
        let unreadable = |error: io::Error| unreadable(ReadError::Io(error));
        let wrong = |problem: String| CheckpointError::Format { file: path.to_owned(), problem };
        #[cfg(unix)]
        let may_map = may_map().map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        if length < 8 {
            return Err(wrong(format!("{length} bytes, less than its header takes")));
        }
        let mut start = [0; 8];
        (&file).read_exact(&mut start).map_err(unreadable)?;
        let header = u64::from_le_bytes(start);
        if header > MAX_HEADER
            && let Some(problem) = other_format(path, &start)
        {
            return Err(CheckpointError::OtherFormat { file: path.to_owned(), problem });
        }
        if header > MAX_HEADER || header > length - 8 {
            return Err(wrong(format!("a header of {header} bytes in a file of {length}")));
        }
        let text = read_exactly(&file, header).map_err(unreadable)?;
        let path = path.to_owned();
        #[cfg(unix)]
        return Ok(Self { path, file, map: OnceLock::new(), may_map, length, text });
        #[cfg(not(unix))]
        Ok(Self { path, file, length, text })
    }

    /// The tensors of the header, if the file is exactly as long as the header says. Otherwise no data is read.
    pub(super) fn tensors(&self) -> Result<Tensors<'_>, CheckpointError> {
        let wrong = |problem| CheckpointError::Format { file: self.path.clone(), problem };
        let parsed = header::parse(&self.text);
        let Parsed { tensors: mut list, bytes, description } =
            parsed.map_err(|error| wrong(shortened(&error).into_owned()))?;
        let expected = bytes.saturating_add(8 + self.text.len() as u64);
        if expected != self.length {
            let found = self.length;
            return Err(wrong(format!("{found} bytes, but its header describes {expected}")));
        }
        if let Some(description) = &description {
            checksum::assign(&mut list, description).map_err(wrong)?;
        }
        Ok(Tensors { head: self, list, description })
    }

    /// An array in the file itself, without a copy, if it is large and the system can do it.
    #[cfg(unix)]
    fn mapped(&self, dtype: DType, dims: Dims, begin: u64) -> Option<Array> {
        if dims.elements() * dtype.bytes() < LEAST_MAPPED || !self.may_map {
            return None;
        }
        let length = || usize::try_from(self.length).ok();
        let map = self.map.get_or_init(|| Map::of(&self.file, length()?).map(Arc::new));
        Array::mapped(dtype, dims, map.as_ref()?, usize::try_from(begin).ok()?)
    }

    #[cfg(not(unix))]
    fn mapped(&self, _: DType, _: Dims, _: u64) -> Option<Array> {
        None
    }

    /// Fills `out` with the bytes of the file from `position` on.
    #[cfg(unix)]
    fn read_at(&self, position: u64, out: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, out, position)
    }

    /// Fills `out` with the bytes of the file from `position` on. One thread at a time: a file handle has one position.
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
    /// The tensors, sorted by name.
    list: Vec<TensorInfo<'a>>,
    /// The description of the parts of a checkpoint; files of other programs have none.
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
        let content = |problem| self.content(tensor, problem);
        let Some(dtype) = from_format(&tensor.dtype) else {
            return Err(content(format!(
                "holds elements of type {}, expected F32, F64, BF16, I32, I64, U32, U8 or BOOL{}",
                shortened(&tensor.dtype),
                match FileType::from_safetensors(&tensor.dtype) {
                    Some(_) => "; `Foreign::by_path()` loads and converts them",
                    None => "",
                }
            )));
        };
        let sizes = self.sizes(tensor)?;
        // The header was checked: the tensors are as long as their shapes say, and the file as long as its header says.
        // So `array` allocates no more than the file has.
        let (begin, dims) = (self.start() + tensor.begin, Dims::new(sizes));
        let array = match self.head.mapped(dtype, dims, begin) {
            Some(array) => array,
            None => self.read(tensor, dtype, dims, begin)?,
        };
        self.check(tensor, &array)?;
        Ok(array)
    }

    /// Compares the checksum of a tensor, if the file has one.
    fn check(&self, tensor: &TensorInfo<'_>, array: &Array) -> Result<(), CheckpointError> {
        let Some(expected) = tensor.crc32 else { return Ok(()) };
        self.compare(tensor, expected, checksum::of_array(array))
    }

    fn compare(
        &self,
        tensor: &TensorInfo<'_>,
        expected: u32,
        found: u32,
    ) -> Result<(), CheckpointError> {
        if found == expected {
            return Ok(());
        }
        Err(CheckpointError::Damaged {
            file: self.head.path.clone(),
            part: tensor.part().to_owned(),
            name: tensor.name.clone().into_owned(),
            expected,
            found,
        })
    }

    /// Reads a tensor into memory of its own.
    fn read(
        &self,
        tensor: &TensorInfo<'_>,
        dtype: DType,
        dims: Dims,
        begin: u64,
    ) -> Result<Array, CheckpointError> {
        let read = |offset: usize, out: &mut [u8]| self.head.read_at(begin + offset as u64, out);
        let array = Array::read_le_bytes(dtype, dims, &read).map_err(|error| {
            CheckpointError::Read { file: self.head.path.clone(), cause: ReadError::Io(error) }
        })?;
        array.ok_or_else(|| {
            self.content(tensor, "takes booleans as 0 or 1, found another byte".to_owned())
        })
    }

    /// Where the data begins in the file.
    fn start(&self) -> u64 {
        8 + self.head.text.len() as u64
    }

    /// A tensor of the file that no variable can have.
    pub(super) fn content(&self, tensor: &TensorInfo<'_>, problem: String) -> CheckpointError {
        let name = tensor.name.clone().into_owned();
        CheckpointError::Content { file: self.head.path.clone(), name, problem }
    }

    /// The sizes of a tensor, if an array can have as many axes.
    pub(super) fn sizes<'t>(
        &self,
        tensor: &'t TensorInfo<'_>,
    ) -> Result<&'t [usize], CheckpointError> {
        tensor.shape.get().map_err(|axes| {
            self.content(tensor, format!("has {axes} axes, expected at most {MAX_RANK}"))
        })
    }

    /// The elements of a tensor, as they are in the file.
    pub(super) fn bytes(&self, tensor: &TensorInfo<'_>) -> Result<Vec<u8>, CheckpointError> {
        let read = || -> io::Result<Vec<u8>> {
            let mut bytes = zeros(tensor.end - tensor.begin)?;
            self.head.read_at(self.start() + tensor.begin, &mut bytes)?;
            Ok(bytes)
        };
        let bytes = read().map_err(|error| CheckpointError::Read {
            file: self.head.path.clone(),
            cause: ReadError::Io(error),
        })?;
        if let Some(expected) = tensor.crc32 {
            self.compare(tensor, expected, checksum::of_bytes(&bytes))?;
        }
        Ok(bytes)
    }
}

/// Memory for `length` bytes. A failed allocation is an error.
fn zeros(length: u64) -> io::Result<Vec<u8>> {
    let length = usize::try_from(length).map_err(|_| ErrorKind::OutOfMemory)?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length)?;
    bytes.resize(length, 0);
    Ok(bytes)
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
        "BF16" => DType::Bf16,
        "I32" => DType::I32,
        "I64" => DType::I64,
        "U32" => DType::U32,
        "U8" => DType::U8,
        "BOOL" => DType::Bool,
        _ => return None,
    })
}
