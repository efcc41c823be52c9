//! Checkpoints of a run: everything that the next step depends on, in one file.
//!
//! | file | holds |
//! |---|---|
//! | `parts` | [`Checkpoint`]: saves and loads named parts |
//! | `part` | one part: the variables of a module, or a value |
//! | `named` | tuples and lists of parts with names |
//! | `load` | loading: all problems of all parts in one error, before anything is changed |
//! | `description` | what the header says of the parts |
//! | `value` | one value, as JSON or MessagePack |

mod description;
mod load;
mod named;
mod part;
mod value;

use std::collections::BTreeMap;
use std::path::Path as FilePath;

pub use description::{CheckpointInfo, PartInfo};
use description::{DescribedPart, Description, FORMAT};
use load::load;
pub use named::{LoadParts, SaveParts};
use part::Content;
pub use part::{CheckpointPart, PartContent, PartError, Restore, SavedValue};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use value::SavedText;

use super::file::Tensors;
use super::header::METADATA;
use super::writer::{Hold, write_tensors};
use super::{CheckpointError, checksum, names};
use crate::Error;
use crate::module::{Entry, Path};

/// A checkpoint: named parts of a run in one file, such as a model, its optimizer, and the position of a loader
/// (`torch.save` of a dict, Orbax' `Checkpointer` with `args.Composite`).
///
/// | a part | is saved as |
/// |---|---|
/// | a module: a model with its statistics and random streams, an optimizer with its slots and the step of its schedule, averaged weights | tensors, named by the name of the part and the path of the variable |
/// | a [`SavedValue`]: a number, a string, a struct that derives serde's traits | text in the header |
/// | `nnx_train::Position`: where the loader was; its order follows from that | text in the header |
///
/// A file is written atomically, and its directory is synced. It is a safetensors file, which Python reads, too. A file of
/// [`save`](super::save) (format 1) can be loaded if its model is a struct: then each field is a part.
///
/// ```
/// use nnx_core::io::{Checkpoint, SavedValue};
/// use nnx_core::{module::Init, nn::Linear, optim::{Optimizer, adam}, random::Rngs, size::{U2, U3}};
///
/// let directory = tempfile::tempdir()?;
/// let file = directory.path().join("run.safetensors");
///
/// let model = Linear::<U3, U2>::init(&mut Rngs::new(0));
/// let optimizer = Optimizer::new(&model, adam(1e-3));
/// let best = SavedValue(Some(0.25f32));
/// Checkpoint::save(&file, (("model", &model), ("optimizer", &optimizer), ("best", &best)))?;
///
/// let mut resumed = Linear::<U3, U2>::init(&mut Rngs::new(1));
/// let mut its_optimizer = Optimizer::new(&resumed, adam(1e-3));
/// let mut its_best = SavedValue(None);
/// Checkpoint::load(
///     &file,
///     (("model", &mut resumed), ("optimizer", &mut its_optimizer), ("best", &mut its_best)),
/// )?;
/// assert_eq!(resumed.kernel.value().to_vec(), model.kernel.value().to_vec());
/// assert_eq!(its_best.0, Some(0.25));
///
/// // The model alone.
/// let mut trained = Linear::<U3, U2>::init(&mut Rngs::new(2));
/// Checkpoint::load_some(&file, ("model", &mut trained))?;
/// let error = Checkpoint::load(&file, ("model", &mut trained)).unwrap_err().to_string();
/// assert!(error.contains("`best`: in the file, and not asked for: load it too"), "{error}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[doc(alias = "Checkpointer")]
pub struct Checkpoint {
    parts: BTreeMap<String, PartContent>,
    notes: BTreeMap<String, Box<RawValue>>,
}

