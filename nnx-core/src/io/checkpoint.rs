//! A state in a file: one tensor a variable, named by its path.

use std::path::Path as FilePath;

use super::CheckpointError;
use super::file::{Head, write};
use super::names;
use crate::Error;
use crate::array::Array;
use crate::files;
use crate::module::{
    Entry, Filter, Init, KindId, Module, Path, State, from_state_with, kind, state, state_of,
    update, update_of,
};
use crate::random::Rngs;

/// Saves all variables of a model, random streams included (`torch.save(model.state_dict(), file)`, Orbax'
/// `save`). Whatever happens, the file is afterwards either the old one or the whole new one;
/// [`files::write`] says how, and what becomes of symbolic links, permissions and files that a killed
/// process leaves.
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
/// If the path leads to something that isn't a regular file, to a read-only file, or the file can't be
/// written; if a variable has a path that can't be a name, such as `__metadata__`, which the format keeps
/// for itself. Nothing is changed then.
pub fn save<M: Module + ?Sized>(model: &M, file: impl AsRef<FilePath>) -> Result<(), Error> {
    save_state(&state(model), file)
}

/// Loads all variables of a model. For one that isn't there yet [`from_file`] draws no weights.
///
/// # Errors
/// If the file can't be read, isn't whole, or doesn't fit the model: every variable that is missing,
/// unexpected or of another shape is named. The model is unchanged then.
pub fn load<M: Module + ?Sized>(model: &mut M, file: impl AsRef<FilePath>) -> Result<(), Error> {
    let loaded = load_state(&file)?;
    let file = file.as_ref().to_owned();
    update(model, &loaded).map_err(|source| CheckpointError::State { file, source }.into())
}

/// A model whose variables are those of a file.
///
/// Nothing is drawn: making a model by `init` and [`load`]ing into it draws all weights first, only to
/// overwrite them. For a model that another constructor makes there is [`from_file_with`], and for a state that
/// isn't in a file [`from_state`](crate::module::from_state).
///
/// ```
/// use nnx_core::{io, module::Init, nn::Linear, random::Rngs, size::{U2, U3}};
///
/// let directory = tempfile::tempdir()?;
/// let file = directory.path().join("model.safetensors");
/// let model = Linear::<U3, U2>::init(&mut Rngs::new(0));
/// io::save(&model, &file)?;
///
/// let same: Linear<U3, U2> = io::from_file(&file)?;
/// assert_eq!(same.kernel.value().to_vec(), model.kernel.value().to_vec());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`load`]. Every variable of the model, random streams included, has to be in the file. A module behind
/// an `Arc` is never changed, so that one which `init` makes has other values than the file: make it first,
/// and give it to the model by [`from_file_with`].
pub fn from_file<M: Init + Module>(file: impl AsRef<FilePath>) -> Result<M, Error> {
    from_file_with(file, M::init)
}

/// As [`from_file`], for a model that is made by another constructor than `init`: what isn't a variable,
/// such as the rate of a dropout or the length of a `Vec`, is what `make` says.
///
/// ```
/// use nnx_core::{Module, io, module::Init, nn::{Dropout, Linear}, random::Rngs, size::U4};
///
/// #[derive(Module)]
/// struct Net {
///     layers: Vec<Linear<U4, U4>>,
///     dropout: Dropout,
/// }
/// impl Net {
///     fn new(layers: usize, rate: f64, rngs: &mut Rngs) -> Self {
///         let layers = (0..layers).map(|_| Linear::init(rngs)).collect();
///         Self { layers, dropout: Dropout::new(rate, rngs) }
///     }
/// }
/// let directory = tempfile::tempdir()?;
/// let file = directory.path().join("net.safetensors");
/// io::save(&Net::new(3, 0.1, &mut Rngs::new(0)), &file)?;
///
/// let net = io::from_file_with(&file, |rngs| Net::new(3, 0.1, rngs))?;
/// assert_eq!(net.layers.len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`from_file`].
pub fn from_file_with<M: Module>(
    file: impl AsRef<FilePath>,
    make: impl FnOnce(&mut Rngs) -> M,
) -> Result<M, Error> {
    let loaded = load_state(&file)?;
    let file = file.as_ref().to_owned();
    from_state_with(&loaded, make).map_err(|source| CheckpointError::State { file, source }.into())
}

