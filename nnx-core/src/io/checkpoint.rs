//! A state in a file: one tensor a variable, named by its path.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path as FilePath, PathBuf};

use safetensors::tensor::{Dtype, Metadata, SafeTensors, TensorView};
use tempfile::NamedTempFile;
use thiserror::Error as ThisError;

use crate::Error;
use crate::array::{Array, DType, Dims, MAX_RANK, ShapeError};
use crate::module::{
    Entry, Filter, KindId, Module, Path, State, kind, state, state_of, update, update_of,
};

/// A file of weights that can't be read or written.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The file can't be read.
    #[error("{}: can't be read: {source}; check the path and its permissions", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file can't be written.
    #[error("{}: can't be written: {source}; nothing is changed: check the directory and its permissions", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file isn't a whole safetensors file.
    #[error("{}: not a whole safetensors file: {problem}; it may be cut short, or another kind of file", file.display())]
    Format {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The file holds a tensor that no variable can have.
    #[error("{}: tensor `{name}` {problem}", file.display())]
    Content {
        /// The file.
        file: PathBuf,
        /// The tensor.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The file doesn't fit the model.
    #[error("{}: {source}", file.display())]
    State {
        /// The file.
        file: PathBuf,
        /// Every variable that is missing, unexpected or of another shape.
        source: crate::module::StateError,
    },
}

/// Saves all variables of a model, random streams included. Whatever happens, the file is afterwards
/// either the old one or the whole new one.
///
/// ```
/// use nnx_core::{io, module::Init, nn::Linear, random::Rngs, size::{U2, U3}};
///
/// let directory = tempfile::tempdir()?;
/// let file = directory.path().join("model.safetensors");
/// let model = Linear::<U3, U2>::init(&mut Rngs::new(0));
/// io::save(&model, &file)?;
///
/// let mut other = Linear::<U3, U2>::init(&mut Rngs::new(1));
/// io::load(&mut other, &file)?;
/// assert_eq!(other.kernel.value().to_vec(), model.kernel.value().to_vec());
///
/// let mut wider = Linear::<U3, nnx_core::size::U4>::init(&mut Rngs::new(1));
/// let error = io::load(&mut wider, &file).unwrap_err().to_string();
/// assert!(error.contains("wrong shape: kernel is (3, 4) in the model, (3, 2) here"), "{error}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the file can't be written.
pub fn save<M: Module + ?Sized>(model: &M, file: impl AsRef<FilePath>) -> Result<(), Error> {
    save_state(&state(model), file)
}

/// Loads all variables of a model.
///
/// # Errors
/// If the file can't be read, isn't whole, or doesn't fit the model: every variable that is missing,
/// unexpected or of another shape is named. The model is unchanged then.
pub fn load<M: Module + ?Sized>(model: &mut M, file: impl AsRef<FilePath>) -> Result<(), Error> {
    let loaded = load_state(&file)?;
    let file = file.as_ref().to_owned();
    update(model, &loaded).map_err(|source| CheckpointError::State { file, source }.into())
}

/// Loads the variables of a model that a filter selects, and leaves the others and whatever else is in
/// the file alone: a trained body under a new head.
///
/// # Errors
/// As [`load`]: a variable that is selected has to be in the file, in its shape.
pub fn load_of<M: Module + ?Sized>(
    filter: &Filter,
    model: &mut M,
    file: impl AsRef<FilePath>,
) -> Result<(), Error> {
    let mut loaded = load_state(&file)?;
    let wanted = state_of(filter, model).into_iter();
    let loaded = wanted.filter_map(|(path, _)| loaded.remove(&path).map(|entry| (path, entry)));
    let loaded = loaded.collect();
    let file = file.as_ref().to_owned();
    update_of(filter, model, &loaded)
        .map_err(|source| CheckpointError::State { file, source }.into())
}

/// Saves a state.
///
/// # Errors
/// If the file can't be written.
pub fn save_state(state: &State, file: impl AsRef<FilePath>) -> Result<(), Error> {
    let file = file.as_ref();
    write(state, file)
        .map_err(|source| CheckpointError::Write { file: file.to_owned(), source }.into())
}

/// An error unless a file can be written there: to be asked before hours of training, not after. A file
/// that is there is left alone.
///
/// # Errors
/// If the directory doesn't exist or isn't writable, or the name is that of a directory.
pub fn check_writable(file: impl AsRef<FilePath>) -> Result<(), Error> {
    let file = file.as_ref();
    beside(file)
        .map(drop)
        .map_err(|source| CheckpointError::Write { file: file.to_owned(), source }.into())
}

/// Writes to a new file beside the one asked for, and gives it that name once it is whole.
fn write(state: &State, file: &FilePath) -> std::io::Result<()> {
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
fn beside(file: &FilePath) -> std::io::Result<NamedTempFile> {
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

/// Loads a state; the file doesn't say of what kind its variables are, so they are of the base kind.
///
/// # Errors
/// If the file can't be read, isn't whole, or holds elements of a type that tensors don't have.
pub fn load_state(file: impl AsRef<FilePath>) -> Result<State, Error> {
    let file = file.as_ref();
    let at = || file.to_owned();
    let bytes = read_whole(file)?;
    let tensors = SafeTensors::deserialize(&bytes)
        .map_err(|error| CheckpointError::Format { file: at(), problem: error.to_string() })?;
    let mut state = State::default();
    for (name, view) in tensors.iter() {
        let wrong = |problem: String| CheckpointError::Content {
            file: at(),
            name: name.to_owned(),
            problem,
        };
        let dtype = from_format(view.dtype()).ok_or_else(|| {
            wrong(format!(
                "holds elements of type {:?}, expected F32, F64, I32, U32, U8 or BOOL",
                view.dtype()
            ))
        })?;
        if view.shape().len() > MAX_RANK {
            return Err(wrong(format!(
                "has {} axes, expected at most {MAX_RANK}",
                view.shape().len()
            ))
            .into());
        }
        let array = Array::from_le_bytes(dtype, view.data(), view.shape()).map_err(|error| {
            wrong(match error {
                // Without the name of the function that says so.
                ShapeError::Operands { problem, .. } => problem,
                other => other.to_string(),
            })
        })?;
        let (path, entry) =
            (Path::parse(name), Entry { kind: KindId::of::<kind::Variable>(), array });
        if state.insert(path.clone(), entry).is_some() {
            return Err(wrong(format!("stands at the path `{path}`, and so does another")).into());
        }
    }
    Ok(state)
}

/// The bytes of a file, if it is as long as its own header says: what lies behind a lying header, or in
/// a device without end, isn't read.
fn read_whole(file: &FilePath) -> Result<Vec<u8>, CheckpointError> {
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
    let expected = 8 + length + header.data_len() as u64;
    if expected != about.len() {
        return Err(wrong(format!("{} bytes, but its header asks for {expected}", about.len())));
    }
    bytes[..8].copy_from_slice(&length.to_le_bytes());
    opened.read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
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
