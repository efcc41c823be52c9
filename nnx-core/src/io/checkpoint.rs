//! Checkpoints: a state in a file, with one tensor for each variable, named by its path.

use std::path::Path as FilePath;

use super::CheckpointError;
use super::file::Head;
use super::names;
use super::parts::part_names;
use super::writer::write;
use crate::Error;
use crate::array::Array;
use crate::files;
use crate::module::{
    Entry, Filter, Init, KindId, Module, Path, State, StateError, from_state_with, kind, state,
    state_of, update, update_of,
};
use crate::random::Rngs;

/// Saves all variables of a model, random streams included (`torch.save(model.state_dict(), file)`, Orbax'
/// `save`). The file is replaced atomically: even after a crash it is the old one or the complete new one. See
/// [`files::write`], also for symbolic links, permissions and the temporary files of killed processes.
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
/// If the path is that of a read-only file or of something that isn't a regular file, or the file can't be
/// written; if a variable has a path that can't be a name, such as `__metadata__`, which the format reserves.
/// Nothing is changed then.
pub fn save<M: Module + ?Sized>(model: &M, file: impl AsRef<FilePath>) -> Result<(), Error> {
    save_state(&state(model), file)
}

/// Loads all variables of a model (`model.load_state_dict(torch.load(file))`). To make a model from a file, use
/// [`from_file`], which samples no weights first.
///
/// # Errors
/// If the file can't be read, isn't complete, or doesn't fit the model: the error names all variables that are
/// missing, unexpected or of a different shape. The model is unchanged then.
pub fn load<M: Module + ?Sized>(model: &mut M, file: impl AsRef<FilePath>) -> Result<(), Error> {
    let (loaded, parts) = state_and_parts(file.as_ref())?;
    update(model, &loaded).map_err(|cause| unfit(file.as_ref(), parts, cause))
}

/// Makes a model whose variables are loaded from a file.
///
/// No weights are sampled, in contrast to `init` and then [`load`]. Use [`from_file_with`] for a model that is made
/// by another constructor, and [`from_state`](crate::module::from_state) for a state in memory.
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
/// As [`load`]. All variables of the model, random streams included, must be in the file. A module in an `Arc`
/// can't be loaded: load it first, and pass it to the model's constructor with [`from_file_with`].
pub fn from_file<M: Init + Module>(file: impl AsRef<FilePath>) -> Result<M, Error> {
    from_file_with(file, M::init)
}

/// As [`from_file`], for a model that is made by a different constructor than `init`. Everything that isn't a
/// variable, such as the rate of a dropout or the length of a `Vec`, comes from `make`.
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
    let (loaded, parts) = state_and_parts(file.as_ref())?;
    from_state_with(&loaded, make).map_err(|cause| unfit(file.as_ref(), parts, cause))
}

/// Loads the variables of a model that a filter selects, and leaves the others unchanged: a trained body under
/// a new head. Other tensors in the file aren't read, whatever their types, shapes and names.
///
/// # Errors
/// As [`load`]: the selected variables must be in the file, with their shapes. If the filter selects none.
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
    // Skips names with more segments than any selected path, without parsing them.
    for tensor in tensors.iter().filter(|tensor| names::segments(&tensor.name) <= deepest) {
        let path = Path::parse(&tensor.name);
        if wanted.get(&path).is_some() {
            put(&mut loaded, &tensor.name, path, tensors.array(tensor)?, file)?;
        }
    }
    let parts = part_names(&tensors, file);
    update_of(filter, model, &loaded).map_err(|cause| unfit(file, parts, cause))
}

/// The error of a file that doesn't fit the model. If it is a checkpoint of named parts, that may be the reason.
fn unfit(file: &FilePath, parts: Vec<String>, cause: StateError) -> Error {
    let file = file.to_owned();
    match parts.is_empty() {
        true => CheckpointError::State { file, cause }.into(),
        false => CheckpointError::HasParts { file, parts, source: cause }.into(),
    }
}

/// An error if the filter selects no variable: otherwise a misspelled path would go unnoticed.
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

/// Checks that a file can be written, before hours of training. An existing file is unchanged.
///
/// # Errors
/// If the directory doesn't exist or isn't writable, or the path is that of a read-only file or of something
/// that isn't a regular file.
pub fn check_writable(file: impl AsRef<FilePath>) -> Result<(), Error> {
    let file = file.as_ref();
    files::check_writable(file)
        .map_err(|cause| CheckpointError::Write { file: file.to_owned(), cause }.into())
}

/// Loads a state. The file doesn't store the kinds of variables, so all are of the base kind,
/// [`kind::Variable`].
///
/// # Errors
/// If the file can't be read, isn't complete, or has an element type, a rank or a name that no variable can
/// have.
pub fn load_state(file: impl AsRef<FilePath>) -> Result<State, Error> {
    Ok(state_and_parts(file.as_ref())?.0)
}

/// A state, and the names of the parts if the file is a checkpoint.
fn state_and_parts(file: &FilePath) -> Result<(State, Vec<String>), Error> {
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
    Ok((state, part_names(&tensors, file)))
}

/// Inserts an array at the path of its name.
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
            problem: format!("has the path `{path}`, as another tensor has"),
        });
    }
    Ok(())
}
