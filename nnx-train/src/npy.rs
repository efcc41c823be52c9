//! NumPy's npy and npz files.

use std::io::{self, Cursor, Read};
use std::path::Path;

use nnx_core::array::Element;
use nnx_core::size::Shape;
use nnx_core::tensor::Tensor;
use npyz::npz::NpzArchive;
use npyz::{DType, NpyFile, Order};

use crate::class_folder::bytes;
use crate::source::LIMIT;
use crate::{DataError, Malformed};

/// The longest header of an npy file.
const HEADER: usize = 1 << 16;

/// An element type that is read from NumPy's files: `f32`, `f64`, `i32`, `u32`, `u8` or `bool`.
pub trait NpyElement: Element {
    /// The elements of a file, or what it holds instead.
    #[doc(hidden)]
    fn read(file: NpyFile<Cursor<&[u8]>>) -> io::Result<Vec<Self>>;
}

/// Reads all numbers as `$wide`, and converts them.
macro_rules! read_as {
    ($file:expr, $type:ident; $($name:literal $wide:ident)*; |$x:ident| $convert:expr) => {{
        let found = name(&$file.dtype());
        match &*found {
            $($name => {
                let numbers: Vec<$wide> = $file.into_vec()?;
                numbers.into_iter().map(|$x| $convert).collect()
            })*
            _ => Err(other(&found)),
        }
    }};
}

/// Integers of any width whose values fit.
macro_rules! integers {
    ($($type:ident)*) => { $(
        impl NpyElement for $type {
            fn read(file: NpyFile<Cursor<&[u8]>>) -> io::Result<Vec<Self>> {
                read_as!(file, $type;
                    "i1" i8 "i2" i16 "i4" i32 "i8" i64 "u1" u8 "u2" u16 "u4" u32 "u8" u64;
                    |x| $type::try_from(x).map_err(|_| {
                        other(&format!("{x}, which is no {}", stringify!($type)))
                    }))
            }
        }
    )* };
}
integers!(i32 u32 u8);

impl NpyElement for f32 {
    fn read(file: NpyFile<Cursor<&[u8]>>) -> io::Result<Vec<Self>> {
        if name(&file.dtype()) == "f4" {
            return file.into_vec();
        }
        read_as!(file, f32; "f8" f64; |x| Ok(x as f32))
    }
}

impl NpyElement for f64 {
    fn read(file: NpyFile<Cursor<&[u8]>>) -> io::Result<Vec<Self>> {
        if name(&file.dtype()) == "f8" {
            return file.into_vec();
        }
        read_as!(file, f64; "f4" f32; |x| Ok(f64::from(x)))
    }
}

impl NpyElement for bool {
    fn read(file: NpyFile<Cursor<&[u8]>>) -> io::Result<Vec<Self>> {
        read_as!(file, bool; "b1" bool; |x| Ok(x))
    }
}

fn other(found: &str) -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, found.to_owned())
}

/// The type without its byte order: `f4`, `i8`.
fn name(dtype: &DType) -> String {
    match dtype {
        DType::Plain(plain) => {
            plain.to_string().trim_start_matches(['<', '>', '|', '=']).to_owned()
        }
        _ => "records".to_owned(),
    }
}

/// Reads an npy file, which `np.save` wrote, as a tensor: its shape has to be that of the type. Floats of 64 bits are
/// rounded to `f32`, and floats of 32 bits become `f64`; integers of any width become `i32`, `u32` or `u8` if all fit.
///
/// ```
/// use nnx_core::{Tensor, size::Batch};
/// use nnx_train::{Dataset, TensorRows, read_npy};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("rows.npy");
/// # let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }".to_owned() + &" ".repeat(60) + "\n";
/// # let length = (header.len() as u16).to_le_bytes();
/// # let values = [1.0f32, 2.0].map(f32::to_le_bytes).concat();
/// # std::fs::write(&path, [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), &values].concat())?;
/// let rows: Tensor![Batch, 1] = read_npy(path)?;
/// assert_eq!(TensorRows::new(rows).len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A file that can't be read, is no npy file, is cut short, or has another shape or other elements.
pub fn read_npy<S: Shape, E: NpyElement>(
    path: impl AsRef<Path>,
) -> Result<Tensor<S, E>, DataError> {
    let path = path.as_ref();
    parse(&path.display().to_string(), &bytes(path, LIMIT)?)
}

