//! Names of tensors, which are the paths of variables: whatever is saved can be loaded, and no file makes
//! paths that take far more memory than the file has bytes.

use super::header::METADATA;
use crate::module::Path;

/// The longest name that stands for a path, in bytes.
const LONGEST: usize = 65_536;

/// The most parts that the paths of a file of this length may have together. A part takes some 60 bytes
/// of memory, and two bytes of a file where it is short.
fn most_parts(file: u64) -> u64 {
    65_536 + file / 8
}

/// How many parts the path of a name has.
pub(super) fn parts(name: &str) -> usize {
    name.split('/').filter(|part| !part.is_empty()).count()
}

/// The name of a variable, or why it can't have one.
pub(super) fn of(path: &Path) -> Result<String, String> {
    let name = path.to_string();
    if name == METADATA {
        return Err(
            "the format keeps this name for itself; rename the field, or the key of the map"
                .to_owned(),
        );
    }
    if Path::parse(&name) != *path {
        return Err("its name would be read as another path; a key that is a number has to be a \
             `Key::Index`, not a `Key::Name`"
            .to_owned());
    }
    Ok(name)
}

/// A name that is too long, or the one with the most parts where these are too many together, and what is
/// wrong with it.
pub(super) fn check<'n>(
    names: impl Iterator<Item = &'n str> + Clone,
    file: u64,
) -> Result<(), (&'n str, String)> {
    if let Some(name) = names.clone().find(|name| name.len() > LONGEST) {
        let length = name.len();
        return Err((name, format!("has a name of {length} bytes, expected at most {LONGEST}")));
    }
    let total: u64 = names.clone().map(|name| parts(name) as u64).sum();
    let most = most_parts(file);
    match names.max_by_key(|name| parts(name)) {
        Some(name) if total > most => Err((
            name,
            format!(
                "has a path of {} parts, and all tensors have {total}, expected at most {most} in a \
                 file of {file} bytes",
                parts(name)
            ),
        )),
        _ => Ok(()),
    }
}
