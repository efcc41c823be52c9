//! One part of a checkpoint: the variables of a module, or a value.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::value::SavedText;
use crate::module::{
    Filter, Module, State, StateError, check_state, set_state, short_name, state, type_digest,
};

/// A part of a [`Checkpoint`](super::Checkpoint): every module is one, such as a model, an optimizer or averaged weights,
/// and so is a [`SavedValue`] of any type that serde knows.
///
/// To make a part of a type of your own, derive serde's traits and write two lines:
///
/// ```
/// use nnx_core::io::{CheckpointPart, PartContent, PartError, Restore};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Progress {
///     epoch: u32,
///     best: Option<f32>,
/// }
///
/// impl CheckpointPart for Progress {
///     fn save_part(&self) -> Result<PartContent, PartError> {
///         PartContent::of_value(self)
///     }
///     fn load_part<'a>(&'a mut self, saved: &PartContent) -> Result<Restore<'a>, PartError> {
///         saved.restore_value(self)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a part of a checkpoint",
    label = "expected a module, a `SavedValue` or another `CheckpointPart`",
    note = "for a value with serde's traits write `SavedValue(value)`"
)]
pub trait CheckpointPart {
    /// The content to save. Making it is quick: arrays are shared until one of the two owners changes them.
    ///
    /// # Errors
    /// If a value can't be written and read back, or a module has no variables.
    fn save_part(&self) -> Result<PartContent, PartError>;

    /// Checks whether what was saved fits, and returns the function that sets it. Nothing is changed before that
    /// function is called: it is, when all parts fit.
    ///
    /// # Errors
    /// If it doesn't fit.
    fn load_part<'a>(&'a mut self, saved: &PartContent) -> Result<Restore<'a>, PartError>;
}

/// Sets a part to what was saved; see [`CheckpointPart::load_part`].
pub type Restore<'a> = Box<dyn FnOnce() + 'a>;

impl<M: Module> CheckpointPart for M {
    fn save_part(&self) -> Result<PartContent, PartError> {
        PartContent::of_module(self)
    }

    fn load_part<'a>(&'a mut self, saved: &PartContent) -> Result<Restore<'a>, PartError> {
        saved.restore_module(self)
    }
}

/// A value in a [`Checkpoint`](super::Checkpoint): a number, a string, a list, or a struct that derives serde's
/// `Serialize` and `Deserialize`. It is stored in the file's header: as JSON, or as MessagePack where JSON would change it,
/// because it has infinite numbers, NaN, or keys that aren't strings. Floats come back to the last bit.
///
/// ```
/// use nnx_core::io::{Checkpoint, SavedValue};
///
/// let directory = tempfile::tempdir()?;
/// let file = directory.path().join("run.safetensors");
/// let best = SavedValue(Some(0.25f32));
/// Checkpoint::save(&file, ("best", &best))?;
///
/// let mut loaded = SavedValue(None);
/// Checkpoint::load(&file, ("best", &mut loaded))?;
/// assert_eq!(loaded.0, Some(0.25f32));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SavedValue<T>(pub T);

impl<T: Serialize + DeserializeOwned> CheckpointPart for SavedValue<T> {
    fn save_part(&self) -> Result<PartContent, PartError> {
        PartContent::of_value(&self.0)
    }

    fn load_part<'a>(&'a mut self, saved: &PartContent) -> Result<Restore<'a>, PartError> {
        saved.restore_value(&mut self.0)
    }
}

/// The content of a part of a checkpoint: the state of a module, or a value.
#[derive(Clone)]
pub struct PartContent(pub(super) Content);

#[derive(Clone)]
pub(super) enum Content {
    Module {
        state: State,
        /// The module's type without the paths of names.
        type_name: String,
        /// A digest of the module's type; `None` in a file of version 1, and where types aren't compared.
        digest: Option<String>,
    },
    Value(SavedText),
}

impl PartContent {
    /// The variables of a module. They share memory with it until one of them changes.
    ///
    /// # Errors
    /// If it has none. So a number that is no [`SavedValue`] isn't left out unnoticed.
    pub fn of_module<M: Module>(module: &M) -> Result<Self, PartError> {
        let (state, type_name) = (state(module), type_name::<M>());
        if state.is_empty() {
            return Err(PartError::NoVariables { type_name });
        }
        let digest = Some(type_digest(module));
        Ok(Self(Content::Module { state, type_name, digest }))
    }

    /// Arrays by path.
    pub(in crate::io) fn of_arrays(state: State) -> Self {
        Self(Content::Module { state, type_name: String::new(), digest: None })
    }

    /// The arrays of a module, or those of [`of_arrays`](Self::of_arrays).
    pub(in crate::io) fn arrays(&self) -> Option<&State> {
        match &self.0 {
            Content::Module { state, .. } => Some(state),
            Content::Value(_) => None,
        }
    }

    /// A value.
    ///
    /// # Errors
    /// If it can't be written and read back.
    pub fn of_value<T: Serialize + DeserializeOwned>(value: &T) -> Result<Self, PartError> {
        let text = SavedText::of(value);
        text.map(|text| Self(Content::Value(text)))
            .map_err(|cause| PartError::Unreadable { type_name: type_name::<T>(), cause })
    }