/// Reads the array of a name from an npz file, which `np.savez` or `np.savez_compressed` wrote; see [`read_npy`].
///
/// # Errors
/// As [`read_npy`], and a file without an array of this name.
pub fn read_npz<S: Shape, E: NpyElement>(
    path: impl AsRef<Path>,
    array: &str,
) -> Result<Tensor<S, E>, DataError> {
    let path = path.as_ref();
    let file = path.display().to_string();
    let damaged = |error: io::Error| {
        Malformed::new(&file, "a whole npz file", error.to_string())
            .fix("fetch or copy the file again")
    };
    let packed = bytes(path, LIMIT)?;
    let mut archive = NpzArchive::new(Cursor::new(&packed[..])).map_err(damaged)?;
    let mut names: Vec<String> = archive.array_names().map(str::to_owned).collect();
    names.sort();
    if !names.iter().any(|name| name == array) {
        let expected = format!("an array `{array}`");
        return Err(Malformed::new(file, expected, names.join(", ")).into());
    }
    let entry = archive.zip_archive().by_name(&npyz::npz::file_name_from_array_name(array));
    let entry = entry.map_err(|error| damaged(error.into()))?;
    let mut unpacked = Vec::new();
    entry.take(LIMIT + 1).read_to_end(&mut unpacked).map_err(damaged)?;
    if unpacked.len() as u64 > LIMIT {
        return Err(DataError::TooLong { file, limit: LIMIT });
    }
    parse(&format!("{file}, array `{array}`"), &unpacked)
}

fn parse<S: Shape, E: NpyElement>(name: &str, bytes: &[u8]) -> Result<Tensor<S, E>, DataError> {
    let damaged = |found: String| {
        Malformed::new(name, "a whole npy file", found).fix("fetch or copy the file again")
    };
    // The parser trusts the length in the header.
    let length = bytes.get(8..12).map(|length| match bytes[6] {
        1 => usize::from(u16::from_le_bytes([length[0], length[1]])),
        _ => u32::from_le_bytes([length[0], length[1], length[2], length[3]]) as usize,
    });
    if length.is_none_or(|length| length > HEADER.min(bytes.len())) {
        return Err(damaged(format!("{} bytes without a header", bytes.len())).into());
    }
    let header = String::from_utf8_lossy(&bytes[..bytes.len().min(12 + HEADER)]);
    let Some(dims) = sizes(&header) else {
        return Err(damaged("a header without a shape".to_owned()).into());
    };
    // Before the parser multiplies them: an element has at least one byte.
    let count = dims.iter().try_fold(1usize, |count, &size| count.checked_mul(size));
    if count.is_none_or(|count| count > bytes.len()) {
        let found = format!("the sizes {dims:?} in the header, and {} bytes", bytes.len());
        return Err(damaged(found).into());
    }
    let file = NpyFile::new(Cursor::new(bytes)).map_err(|error| damaged(error.to_string()))?;
    let shape: Vec<u64> = dims.iter().map(|&size| size as u64).collect();
    if file.shape() != shape {
        return Err(damaged("a header with two shapes".to_owned()).into());
    }
    if let Some(problem) = S::mismatch(&dims) {
        let fix = format!("change the type of the tensor, or the array ({problem})");
        let found = format!("{dims:?}");
        return Err(Malformed::new(name, format!("the shape {}", S::describe()), found)
            .fix(&fix)
            .into());
    }
    if file.order() == Order::Fortran && dims.len() > 1 {
        let fix = "save it by np.save(file, np.ascontiguousarray(x))";
        return Err(Malformed::new(name, "elements in C order", "Fortran order").fix(fix).into());
    }
    let elements = E::read(file).map_err(|error| match error.kind() {
        io::ErrorKind::Unsupported => {
            let fix = "convert it by x.astype(..)";
            Malformed::new(name, format!("elements for {}", E::DTYPE), error.to_string()).fix(fix)
        }
        _ => damaged(error.to_string()),
    })?;
    Tensor::from_shape_vec(&dims, elements).map_err(|error| damaged(error.to_string()).into())
}

/// The sizes in a header: `'shape': (3, 2)`.
fn sizes(header: &str) -> Option<Vec<usize>> {
    let (_, behind) = header.split_once("'shape'")?;
    let (_, open) = behind.split_once('(')?;
    let (sizes, _) = open.split_once(')')?;
    let sizes = sizes.split(',').map(str::trim).filter(|size| !size.is_empty());
    sizes.map(|size| size.trim_end_matches('L').parse().ok()).collect()
}
