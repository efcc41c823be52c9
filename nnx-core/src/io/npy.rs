//! NumPy's npy format: one array.

use std::io::{self, ErrorKind, Read};
use std::path::Path as FilePath;

use super::CheckpointError;
use super::elements::{FileType, Refused, to_array};
use super::header::shortened;
use crate::Error;
use crate::array::{Array, DType, MAX_RANK};
use crate::files::{self, ReadError};

/// The magic bytes of an npy file.
pub(super) const MAGIC: &[u8; 6] = b"\x93NUMPY";
/// The longest header that is read, in bytes.
const HEADER: u32 = 1 << 16;

/// An array of an npy file (`np.save`, `np.load`), or of an npz file.
///
/// Any of the types of [`FileType`] except bf16, which NumPy lacks, in either byte order, and in C or Fortran order.
///
/// ```
/// use nnx_core::array::{Array, DType};
/// use nnx_core::io::NpyArray;
///
/// let directory = tempfile::tempdir()?;
/// let file = directory.path().join("x.npy");
/// NpyArray::save(&Array::new(vec![1.0f32, 2.0, 3.0, 4.0], &[2, 2])?, &file)?;
///
/// let x = NpyArray::read(&file)?;
/// assert_eq!((x.dtype().to_string(), x.sizes()), ("f32".to_owned(), &[2, 2][..]));
/// assert_eq!(x.to_array(DType::F64)?.to_vec::<f64>()?, [1.0, 2.0, 3.0, 4.0]);
/// assert_eq!(x.to_array(DType::I32).unwrap_err(), "holds f32, which isn't converted to i32");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NpyArray {
    dtype: FileType,
    sizes: Vec<usize>,
    /// The first axis varies fastest.
    fortran: bool,
    /// Little-endian.
    bytes: Vec<u8>,
}

impl NpyArray {
    /// Reads an npy file.
    ///
    /// # Errors
    /// If the file can't be read, isn't a whole npy file, or has elements of a different type than those of
    /// [`FileType`].
    pub fn read(file: impl AsRef<FilePath>) -> Result<Self, Error> {
        let file = file.as_ref();
        let unreadable = |cause| CheckpointError::Read { file: file.to_owned(), cause };
        let opened = files::open(file).map_err(unreadable)?;
        let length = opened.metadata().map_err(|error| unreadable(ReadError::Io(error)))?.len();
        Self::from_reader(opened, length).map_err(|error| wrong(file, "npy", error).into())
    }