impl Checkpoint {
    /// Saves parts to a file, which is replaced atomically: even after a crash it is the old one or the complete new
    /// one. See [`files::write`](crate::files::write()).
    ///
    /// # Errors
    /// If a part can't be saved: the error names all of them. If the file can't be written, as with
    /// [`save`](super::save). Nothing is changed then.
    pub fn save<'a>(file: impl AsRef<FilePath>, parts: impl SaveParts<'a>) -> Result<(), Error> {
        Self::of(parts)?.write(file)
    }

    /// Loads all parts of a file, to resume a run: each part of the file must be asked for, and modules must have the
    /// same layers as those that were saved.
    ///
    /// # Errors
    /// If the file can't be read, isn't complete, or doesn't fit: the error names all parts that are missing, not asked
    /// for, or of a different type or shape. Nothing is changed then.
    pub fn load<'a>(file: impl AsRef<FilePath>, parts: impl LoadParts<'a>) -> Result<(), Error> {
        Ok(load(file.as_ref(), parts.into_parts(), true)?)
    }

    /// Loads some parts of a file, such as the model without its optimizer. Other parts aren't read. Layers aren't
    /// compared: it is enough that the variables of each module fit.
    ///
    /// # Errors
    /// As [`load`](Self::load), but for parts that aren't asked for and modules of a different type.
    pub fn load_some<'a>(
        file: impl AsRef<FilePath>,
        parts: impl LoadParts<'a>,
    ) -> Result<(), Error> {
        Ok(load(file.as_ref(), parts.into_parts(), false)?)
    }

    /// Reads the header of a file: its version, its parts, its notes. Tensors aren't read.
    ///
    /// ```
    /// use nnx_core::io::{Checkpoint, SavedValue};
    ///
    /// let directory = tempfile::tempdir()?;
    /// let file = directory.path().join("run.safetensors");
    /// Checkpoint::of(("step", &SavedValue(12u64)))?.with_note("host", "gpu-7")?.write(&file)?;
    ///
    /// let info = Checkpoint::info(&file)?;
    /// assert_eq!((info.format, info.parts[0].name.as_str()), (3, "step"));
    /// assert_eq!(info.value::<u64>("step")?, Some(12));
    /// assert_eq!(info.note::<String>("host")?.as_deref(), Some("gpu-7"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the file can't be read, isn't complete, or is of a later version.
    pub fn info(file: impl AsRef<FilePath>) -> Result<CheckpointInfo, Error> {
        CheckpointInfo::read(file.as_ref())
    }

    /// A checkpoint in memory, to be written later or on another thread. It shares memory with the parts: where one of
    /// them changes afterwards, its array is copied first.
    ///
    /// # Errors
    /// If a part can't be saved: the error names all of them.
    pub fn of<'a>(parts: impl SaveParts<'a>) -> Result<Self, Error> {
        let (mut contents, mut refused) = (BTreeMap::new(), Vec::new());
        for (name, part) in parts.into_parts() {
            let content = check_name(name).and_then(|()| part.save_part());
            match content {
                Err(error) => refused.push((name.to_owned(), error)),
                Ok(content) => {
                    if contents.insert(name.to_owned(), content).is_some() {
                        refused.push((name.to_owned(), PartError::Twice));
                    }
                }
            }
        }
        if refused.is_empty() {
            return Ok(Self { parts: contents, notes: BTreeMap::new() });
        }
        Err(CheckpointError::Unsaved { parts: refused }.into())
    }

    /// Adds a note, which isn't loaded but can be read from the file's header by [`info`](Self::info): who started the
    /// run, its settings, the number of the step. A number that is infinite or NaN is written as `null`.
    ///
    /// # Errors
    /// If it can't be written as JSON.
    pub fn with_note<T: Serialize>(mut self, name: &str, note: T) -> Result<Self, Error> {
        let json = to_raw_value(&note).map_err(|cause| {
            let error = PartError::Unreadable { type_name: part::type_name::<T>(), cause };
            CheckpointError::Unsaved { parts: vec![(name.to_owned(), error)] }
        })?;
        self.notes.insert(name.to_owned(), json);
        Ok(self)
    }

    /// Writes the checkpoint to a file, which is replaced atomically. Each array is released as soon as it is written.
    ///
    /// # Errors
    /// If the file can't be written, as with [`save`](super::save). Nothing is changed then.
    pub fn write(self, file: impl AsRef<FilePath>) -> Result<(), Error> {
        let file = file.as_ref();
        let (mut tensors, mut parts) = (Vec::new(), BTreeMap::new());
        for (part, PartContent(content)) in self.parts {
            let described = match content {
                Content::Value(SavedText::Json(json)) => DescribedPart::Value(json),
                Content::Value(SavedText::MessagePack(hex)) => DescribedPart::MessagePack(hex),
                Content::Module { state, type_name, digest } => {
                    let mut sums = BTreeMap::new();
                    for (path, Entry { array, .. }) in state {
                        let name = tensor_name(&part, &path, file)?;
                        sums.insert(name.clone(), checksum::of_array(&array));
                        tensors.push((name, array));
                    }
                    let (digest, crc32) =
                        (digest.unwrap_or_default(), sums.into_values().collect());
                    DescribedPart::Module { type_name, digest, crc32 }
                }
            };
            parts.insert(part, described);
        }
        let nnx = env!("CARGO_PKG_VERSION").to_owned();
        let description = Description { format: FORMAT, nnx, parts, notes: self.notes };
        let description = serde_json::to_string(&description).expect("strings and JSON");
        Ok(write_tensors(tensors, Some(checksum::signed(&description)), file, Hold::Unwritten)?)
    }
}

/// The names of the parts that are modules; none if the file isn't a checkpoint of parts.
pub(super) fn part_names(tensors: &Tensors<'_>, file: &FilePath) -> Vec<String> {
    let Ok(Some(description)) = Description::of(tensors, file) else { return Vec::new() };
    let of_modules = |(_, part): &(_, DescribedPart)| matches!(part, DescribedPart::Module { .. });
    description.parts.into_iter().filter(of_modules).map(|(name, _)| name).collect()
}

/// The longest name of a part, in bytes.
const MAX_NAME: usize = 100;

fn check_name(name: &str) -> Result<(), PartError> {
    let allowed = !name.is_empty() && name.len() <= MAX_NAME && !name.contains(['/', '~']);
    if allowed && name != METADATA { Ok(()) } else { Err(PartError::Name) }
}

/// The name of a variable's tensor.
fn tensor_name(part: &str, path: &Path, file: &FilePath) -> Result<String, CheckpointError> {
    if path.keys().is_empty() {
        return Ok(part.to_owned());
    }
    let name = names::to_tensor_name(path).map_err(|problem| CheckpointError::Name {
        file: file.to_owned(),
        path: path.clone(),
        problem,
    })?;
    Ok(format!("{part}/{name}"))
}