    /// Checks that these are the variables of a module, and returns the function that sets them.
    ///
    /// # Errors
    /// If a variable is missing, unexpected or of a different shape; if the part was saved from a module of a different
    /// type; if the part is a value and not a module.
    pub fn restore_module<'a, M: Module>(
        &self,
        module: &'a mut M,
    ) -> Result<Restore<'a>, PartError> {
        let Content::Module { state, type_name: found, digest: saved } = &self.0 else {
            return Err(PartError::NotAModule { type_name: type_name::<M>() });
        };
        let everything = Filter::everything();
        if state.is_empty() {
            return Err(PartError::NoVariables { type_name: found.clone() });
        }
        check_state(&everything, module, state)?;
        let here = type_digest(module);
        if let Some(saved) = saved.as_ref().filter(|saved| **saved != here) {
            let (expected, found) = (type_name::<M>(), found.clone());
            return Err(PartError::OtherType { expected, here, found, saved: saved.clone() });
        }
        let state = state.clone();
        Ok(Box::new(move || set_state(&everything, module, &state)))
    }

    /// Checks that this is a value of a type, and returns the function that sets it.
    ///
    /// # Errors
    /// If it isn't.
    pub fn restore_value<'a, T: DeserializeOwned>(
        &self,
        value: &'a mut T,
    ) -> Result<Restore<'a>, PartError> {
        let new = self.to_value()?;
        Ok(Box::new(move || *value = new))
    }

    /// The value.
    ///
    /// # Errors
    /// If the part holds a different type, or the state of a module.
    pub fn to_value<T: DeserializeOwned>(&self) -> Result<T, PartError> {
        let Content::Value(text) = &self.0 else {
            return Err(PartError::NotAValue { type_name: type_name::<T>() });
        };
        text.read().map_err(|cause| PartError::OtherValue { type_name: type_name::<T>(), cause })
    }
}

/// The name of a type without module paths: `Linear<..>` and not `nnx_core::nn::Linear<..>`.
pub(super) fn type_name<T>() -> String {
    short_name(std::any::type_name::<T>())
}

impl fmt::Debug for PartContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Content::Module { state, type_name, .. } => {
                write!(f, "{} variables of {type_name}", state.len())
            }
            Content::Value(text) => write!(f, "{text:?}"),
        }
    }
}

/// Why a part of a checkpoint can't be saved or loaded. The caller's error adds the names of the part and the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PartError {
    /// The module has no variables: nothing would be saved.
    #[error(
        "`{type_name}` is a module without variables, of which nothing would be saved: leave it out, or write \
         `SavedValue(..)` for a value"
    )]
    NoVariables {
        /// The module's type.
        type_name: String,
    },
    /// A value that can't be read back.
    #[error(
        "a value of type `{type_name}` can't be written and read back: {cause}; correct the attributes of serde, such as a \
         field that is skipped and has no default"
    )]
    Unreadable {
        /// The value's type.
        type_name: String,
        /// The reason.
        cause: serde_json::Error,
    },
    /// The file has no such part.
    #[error("missing; the file has {}", listed(found))]
    Missing {
        /// The names of the parts that the file has.
        found: Vec<String>,
    },
    /// The file has it, and it isn't loaded.
    #[error(
        "in the file, and not asked for: load it too, or use `Checkpoint::load_some`, which leaves out what isn't \
         asked for"
    )]
    NotAskedFor,
    /// Two parts have the same name.
    #[error("named twice: give each part a name of its own")]
    Twice,
    /// A name that no part can have.
    #[error(
        "not a name of a part: expected 1 to 100 bytes without `/` and `~`, and not `__metadata__`"
    )]
    Name,
    /// Variables that don't fit.
    #[error(
        "{0}\nwhat to do: load it into the module that was saved, with the same sizes and, of an optimizer, the same rule; \
         `Checkpoint::load_some` leaves out parts that aren't asked for"
    )]
    State(StateError),
    /// All variables fit, but the layers of the module differ.
    #[error(
        "all variables fit, but it was saved from other layers: `{found}` (digest {saved}) in the file, `{expected}` \
         (digest {here}) here; load it into the model that it was saved from, or use `Checkpoint::load_some`, which \
         doesn't compare layers"
    )]
    OtherType {
        /// The module's type.
        expected: String,
        /// Its digest.
        here: String,
        /// The type of the module that was saved.
        found: String,
        /// Its digest.
        saved: String,
    },
    /// A value in the file, and a module in the program.
    #[error(
        "a value in the file, expected the variables of the module `{type_name}`; load it into a value of the type that was saved"
    )]
    NotAModule {
        /// The module's type.
        type_name: String,
    },
    /// A module in the file, and a value in the program.
    #[error(
        "the variables of a module in the file, expected a value of type `{type_name}`; load them into the module that was saved"
    )]
    NotAValue {
        /// The value's type.
        type_name: String,
    },
    /// A value of another type.
    #[error("not a value of type `{type_name}`: {cause}; load it into the type that was saved")]
    OtherValue {
        /// The value's type.
        type_name: String,
        /// The reason.
        cause: serde_json::Error,
    },
    /// A part that another crate implements refuses the saved content.
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

impl From<StateError> for PartError {
    // Not by `#[from]`, which makes it the source, too: a report of all causes would have it twice.
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

/// Names in a sentence: `a`, `b` and `c`.
fn listed(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().take(20).map(|name| format!("`{name}`")).collect();
    match &quoted[..] {
        [] => "no parts".to_owned(),
        [one] => one.clone(),
        _ if names.len() > quoted.len() => {
            format!("{} and {} more", quoted.join(", "), names.len() - quoted.len())
        }
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
