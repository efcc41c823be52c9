//! Files of tensors: read with suspicion, written whole.

use std::fs;
use std::io::{Read, Write};
use std::path::Path as FilePath;

use safetensors::tensor::{Dtype, Metadata, SafeTensors, TensorView};
use tempfile::NamedTempFile;

use super::CheckpointError;
use crate::array::{Array, DType, Dims, MAX_RANK, ShapeError};
use crate::module::{Entry, State};

/// Writes to a new file beside the one asked for, and gives it that name once it is whole.
pub(super) fn write(state: &State, file: &FilePath) -> std::io::Result<()> {
    let tensors: Vec<(String, DType, Dims, Vec<u8>)> = state
        .iter()
        .map(|(path, Entry { array, .. })| {
            (path.to_string(), array.dtype(), array.dims(), array.to_le_bytes())
        })
        .collect();
    let views = tensors.iter().map(|(name, dtype, dims, bytes)| {
        let view = TensorView::new(to_format(*dtype), dims.to_vec(), bytes);
        (name, view.expect("as many bytes as the shape has elements"))
    });
    let bytes = safetensors::serialize(views, None).map_err(std::io::Error::other)?;
    let mut whole = beside(file)?;
    whole.write_all(&bytes)?;
    whole.as_file().sync_all()?;
    whole.persist(file).map_err(|error| error.error)?;
    Ok(())
}

/// A new file in the directory of another, which goes away unless it is given a name.
pub(super) fn beside(file: &FilePath) -> std::io::Result<NamedTempFile> {
    if file.is_dir() {
        return Err(std::io::Error::new(std::io::ErrorKind::IsADirectory, "it is a directory"));
    }
    if file.file_name().is_none() {
        return Err(std::io::Error::new(
            std::io::ErrorKind::InvalidInput,
            "the path has no file name",
        ));
    }
    let directory = match file.parent() {
        Some(parent) if parent != FilePath::new("") => parent,
        _ => FilePath::new("."),
    };
    if !fs::metadata(directory)?.is_dir() {
        return Err(std::io::Error::new(
            std::io::ErrorKind::NotADirectory,
            "its directory is a file",
        ));
    }
    let mut builder = tempfile::Builder::new();
    // Readable as any other file that a program makes; the umask takes its share off.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    // What went wrong, without the temporary file's name, which says nothing to anybody.
    builder.tempfile_in(directory).map_err(|error| error.kind().into())
}

/// The bytes of a file, if it is as long as its own header says: what lies behind a lying header, or in
/// a device without end, isn't read.
pub(super) fn read_whole(file: &FilePath) -> Result<Vec<u8>, CheckpointError> {
    let unreadable = |source| CheckpointError::Read { file: file.to_owned(), source };
    let wrong = |problem: String| CheckpointError::Format { file: file.to_owned(), problem };
    let mut opened = fs::File::open(file).map_err(unreadable)?;
    let about = opened.metadata().map_err(unreadable)?;
    if about.is_dir() {
        return Err(unreadable(std::io::ErrorKind::IsADirectory.into()));
    }
    if !about.is_file() {
        return Err(wrong("a device or a pipe, where a file was expected".to_owned()));
    }
    let mut length = [0; 8];
    if about.len() < 8 {
        return Err(wrong(format!("{} bytes, less than its header takes", about.len())));
    }
    opened.read_exact(&mut length).map_err(unreadable)?;
    let length = u64::from_le_bytes(length);
    if length > LONGEST_HEADER || length > about.len() - 8 {
        return Err(wrong(format!("a header of {length} bytes in a file of {}", about.len())));
    }
    let mut bytes = vec![0; usize::try_from(8 + length).expect("a header within memory")];
    opened.read_exact(&mut bytes[8..]).map_err(unreadable)?;
    let header: Metadata =
        serde_json::from_slice(&bytes[8..]).map_err(|error| wrong(error.to_string()))?;
    // A header may ask for any length.
    let expected = 8 + u128::from(length) + header.data_len() as u128;
    if expected != u128::from(about.len()) {
        return Err(wrong(format!("{} bytes, but its header asks for {expected}", about.len())));
    }
    bytes[..8].copy_from_slice(&length.to_le_bytes());
    opened.read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// The tensors of a file.
pub(super) fn parse<'a>(
    bytes: &'a [u8],
    file: &FilePath,
) -> Result<SafeTensors<'a>, CheckpointError> {
    SafeTensors::deserialize(bytes).map_err(|error| CheckpointError::Format {
        file: file.to_owned(),
        problem: error.to_string(),
    })
}

/// A tensor of a file as an array, if arrays have such elements and as many axes.
pub(super) fn array_of(
    name: &str,
    view: &TensorView<'_>,
    file: &FilePath,
) -> Result<Array, CheckpointError> {
    let (dtype, sizes) = (view.dtype(), view.shape());
    let array = match from_format(dtype) {
        None => Err(format!(
            "holds elements of type {dtype:?}, expected F32, F64, I32, U32, U8 or BOOL"
        )),
        Some(_) if sizes.len() > MAX_RANK => {
            Err(format!("has {} axes, expected at most {MAX_RANK}", sizes.len()))
        }
        Some(dtype) => {
            Array::from_le_bytes(dtype, view.data(), sizes).map_err(|error| match error {
                // Without the name of the function that says so.
                ShapeError::Operands { problem, .. } => problem,
                other => other.to_string(),
            })
        }
    };
    let (file, name) = (file.to_owned(), name.to_owned());
    array.map_err(|problem| CheckpointError::Content { file, name, problem })
}

/// The limit that the format itself sets.
const LONGEST_HEADER: u64 = 100_000_000;

fn to_format(dtype: DType) -> Dtype {
    match dtype {
        DType::F32 => Dtype::F32,
        DType::F64 => Dtype::F64,
        DType::I32 => Dtype::I32,
        DType::U32 => Dtype::U32,
        DType::U8 => Dtype::U8,
        DType::Bool => Dtype::BOOL,
    }
}

fn from_format(dtype: Dtype) -> Option<DType> {
    Some(match dtype {
        Dtype::F32 => DType::F32,
        Dtype::F64 => DType::F64,
        Dtype::I32 => DType::I32,
        Dtype::U32 => DType::U32,
        Dtype::U8 => DType::U8,
        Dtype::BOOL => DType::Bool,
        _ => return None,
    })
}
