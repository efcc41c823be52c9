//! Which files of a directory are the images and labels of a set.

use std::fs;
use std::path::{Path, PathBuf};

use nnx_core::files::ReadError;

use crate::{DataError, IdxError};

const IMAGES: &str = "-images";
const LABELS: &str = "-labels";
/// The ends of file names. Some unpackers write the name of the format after a dot.
const IMAGES_ENDING: &str = "idx3-ubyte";
const LABELS_ENDING: &str = "idx1-ubyte";
const SEPARATORS: [char; 2] = ['-', '.'];

/// The names of the files in a directory, sorted.
pub(crate) struct Directory {
    path: PathBuf,
    names: Vec<String>,
}

impl Directory {
    pub(crate) fn list(path: &Path) -> Result<Self, DataError> {
        let unreadable = |error| DataError::Read {
            file: path.display().to_string(),
            cause: ReadError::Io(error),
        };
        let mut names = Vec::new();
        for entry in fs::read_dir(path).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            // A folder may have the same name: some tools extract an archive into a folder that is named like the file.
            if entry.path().is_file() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        Ok(Self { path: path.to_owned(), names })
    }

    /// The one file of images whose name starts with `set`, and the file of labels that goes with
    /// it.
    pub(crate) fn images_and_labels(&self, set: &str) -> Result<(PathBuf, PathBuf), DataError> {
        let images = self.only(&pattern(&format!("{set}*"), IMAGES, IMAGES_ENDING), |name| {
            stem(name, IMAGES, IMAGES_ENDING).is_some_and(|stem| stem.starts_with(set))
        })?;
        let of_images = stem(images, IMAGES, IMAGES_ENDING).expect("a name of images");
        let labels = self.only(&pattern(of_images, LABELS, LABELS_ENDING), |name| {
            stem(name, LABELS, LABELS_ENDING) == Some(of_images)
        })?;
        Ok((self.path.join(images), self.path.join(labels)))
    }

    /// The only name that fits.
    fn only(&self, pattern: &str, fits: impl Fn(&str) -> bool) -> Result<&str, DataError> {
        let found: Vec<_> = self.names.iter().filter(|name| fits(name)).collect();
        let directory = self.path.display().to_string();
        let pattern = pattern.to_owned();
        match found[..] {
            [name] => Ok(name),
            [] => Err(IdxError::NoFile { directory, pattern, found: self.names.clone() }.into()),
            _ => {
                let found = found.into_iter().cloned().collect();
                Err(IdxError::Ambiguous { directory, pattern, found }.into())
            }
        }
    }
}

/// `train` of `train-images-idx3-ubyte`, `train-images.idx3-ubyte`, and either with `.gz`.
fn stem<'n>(name: &'n str, content: &str, ending: &str) -> Option<&'n str> {
    let name = name.strip_suffix(".gz").unwrap_or(name);
    name.strip_suffix(ending)?.strip_suffix(SEPARATORS)?.strip_suffix(content)
}

/// The names that [`stem`] takes apart, for a message.
fn pattern(stem: &str, content: &str, ending: &str) -> String {
    format!("{stem}{content}[-.]{ending}[.gz]")
}
