//! Weights of other libraries, with other names and layouts.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path as FilePath;

use super::CheckpointError;
use super::checkpoint::check_selects;
use super::file::Head;
use super::mismatch::{ForeignError, ForeignMismatch};
use super::source::Source;
use crate::Error;
use crate::array::{Array, ShapeError};
use crate::module::{AnyVariable, Filter, Module, Path, Visitor, VisitorMut};

/// Loads the weights of another library into a model: maps each variable to a tensor of the file, its [`Source`].
///
/// A variable without a source keeps its value, such as the stream of a dropout. Everything else must fit, as
/// with [`load`](super::load): the tensor of each source must be in the file, with the shape of the variable,
/// and each tensor must be the source of a variable or be [ignored](Self::ignoring).
///
/// ```
/// use nnx_core::{io::{Foreign, Source}, module::Init, nn::Linear, random::Rngs, size::{U2, U3}};
///
/// // PyTorch's linear layer: `weight` (Out, In) and `bias` (Out,).
/// let torch = Foreign::new(|path| match path.to_string().as_str() {
///     "kernel" => Some(Source::named("weight").permute(&[1, 0])),
///     "bias" => Some(Source::named("bias")),
///     _ => None,
/// });
///
/// let directory = tempfile::tempdir()?;
/// let file = directory.path().join("linear.safetensors");
/// let weight: Vec<u8> = [1f32, 2., 3., 4., 5., 6.].into_iter().flat_map(f32::to_le_bytes).collect();
/// let weight = safetensors::tensor::TensorView::new(safetensors::Dtype::F32, vec![2, 3], &weight)?;
/// safetensors::serialize_to_file([("weight", weight)], None, &file)?;
///
/// let mut layer = Linear::<U3, U2>::init(&mut Rngs::new(0));
/// let error = torch.load(&mut layer, &file).unwrap_err().to_string();
/// assert!(error.ends_with("\n  missing: bias of shape (2,), named bias in the file"), "{error}");
///
/// layer.bias = None;
/// torch.load(&mut layer, &file)?;
/// assert_eq!(layer.kernel.value().to_vec(), [1., 4., 2., 5., 3., 6.]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Foreign {
    source: Box<dyn Fn(&Path) -> Option<Source> + Send + Sync>,
    ignored: Box<dyn Fn(&str) -> bool + Send + Sync>,
}

impl Foreign {
    /// A mapping from the path of each variable to its source, or to `None` if the file doesn't have it.
    #[must_use]
    pub fn new(source: impl Fn(&Path) -> Option<Source> + Send + Sync + 'static) -> Self {
        Self { source: Box::new(source), ignored: Box::new(|_| false) }
    }

    /// Ignores tensors for whose name the function returns `true`, whatever their shape and element type.
    #[must_use]
    pub fn ignoring(self, names: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self { ignored: Box::new(names), ..self }
    }

    /// Loads the variables of a model from a safetensors file.
    ///
    /// # Errors
    /// If the file can't be read, isn't complete, or doesn't fit the model: the error names all tensors that are
    /// missing, unexpected or of another shape. The model is unchanged then.
    pub fn load<M: Module + ?Sized>(
        &self,
        model: &mut M,
        file: impl AsRef<FilePath>,
    ) -> Result<(), Error> {
        self.read(&Filter::everything(), true, model, file.as_ref())
    }

    /// Loads the variables that a filter selects, and leaves the others unchanged, for transfer learning: load a
    /// trained body and keep the new head. Other tensors in the file are ignored.
    ///
    /// # Errors
    /// As [`load`](Self::load), for the selected variables; and if the filter selects none.
    pub fn load_of<M: Module + ?Sized>(
        &self,
        filter: &Filter,
        model: &mut M,
        file: impl AsRef<FilePath>,
    ) -> Result<(), Error> {
        let file = file.as_ref();
        check_selects(filter, model, file)?;
        self.read(filter, false, model, file)
    }

    fn read<M: Module + ?Sized>(
        &self,
        filter: &Filter,
        whole: bool,
        model: &mut M,
        file: &FilePath,
    ) -> Result<(), Error> {
        let head = Head::read(file)?;
        let tensors = head.tensors()?;
        let mut unused: BTreeMap<&str, String> = BTreeMap::new();
        if whole {
            let known = tensors.iter().filter(|tensor| !(self.ignored)(&tensor.name));
            unused.extend(known.map(|tensor| (&*tensor.name, tensor.shape.to_string())));
        }

        let mut values = BTreeMap::new();
        let mut mismatches = Vec::new();
        let mut unreadable = None;
        model.visit(&mut Visitor::new(&mut |path, variable| {
            let Some(source) = (self.source)(path).filter(|_| filter.selects(path, variable))
            else {
                return;
            };
            let Some(tensor) = tensors.find(source.name()) else {
                return mismatches.push(ForeignMismatch::Missing {
                    path: path.clone(),
                    shape: variable.shape(),
                    name: source.name().to_owned(),
                });
            };
            unused.remove(source.name());
            match tensors.array(tensor) {
                Err(error) => unreadable = Some(error),
                Ok(array) => match value_of(path, variable, &source, &array) {
                    Err(mismatch) => mismatches.push(mismatch),
                    Ok(value) => drop(values.insert(path.clone(), value)),
                },
            }
        }));
        if let Some(error) = unreadable {
            return Err(error.into());
        }
        mismatches.extend(
            unused
                .into_iter()
                .map(|(name, shape)| ForeignMismatch::Unexpected { name: name.to_owned(), shape }),
        );
        if !mismatches.is_empty() {
            let source = ForeignError { mismatches };
            return Err(CheckpointError::Foreign { file: file.to_owned(), source }.into());
        }
        model.visit_mut(&mut VisitorMut::new(&mut |path, variable| {
            if let Some(value) = values.remove(path) {
                variable.set_array(value).expect("every value was checked above");
            }
        }));
        Ok(())
    }
}

/// Converts a tensor of a file to the value of a variable.
fn value_of(
    path: &Path,
    variable: &dyn AnyVariable,
    source: &Source,
    array: &Array,
) -> Result<Array, ForeignMismatch> {
    let (path, name) = (path.clone(), source.name().to_owned());
    let wrong_shape = |path, name, laid_out| ForeignMismatch::Shape {
        path,
        expected: variable.shape(),
        name,
        found: array.dims().to_string(),
        laid_out,
    };
    let value = match source.apply(array) {
        Ok(value) => value.contiguous(),
        Err(problem) => return Err(wrong_shape(path, name, problem)),
    };
    match variable.check(&value) {
        Ok(()) => Ok(value),
        Err(ShapeError::DType { expected, found }) => {
            Err(ForeignMismatch::DType { path, expected, name, found })
        }
        Err(_) if variable.is_read_only() && value.dims() == variable.array().dims() => {
            Err(ForeignMismatch::ReadOnly { path, name })
        }
        Err(_) => {
            let laid_out =
                (value.dims() != array.dims()).then(|| format!("laid out {}", value.dims()));
            Err(wrong_shape(path, name, laid_out.unwrap_or_default()))
        }
    }
}

impl fmt::Debug for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Foreign")
    }
}
