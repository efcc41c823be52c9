//! Weights for other programs: safetensors or npz files, optionally as 16-bit floats.

use std::path::Path as FilePath;

use safetensors::tensor::{Dtype, TensorView};

use super::CheckpointError;
use super::elements::{FileType, to_halves};
use super::names::to_tensor_name;
use super::npy::encode;
use super::npz;
use crate::Error;
use crate::array::{Array, Dims};
use crate::files::{self, WriteError};
use crate::module::{Filter, Module, Path, state_of};

/// Writes the variables of a model for other programs, named by their paths: `layers/0/kernel`.
///
/// ```
/// use nnx_core::io::{Export, FileType, Foreign};
/// use nnx_core::module::{Filter, Init, kind};
/// use nnx_core::{nn::Linear, random::Rngs, size::{U2, U3}};
///
/// let directory = tempfile::tempdir()?;
/// let model = Linear::<U3, U2>::init(&mut Rngs::new(0));
/// // `np.load("model.npz")["kernel"]`.
/// Export::new().npz(&model, directory.path().join("model.npz"))?;
///
/// // Half the size: `safetensors.torch.load_file(file)["kernel"]` is a `torch.bfloat16`.
/// let file = directory.path().join("model.safetensors");
/// let weights = Export::new().of(Filter::kind::<kind::Param>()).floats(FileType::Bf16);
/// weights.safetensors(&model, &file)?;
///
/// // They come back as f32, rounded to eight bits of fraction.
/// let mut other = Linear::<U3, U2>::init(&mut Rngs::new(1));
/// Foreign::by_path().load(&mut other, &file)?;
/// let (a, b) = (model.kernel.value().to_vec(), other.kernel.value().to_vec());
/// assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() <= a.abs() / 256.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A file of halves is for inference, and for other programs. To continue training, [`save`](super::save) the model,
/// bit for bit.
#[derive(Debug)]
pub struct Export {
    filter: Filter,
    floats: Option<FileType>,
}

/// One tensor of a file: its path and name, type, sizes and bytes.
type Exported = (Path, String, FileType, Dims, Vec<u8>);

impl Export {
    /// All variables of a model, as they are.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "a builder reads better from `new`")]
    pub fn new() -> Self {
        Self { filter: Filter::everything(), floats: None }
    }

    /// Only the variables that a filter selects.
    #[must_use]
    pub fn of(self, filter: Filter) -> Self {
        Self { filter, ..self }
    }

    /// Writes floating-point variables as 16-bit floats, [`FileType::F16`] or [`FileType::Bf16`]: the nearest value, of two
    /// the even one. NaN and infinities stay; a finite value that would become infinite is an error.
    ///
    /// # Panics
    /// If the type is another one.
    #[must_use]
    #[track_caller]
    pub fn floats(self, half: FileType) -> Self {
        let is_half = matches!(half, FileType::F16 | FileType::Bf16);
        assert!(is_half, "floats are written as f16 or bf16, or as they are; found {half}");
        Self { floats: Some(half), ..self }
    }

    /// Writes a safetensors file, which is replaced atomically.
    ///
    /// # Errors
    /// If the file can't be written, the filter selects nothing, or a value doesn't fit the 16 bits asked for. Nothing is
    /// changed then.
    pub fn safetensors<M: Module + ?Sized>(
        &self,
        model: &M,
        file: impl AsRef<FilePath>,
    ) -> Result<(), Error> {
        let file = file.as_ref();
        let tensors = self.tensors(model, file)?;
        let views = tensors.iter().map(|(_, name, dtype, dims, bytes)| {
            let view = TensorView::new(to_format(*dtype), dims.to_vec(), bytes);
            (name, view.expect("as many bytes as the shape has elements"))
        });
        let unwritable = |cause| CheckpointError::Write { file: file.to_owned(), cause };
        let bytes = safetensors::serialize(views, None)
            .map_err(|error| unwritable(WriteError::Io(std::io::Error::other(error))))?;
        Ok(files::write(file, &bytes).map_err(unwritable)?)
    }

    /// Writes an npz file, which is replaced atomically, for `np.load`. NumPy has no bf16.
    ///
    /// # Errors
    /// As [`safetensors`](Self::safetensors), and if bf16 is asked for.
    pub fn npz<M: Module + ?Sized>(
        &self,
        model: &M,
        file: impl AsRef<FilePath>,
    ) -> Result<(), Error> {
        let file = file.as_ref();
        let mut arrays = Vec::new();
        for (path, name, dtype, dims, bytes) in self.tensors(model, file)? {
            if dtype.numpy().is_none() {
                let problem = "NumPy has no such type; write f16, or a safetensors file".to_owned();
                return Err(CheckpointError::Export {
                    file: file.to_owned(),
                    path,
                    dtype,
                    problem,
                }
                .into());
            }
            arrays.push((name, encode(dtype, &dims, &bytes)));
        }
        Ok(npz::write(arrays, file)?)
    }

    fn tensors<M: Module + ?Sized>(
        &self,
        model: &M,
        file: &FilePath,
    ) -> Result<Vec<Exported>, CheckpointError> {
        super::checkpoint::check_selects(&self.filter, model, file)?;
        let mut tensors = Vec::new();
        for (path, entry) in state_of(&self.filter, model).iter() {
            let name = to_tensor_name(path).map_err(|problem| CheckpointError::Name {
                file: file.to_owned(),
                path: path.clone(),
                problem,
            })?;
            let (dtype, bytes) = self.bytes(path, &entry.array, file)?;
            tensors.push((path.clone(), name, dtype, entry.array.dims(), bytes));
        }
        Ok(tensors)
    }

    fn bytes(
        &self,
        path: &Path,
        array: &Array,
        file: &FilePath,
    ) -> Result<(FileType, Vec<u8>), CheckpointError> {
        let wide = array.widened();
        let Some(dtype) = self.floats.filter(|_| wide.dtype().is_float()) else {
            return Ok((array.dtype().into(), array.to_le_bytes()));
        };
        let bytes = to_halves(&wide, dtype).map_err(|value| CheckpointError::Export {
            file: file.to_owned(),
            path: path.clone(),
            dtype,
            problem: format!(
                "it has {value:?}, which is beyond the largest {dtype}; write {}",
                if dtype == FileType::F16 {
                    "bf16, or the variable as it is"
                } else {
                    "the variable as it is"
                }
            ),
        })?;
        Ok((dtype, bytes))
    }
}

fn to_format(dtype: FileType) -> Dtype {
    match dtype {
        FileType::F64 => Dtype::F64,
        FileType::F32 => Dtype::F32,
        FileType::F16 => Dtype::F16,
        FileType::Bf16 => Dtype::BF16,
        FileType::I64 => Dtype::I64,
        FileType::I32 => Dtype::I32,
        FileType::I16 => Dtype::I16,
        FileType::I8 => Dtype::I8,
        FileType::U64 => Dtype::U64,
        FileType::U32 => Dtype::U32,
        FileType::U16 => Dtype::U16,
        FileType::U8 => Dtype::U8,
        FileType::Bool => Dtype::BOOL,
    }
}
