//! Names of tensors, which are the paths of variables. Everything that is saved can be loaded, and the paths of
//! an untrusted file don't take far more memory than the file has bytes.

use super::header::METADATA;
use crate::module::Path;

/// The longest name of a tensor, in bytes.
const MAX_NAME: usize = 65_536;

/// The most segments that all paths of a file may have together; `file` is its length in bytes. A segment takes
/// about 60 bytes of memory, and as few as two bytes of the file.
fn max_segments(file: u64) -> u64 {
    65_536 + file / 8
}

/// The number of segments of the path with this name.
pub(super) fn segments(name: &str) -> usize {
    name.split('/').filter(|part| !part.is_empty()).count()
}

/// The name of the variable at a path, or why it can't be saved.
pub(super) fn to_tensor_name(path: &Path) -> Result<String, String> {
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

/// Checks the limits on names. The error has a name that is too long, or, if there are too many segments, the name
/// with the most; and the problem.
pub(super) fn check<'n>(
    names: impl Iterator<Item = &'n str> + Clone,
    file: u64,
) -> Result<(), (&'n str, String)> {
    if let Some(name) = names.clone().find(|name| name.len() > MAX_NAME) {
        let length = name.len();
        return Err((name, format!("has a name of {length} bytes, expected at most {MAX_NAME}")));
    }
    let total: u64 = names.clone().map(|name| segments(name) as u64).sum();
    let most = max_segments(file);
    match names.max_by_key(|name| segments(name)) {
        Some(name) if total > most => Err((
            name,
            format!(
                "has a path of {} segments, and all tensors have {total}, expected at most {most} in a \
                 file of {file} bytes",
                segments(name)
            ),
        )),
        _ => Ok(()),
    }
}
