//! The description of the parts of a checkpoint, which is JSON in the header.

use std::collections::BTreeMap;
use std::path::Path as FilePath;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::PartError;
use super::part::{Content, PartContent};
use super::value::{Hex, SavedText};
use crate::Error;
use crate::io::CheckpointError;
use crate::io::file::{Head, Tensors};
use crate::io::header::shortened;

/// The format that this version writes. Version 1 is a file of [`save`](crate::io::save), without a description.
///
/// | format | has |
/// |---|---|
/// | 2 | parts, values, notes |
/// | 3 | checksums: of each tensor, and of the description, which begins with it |
pub(super) const FORMAT: u32 = 3;
/// The first format with a description.
const FIRST: u32 = 2;

/// The description, in the header's metadata.
#[derive(Serialize, Deserialize)]
pub(super) struct Description {
    pub(super) format: u32,
    /// The version of the library that wrote the file.
    pub(super) nnx: String,
    pub(super) parts: BTreeMap<String, DescribedPart>,
    pub(super) notes: BTreeMap<String, Box<RawValue>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum DescribedPart {
    /// Its variables are the tensors whose names begin with the part's name.
    Module {
        #[serde(rename = "type")]
        type_name: String,
        digest: String,
        /// The checksums of its tensors, in the order of their names; none before format 3.
        #[serde(default)]
        crc32: Vec<u32>,
    },
    Value(Box<RawValue>),
    MessagePack(Hex),
}

/// The format alone, read first: a later version may have a different description.
#[derive(Deserialize)]
struct Format {
    format: u32,
    #[serde(default)]
    nnx: String,
}

impl Description {
    /// The description of a file; `None` for version 1.
    pub(super) fn of(
        tensors: &Tensors<'_>,
        file: &FilePath,
    ) -> Result<Option<Self>, CheckpointError> {
        let Some(text) = &tensors.description else { return Ok(None) };
        let wrong = |error: serde_json::Error| CheckpointError::Format {
            file: file.to_owned(),
            problem: format!(
                "its description of a checkpoint is damaged: {}",
                shortened(&error.to_string())
            ),
        };
        let Format { format, nnx } = serde_json::from_str(text).map_err(wrong)?;
        if !(FIRST..=FORMAT).contains(&format) {
            let written_by = shortened(&nnx).into_owned();
            return Err(CheckpointError::Version {
                file: file.to_owned(),
                found: format,
                newest: FORMAT,
                written_by,
            });
        }
        serde_json::from_str(text).map(Some).map_err(wrong)
    }
}

/// The header of a checkpoint, without its tensors: made by [`Checkpoint::info`](super::Checkpoint::info).
#[derive(Debug)]
pub struct CheckpointInfo {
    /// The version of the format: 3 for what this version writes; 1 for a file of [`save`](crate::io::save), which has
    /// none of the following fields.
    pub format: u32,
    /// The version of the library that wrote the file.
    pub written_by: Option<String>,
    /// The parts, by name.
    pub parts: Vec<PartInfo>,
    notes: BTreeMap<String, Box<RawValue>>,
    values: BTreeMap<String, SavedText>,
}

/// A part of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartInfo {
    /// Its name.
    pub name: String,
    /// The type of a module, without the paths of names; `None` for a value.
    pub module: Option<String>,
    /// The digest of the module's type.
    pub digest: Option<String>,
}

impl CheckpointInfo {
    /// Reads the header of a file.
    pub(super) fn read(file: &FilePath) -> Result<Self, Error> {
        let head = Head::read(file)?;
        let tensors = head.tensors()?;
        let Some(description) = Description::of(&tensors, file)? else {
            let (written_by, notes, values) = (None, BTreeMap::new(), BTreeMap::new());
            return Ok(Self { format: 1, written_by, parts: Vec::new(), notes, values });
        };
        let (mut parts, mut values) = (Vec::new(), BTreeMap::new());
        for (name, part) in description.parts {
            let (module, digest) = match part {
                DescribedPart::Value(json) => {
                    values.insert(name.clone(), SavedText::Json(json));
                    (None, None)
                }
                DescribedPart::MessagePack(hex) => {
                    values.insert(name.clone(), SavedText::MessagePack(hex));
                    (None, None)
                }
                DescribedPart::Module { type_name, digest, .. } => (Some(type_name), Some(digest)),
            };
            parts.push(PartInfo { name, module, digest });
        }
        let (format, written_by) = (description.format, Some(description.nnx));
        Ok(Self { format, written_by, parts, notes: description.notes, values })
    }

    /// A note that was made by [`Checkpoint::with_note`](super::Checkpoint::with_note); `None` if there is none.
    ///
    /// # Errors
    /// If it is of a different type.
    pub fn note<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, PartError> {
        read(self.notes.get(name).map(|json| SavedText::Json(json.clone())))
    }

    /// The value of a part, such as a step; `None` if there is no such part, or if it is a module.
    ///
    /// # Errors
    /// If it is of a different type.
    pub fn value<T: DeserializeOwned>(&self, part: &str) -> Result<Option<T>, PartError> {
        read(self.values.get(part).cloned())
    }
}

fn read<T: DeserializeOwned>(text: Option<SavedText>) -> Result<Option<T>, PartError> {
    text.map(|text| PartContent(Content::Value(text)).to_value()).transpose()
}