/// Loads the variables of a model that a filter selects, and leaves the others alone: a trained body under
/// a new head. Whatever else is in the file isn't read, whatever its types, shapes and names are.
///
/// # Errors
/// As [`load`]: a variable that is selected has to be in the file, in its shape. If the filter selects none.
pub fn load_of<M: Module + ?Sized>(
    filter: &Filter,
    model: &mut M,
    file: impl AsRef<FilePath>,
) -> Result<(), Error> {
    let file = file.as_ref();
    check_selects(filter, model, file)?;
    let head = Head::read(file)?;
    let tensors = head.tensors()?;
    let wanted = state_of(filter, model);
    let deepest = wanted.iter().map(|(path, _)| path.keys().len()).max().unwrap_or(0);
    let mut loaded = State::default();
    // No path is made of a name with more parts than any that is asked for.
    for tensor in tensors.iter().filter(|tensor| names::parts(&tensor.name) <= deepest) {
        let path = Path::parse(&tensor.name);
        if wanted.get(&path).is_some() {
            put(&mut loaded, &tensor.name, path, tensors.array(tensor)?, file)?;
        }
    }
    let file = file.to_owned();
    update_of(filter, model, &loaded)
        .map_err(|source| CheckpointError::State { file, source }.into())
}

/// An error if the filter selects no variable: a path that is misspelled would go unnoticed.
pub(super) fn check_selects<M: Module + ?Sized>(
    filter: &Filter,
    model: &M,
    file: &FilePath,
) -> Result<(), CheckpointError> {
    if !state_of(filter, model).is_empty() {
        return Ok(());
    }
    Err(CheckpointError::NothingSelected {
        file: file.to_owned(),
        filter: format!("{filter:?}"),
        variables: state(model).len(),
    })
}

/// Saves a state.
///
/// # Errors
/// As [`save`].
pub fn save_state(state: &State, file: impl AsRef<FilePath>) -> Result<(), Error> {
    Ok(write(state, file.as_ref())?)
}

/// An error unless a file can be written there: to be asked before hours of training, not after. A file
/// that is there is left alone.
///
/// # Errors
/// If the directory doesn't exist or isn't writable, or the path leads to a read-only file or to something
/// that isn't a regular file.
pub fn check_writable(file: impl AsRef<FilePath>) -> Result<(), Error> {
    let file = file.as_ref();
    files::check_writable(file)
        .map_err(|source| CheckpointError::Write { file: file.to_owned(), source }.into())
}

/// Loads a state; the file doesn't say of what kind its variables are, so they are of the base kind.
///
/// # Errors
/// If the file can't be read, isn't whole, or holds elements of a type, axes or names that variables don't
/// have.
pub fn load_state(file: impl AsRef<FilePath>) -> Result<State, Error> {
    let file = file.as_ref();
    let head = Head::read(file)?;
    let tensors = head.tensors()?;
    let names = tensors.iter().map(|tensor| &*tensor.name);
    names::check(names, head.length).map_err(|(name, problem)| CheckpointError::Content {
        file: file.to_owned(),
        name: name.to_owned(),
        problem,
    })?;
    let mut state = State::default();
    for tensor in tensors.iter() {
        let (name, array) = (&tensor.name, tensors.array(tensor)?);
        put(&mut state, name, Path::parse(name), array, file)?;
    }
    Ok(state)
}

/// Puts the array of a name at its path.
fn put(
    state: &mut State,
    name: &str,
    path: Path,
    array: Array,
    file: &FilePath,
) -> Result<(), CheckpointError> {
    let entry = Entry { kind: KindId::of::<kind::Variable>(), array };
    if state.insert(path.clone(), entry).is_some() {
        return Err(CheckpointError::Content {
            file: file.to_owned(),
            name: name.to_owned(),
            problem: format!("has the path `{path}`, and so has another"),
        });
    }
    Ok(())
}
