//! Loading of parts: everything is read and compared before anything is changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path as FilePath;

use super::description::{DescribedPart, Description};
use super::part::{CheckpointPart, Content, PartContent, PartError};
use super::value::SavedText;
use crate::array::Array;
use crate::io::file::{Head, Tensors};
use crate::io::header::TensorInfo;
use crate::io::{CheckpointError, names};
use crate::module::{Entry, KindId, Path, State, kind};

/// Loads parts: all of the file, or some of them.
pub(super) fn load(
    file: &FilePath,
    parts: Vec<(&str, &mut dyn CheckpointPart)>,
    all: bool,
) -> Result<(), CheckpointError> {
    let head = Head::read(file)?;
    let tensors = head.tensors()?;
    let description = Description::of(&tensors, file)?;
    let first_version = description.is_none();
    let mut described = match description {
        Some(description) => description.parts,
        None => parts_of_first_version(&tensors),
    };
    let found: Vec<String> = described.keys().cloned().collect();
    let stray = |tensor: &&TensorInfo<'_>| {
        !matches!(described.get(tensor.part()), Some(DescribedPart::Module { .. }))
    };
    if let Some(tensor) = tensors.iter().find(stray) {
        return Err(CheckpointError::Content {
            file: file.to_owned(),
            name: tensor.name.clone().into_owned(),
            problem: "belongs to no part of the checkpoint: it wasn't written by this library"
                .to_owned(),
        });
    }

    let (mut restores, mut problems, mut asked) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (name, part) in parts {
        let restore = if !asked.insert(name.to_owned()) {
            Err(PartError::Twice)
        } else if let Some(described) = described.remove(name) {
            let content = content(&tensors, name, described, all && !first_version, file)?;
            part.load_part(&content)
        } else {
            Err(PartError::Missing { found: found.clone() })
        };
        match restore {
            Ok(restore) => restores.push(restore),
            Err(error) => problems.push((name.to_owned(), error)),
        }
    }
    if all {
        problems.extend(described.into_keys().map(|name| (name, PartError::NotAskedFor)));
    }
    if !problems.is_empty() {
        let note = if first_version { OF_FIRST_VERSION.to_owned() } else { String::new() };
        let file = file.to_owned();
        return Err(CheckpointError::Parts { file, parts: problems, note });
    }
    restores.into_iter().for_each(|restore| restore());
    Ok(())
}

const OF_FIRST_VERSION: &str = "\n  the file is of format 1, as `io::save` writes it: it has no values, its parts are the \
                                fields of the struct that was saved; to load it into such a struct, use `io::load`";

/// The parts of a file of format 1: the first segments of its names. Their digests aren't known.
fn parts_of_first_version(tensors: &Tensors<'_>) -> BTreeMap<String, DescribedPart> {
    let names = tensors.iter().map(|tensor| tensor.part().to_owned());
    let part = || DescribedPart::Module {
        type_name: String::new(),
        digest: String::new(),
        crc32: Vec::new(),
    };
    let mut parts = BTreeMap::new();
    parts.extend(names.map(|name| (name, part())));
    parts
}

/// Reads a part. Types are compared by their digests if `compare`.
fn content(
    tensors: &Tensors<'_>,
    part: &str,
    described: DescribedPart,
    compare: bool,
    file: &FilePath,
) -> Result<PartContent, CheckpointError> {
    let (type_name, digest) = match described {
        DescribedPart::Value(json) => {
            return Ok(PartContent(Content::Value(SavedText::Json(json))));
        }
        DescribedPart::MessagePack(hex) => {
            return Ok(PartContent(Content::Value(SavedText::MessagePack(hex))));
        }
        DescribedPart::Module { type_name, digest, .. } => (type_name, digest),
    };
    let own = || tensors.iter().filter(|tensor| tensor.part() == part);
    names::check(own().map(|tensor| &*tensor.name), tensors.length()).map_err(
        |(name, problem)| CheckpointError::Content {
            file: file.to_owned(),
            name: name.to_owned(),
            problem,
        },
    )?;
    let mut state = State::default();
    for tensor in own() {
        let array: Array = tensors.array(tensor)?;
        let path = Path::parse(tensor.name.split_once('/').map_or("", |(_, path)| path));
        let entry = Entry { kind: KindId::of::<kind::Variable>(), array };
        if state.insert(path.clone(), entry).is_some() {
            return Err(CheckpointError::Content {
                file: file.to_owned(),
                name: tensor.name.clone().into_owned(),
                problem: format!("has the path `{path}`, as another tensor of `{part}` has"),
            });
        }
    }
    Ok(PartContent(Content::Module { state, type_name, digest: compare.then_some(digest) }))
}