    /// The array of the bytes of an npy file.
    ///
    /// # Errors
    /// If they aren't a whole npy file; the text says why.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        Self::from_reader(bytes, bytes.len() as u64)
            .map_err(|error| problem(error).unwrap_or_else(|error| error.to_string()))
    }

    /// Reads an array from `length` bytes.
    pub(super) fn from_reader(mut bytes: impl Read, length: u64) -> io::Result<Self> {
        let NpyHeader { dtype, big_endian, fortran, sizes, begin } = NpyHeader::read(&mut bytes)?;
        let size =
            sizes.iter().try_fold(dtype.bytes() as u64, |size, &n| size.checked_mul(n as u64));
        if size != length.checked_sub(begin) {
            return Err(damaged(format!(
                "{} bytes of elements, but its header describes {dtype} {sizes:?}",
                length.saturating_sub(begin)
            )));
        }
        // The vector grows as bytes arrive: the size in the header can't be trusted.
        let mut elements = Vec::new();
        let mut bytes = bytes.take(length - begin);
        bytes.read_to_end(&mut elements)?;
        // Reading up to the end makes an archive check the entry's checksum.
        if Some(elements.len() as u64) != size || bytes.into_inner().read(&mut [0])? > 0 {
            return Err(damaged("its length isn't what it was"));
        }
        if big_endian {
            elements.chunks_exact_mut(dtype.bytes()).for_each(<[u8]>::reverse);
        }
        Ok(Self { dtype, sizes, fortran, bytes: elements })
    }

    /// The type of its elements in the file.
    #[must_use]
    pub fn dtype(&self) -> FileType {
        self.dtype
    }

    /// The sizes of its axes.
    #[must_use]
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// Its elements as this type, if every value stays the same: floats of a file become floats, and integers integers.
    ///
    /// # Errors
    /// If a value would change, or the types are of a different kind, or there are more than eight axes; the text says
    /// so.
    pub fn to_array(&self, dtype: DType) -> Result<Array, String> {
        self.convert(dtype, false)
            .map_err(|refused| self.text(&refused, dtype, " (`to_array_rounded` rounds it)"))
    }

    /// [`to_array`](Self::to_array), but floats are rounded to the nearest value of the type.
    ///
    /// # Errors
    /// As [`to_array`](Self::to_array), for integers that don't fit, and for finite floats that would become infinite.
    pub fn to_array_rounded(&self, dtype: DType) -> Result<Array, String> {
        self.convert(dtype, true).map_err(|refused| self.text(&refused, dtype, " (f64 has it)"))
    }

    /// `way_out` is that of a float that the type can't represent.
    fn text(&self, refused: &Refused, dtype: DType, way_out: &str) -> String {
        match refused {
            Refused::Kind => format!("holds {}, which isn't converted to {dtype}", self.dtype),
            Refused::Value(value) => {
                let way_out = if dtype.is_read_as_float() { way_out } else { "" };
                format!("holds {value}, which isn't a value of {dtype}{way_out}")
            }
            Refused::Bytes(problem) => problem.clone(),
        }
    }

    pub(super) fn convert(&self, dtype: DType, rounding: bool) -> Result<Array, Refused> {
        if self.sizes.len() > MAX_RANK {
            let axes = self.sizes.len();
            return Err(Refused::Bytes(format!("has {axes} axes, expected at most {MAX_RANK}")));
        }
        if !self.fortran {
            return to_array(self.dtype, &self.bytes, &self.sizes, dtype, rounding);
        }
        let reversed: Vec<usize> = self.sizes.iter().rev().copied().collect();
        let array = to_array(self.dtype, &self.bytes, &reversed, dtype, rounding)?;
        let order: Vec<usize> = (0..reversed.len()).rev().collect();
        Ok(array.permute(&order).contiguous())
    }

    /// Writes an array as an npy file, which is replaced atomically: `np.load(file)` reads it.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn save(array: &Array, file: impl AsRef<FilePath>) -> Result<(), Error> {
        let file = file.as_ref();
        let bytes = encode(array.dtype().into(), &array.dims(), &array.to_le_bytes());
        Ok(files::write(file, &bytes)
            .map_err(|cause| CheckpointError::Write { file: file.to_owned(), cause })?)
    }
}

/// The problem with a file, or the error of reading it.
pub(super) fn problem(error: io::Error) -> Result<String, io::Error> {
    match error.kind() {
        ErrorKind::Unsupported => Ok(error.to_string()),
        ErrorKind::InvalidData | ErrorKind::UnexpectedEof | ErrorKind::InvalidInput => {
            let text = error.to_string();
            Ok(format!("isn't whole: {}; fetch or copy the file again", shortened(&text)))
        }
        _ => Err(error),
    }
}

/// The error of a file that can't be read, or isn't whole.
pub(super) fn wrong(file: &FilePath, format: &'static str, error: io::Error) -> CheckpointError {
    let file = file.to_owned();
    match problem(error) {
        Ok(problem) => CheckpointError::Numpy { file, format, problem },
        Err(error) => CheckpointError::Read { file, cause: ReadError::Io(error) },
    }
}

fn damaged(problem: impl Into<String>) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, problem.into())
}

/// The header of an npy file.
#[derive(Debug)]
pub(super) struct NpyHeader {
    pub(super) dtype: FileType,
    big_endian: bool,
    fortran: bool,
    pub(super) sizes: Vec<usize>,
    /// The position of the elements.
    begin: u64,
}

