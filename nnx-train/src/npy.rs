//! NumPy's npy and npz files.

use std::path::Path;

use nnx_core::array::Element;

use nnx_core::io::{CheckpointError, NpyArray, NpzFile};
use nnx_core::size::Shape;
use nnx_core::tensor::Tensor;

use crate::reader::LIMIT;
use crate::{DataError, Malformed};

/// Reads an npy file, which `np.save` wrote, as a tensor: its shape has to be that of the type. Floats of 16, 32 or 64 bits
/// become `f32` or `f64`, rounded to the nearest; integers of any width become `i32`, `i64`, `u32` or `u8` if all fit.
/// Elements may be in either byte order, and in C or Fortran order.
///
/// ```
/// use nnx_core::{Tensor, size::Batch};
/// use nnx_train::{Dataset, TensorRows, read_npy, write_npy};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("rows.npy");
/// # write_npy(&path, &nnx_core::tensor::Tensor::from([[1.0], [2.0]]))?;
/// let rows: Tensor![Batch, 1] = read_npy(path)?;
/// assert_eq!(TensorRows::new(rows).len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A file that can't be read, is no npy file, is cut short, is longer than 1 GiB, or has a different shape or element
/// type.
pub fn read_npy<S: Shape, E: Element>(path: impl AsRef<Path>) -> Result<Tensor<S, E>, DataError> {
    let path = path.as_ref();
    let name = path.display().to_string();
    if std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() > LIMIT) {
        return Err(DataError::TooLong { file: name, limit: LIMIT });
    }
    let array = NpyArray::read(path).map_err(|error| failed(&name, "npy", error))?;
    typed(&name, &array)
}

/// Reads the array of a name from an npz file, which `np.savez` or `np.savez_compressed` wrote; see [`read_npy`].
///
/// # Errors
/// As [`read_npy`], and a file without an array of this name.
pub fn read_npz<S: Shape, E: Element>(
    path: impl AsRef<Path>,
    array: &str,
) -> Result<Tensor<S, E>, DataError> {
    let path = path.as_ref();
    let file = path.display().to_string();
    let archive = NpzFile::open(path).map_err(|error| failed(&file, "npz", error))?;
    match archive.unpacked_bytes(array) {
        None => {
            let names: Vec<&str> = archive.names().take(100).collect();
            let expected = format!("an array `{array}`");
            return Err(Malformed::new(file, expected, names.join(", ")).into());
        }
        Some(length) if length > LIMIT => return Err(DataError::TooLong { file, limit: LIMIT }),
        Some(_) => {}
    }
    let name = format!("{file}, array `{array}`");
    let array = archive.get(array).map_err(|error| failed(&name, "npz", error))?;
    typed(&name, &array)
}

/// Writes a tensor as an npy file, which is replaced atomically: `np.load(path)` reads it.
///
/// # Errors
/// If the file can't be written.
pub fn write_npy<S: Shape, E: Element>(
    path: impl AsRef<Path>,
    tensor: &Tensor<S, E>,
) -> Result<(), nnx_core::Error> {
    NpyArray::save(tensor.clone().into_dyn().array(), path)
}

/// The error of a file that can't be read, or isn't whole.
fn failed(name: &str, format: &str, error: nnx_core::Error) -> DataError {
    let whole = format!("a whole {format} file");
    match error {
        nnx_core::Error::Checkpoint(CheckpointError::Read { cause, .. }) => {
            DataError::Read { file: name.to_owned(), cause }
        }
        nnx_core::Error::Checkpoint(
            CheckpointError::Numpy { problem, .. } | CheckpointError::Content { problem, .. },
        ) => Malformed::new(name, whole, format!("one that {problem}")).into(),
        other => Malformed::new(name, whole, other.to_string()).into(),
    }
}

fn typed<S: Shape, E: Element>(name: &str, array: &NpyArray) -> Result<Tensor<S, E>, DataError> {
    let dims = array.sizes();
    if let Some(problem) = S::mismatch(dims) {
        let fix = format!("change the type of the tensor, or the array ({problem})");
        let expected = format!("the shape {}", S::describe());
        return Err(Malformed::new(name, expected, format!("{dims:?}")).fix(&fix).into());
    }
    let array = array.to_array_rounded(E::DTYPE).map_err(|problem| {
        let found = problem.trim_start_matches("holds ").to_owned();
        let expected = format!("elements for {}", E::DTYPE);
        Malformed::new(name, expected, found).fix("convert it by x.astype(..)")
    })?;
    let whole = |error: nnx_core::array::ShapeError| {
        Malformed::new(name, "a whole array", error.to_string())
    };
    Tensor::try_from(array).map_err(|error| whole(error).into())
}
