//! Which files of a directory are the images and labels of a set.

use std::fs;
use std::path::{Path, PathBuf};

use crate::DataError;

const IMAGES: &str = "-images-idx3-ubyte";
const LABELS: &str = "-labels-idx1-ubyte";

/// The names of the files in a directory, sorted.
pub(crate) struct Directory {
    path: PathBuf,
    names: Vec<String>,
}

impl Directory {
    pub(crate) fn list(path: &Path) -> Result<Self, DataError> {
        let unreadable = |cause| DataError::Read { file: path.display().to_string(), cause };
        let mut names = Vec::new();
        for entry in fs::read_dir(path).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            // Unpackers like to make a folder that is named like the file in it.
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
        let images = self.only(&format!("{set}*{IMAGES}"), |name| {
            name.strip_suffix(IMAGES).is_some_and(|stem| stem.starts_with(set))
        })?;
        let labels = unpacked(images).replace(IMAGES, LABELS);
        let labels = self.only(&labels, |name| name == labels)?;
        Ok((self.path.join(images), self.path.join(labels)))
    }

    /// The one name that fits, `.gz` left aside.
    fn only(&self, pattern: &str, fits: impl Fn(&str) -> bool) -> Result<&str, DataError> {
        let found: Vec<_> = self.names.iter().filter(|name| fits(unpacked(name))).collect();
        let directory = self.path.display().to_string();
        let pattern = format!("{pattern}[.gz]");
        match found[..] {
            [name] => Ok(name),
            [] => Err(DataError::NoFile { directory, pattern, found: self.names.clone() }),
            _ => {
                let found = found.into_iter().cloned().collect();
                Err(DataError::Ambiguous { directory, pattern, found })
            }
        }
    }
}

fn unpacked(name: &str) -> &str {
    name.strip_suffix(".gz").unwrap_or(name)
}