impl NpyHeader {
    /// Reads the header: a Python dictionary of three entries.
    pub(super) fn read(mut file: impl Read) -> io::Result<Self> {
        let mut start = [0; 8];
        file.read_exact(&mut start)?;
        if !start.starts_with(MAGIC) {
            return Err(damaged("it doesn't start as one"));
        }
        let (length, before) = if start[6] == 1 {
            let mut length = [0; 2];
            file.read_exact(&mut length)?;
            (u32::from(u16::from_le_bytes(length)), 10)
        } else {
            let mut length = [0; 4];
            file.read_exact(&mut length)?;
            (u32::from_le_bytes(length), 12)
        };
        if length > HEADER {
            return Err(damaged(format!("a header of {length} bytes, expected at most {HEADER}")));
        }
        let mut text = vec![0; length as usize];
        file.read_exact(&mut text)?;
        let text = str::from_utf8(&text).map_err(|error| damaged(error.to_string()))?;
        let Some((descr, fortran, sizes)) = dictionary(text) else {
            return Err(damaged(format!("the header {:?}", shortened(text.trim()))));
        };
        let (dtype, big_endian) = match descr.split_at_checked(1) {
            Some(("<" | "|" | "=", name)) => (FileType::from_numpy(name), false),
            Some((">", name)) => (FileType::from_numpy(name), true),
            _ => (None, false),
        };
        let Some(dtype) = dtype else {
            let descr = shortened(descr);
            let problem = format!(
                "has elements of type `{descr}`, which aren't read; convert them by x.astype(np.float32)"
            );
            return Err(io::Error::new(ErrorKind::Unsupported, problem));
        };
        Ok(Self { dtype, big_endian, fortran, sizes, begin: before + u64::from(length) })
    }
}

/// `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`, in any order.
fn dictionary(text: &str) -> Option<(&str, bool, Vec<usize>)> {
    let mut rest = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
    let (mut descr, mut fortran, mut sizes) = (None, None, None);
    while !rest.is_empty() {
        let (key, behind) = quoted(rest)?;
        let value = behind.trim_start().strip_prefix(':')?.trim_start();
        let behind = match key {
            // A list of fields: structured arrays can't be read.
            "descr" if descr.is_none() && value.starts_with('[') => {
                let (list, behind) = value.split_at(value.find(']')? + 1);
                descr = Some(list);
                behind
            }
            "descr" if descr.is_none() => {
                let (name, behind) = quoted(value)?;
                descr = Some(name);
                behind
            }
            "fortran_order" if fortran.is_none() => {
                let is_true = value.starts_with("True");
                fortran = Some(is_true);
                value.strip_prefix(if is_true { "True" } else { "False" })?
            }
            "shape" if sizes.is_none() => {
                let (list, behind) = value.strip_prefix('(')?.split_once(')')?;
                let parts = list.split(',').map(str::trim);
                // A comma may follow the last size.
                let parts = parts.filter(|part| !part.is_empty());
                let parsed: Option<Vec<usize>> =
                    parts.map(|part| part.trim_end_matches('L').parse().ok()).collect();
                sizes = Some(parsed?);
                behind
            }
            _ => return None,
        };
        let behind = behind.trim_start();
        rest = match behind.strip_prefix(',') {
            Some(more) => more.trim_start(),
            None if behind.is_empty() => "",
            None => return None,
        };
    }
    Some((descr?, fortran?, sizes?))
}

fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|&c| c == '\'' || c == '"')?;
    text[1..].split_once(quote)
}

/// The npy file of elements in C order. The header is padded so that they start at a multiple of 64 bytes.
pub(super) fn encode(dtype: FileType, sizes: &[usize], bytes: &[u8]) -> Vec<u8> {
    let name = dtype.numpy().expect("NumPy has all types that are written");
    let order = if dtype.bytes() == 1 { '|' } else { '<' };
    let listed: Vec<String> = sizes.iter().map(usize::to_string).collect();
    let comma = if sizes.len() == 1 { "," } else { "" };
    let mut header = format!(
        "{{'descr': '{order}{name}', 'fortran_order': False, 'shape': ({}{comma}), }}",
        listed.join(", ")
    );
    let padding = (10 + header.len() + 1).next_multiple_of(64) - (10 + header.len() + 1);
    header.extend(std::iter::repeat_n(' ', padding));
    header.push('\n');
    let length = u16::try_from(header.len()).expect("eight sizes are short");
    [MAGIC, &[1, 0][..], &length.to_le_bytes(), header.as_bytes(), bytes].concat()
}
