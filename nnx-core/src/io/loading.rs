//! A load of another library's weights: reads and checks the value of each variable before any is changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path as FilePath;

use super::CheckpointError;
use super::elements::{FileType, Refused};
use super::foreign::Foreign;
use super::mismatch::{ForeignError, ForeignMismatch};
use super::report::{ForeignReport, UsedTensor};
use super::source::Source;
use super::weights::{NamedTensors, Unread};
use crate::array::{Array, DType, ShapeError};
use crate::module::{AnyVariable, Path};
use crate::ops::DynTensor;

/// The values and problems of a load, before the model is changed.
pub(super) struct Loading<'a> {
    foreign: &'a Foreign,
    tensors: &'a NamedTensors<'a>,
    unused: BTreeSet<&'a str>,
    values: BTreeMap<Path, Array>,
    report: ForeignReport,
    mismatches: Vec<ForeignMismatch>,
    unreadable: Option<CheckpointError>,
}

impl<'a> Loading<'a> {
    pub(super) fn new(foreign: &'a Foreign, tensors: &'a NamedTensors<'a>) -> Self {
        Self {
            foreign,
            tensors,
            unused: tensors.names().collect(),
            values: BTreeMap::new(),
            report: ForeignReport::default(),
            mismatches: Vec::new(),
            unreadable: None,
        }
    }

    /// Notes that a variable keeps its value.
    pub(super) fn keep(&mut self, path: &Path) {
        self.report.kept.push(path.clone());
    }

    /// Reads the value of a variable from its source, or notes why it can't be.
    pub(super) fn take(
        &mut self,
        path: &Path,
        variable: &dyn AnyVariable,
        source: &Source,
        file: &FilePath,
    ) {
        let dtype = variable.array().dtype();
        let mut sum: Option<DynTensor> = None;
        let mut converted = None;
        for name in source.names() {
            self.unused.remove(name);
            let array = if self.tensors.has(name) {
                self.tensors.array(name, dtype, self.foreign.rounding)
            } else {
                return self.mismatches.push(ForeignMismatch::Missing {
                    path: path.clone(),
                    shape: variable.shape(),
                    name: name.to_owned(),
                });
            };
            let (found, array) = match array {
                Ok(read) => read,
                Err(Unread::File(error)) => {
                    self.unreadable.get_or_insert(error);
                    return;
                }
                Err(Unread::Elements(found, refused)) => {
                    return self.refuse(path, dtype, name, found, refused, file);
                }
            };
            if found != FileType::from(dtype) {
                converted = Some((found, dtype));
            }
            sum = match sum {
                None => Some(array.into()),
                Some(sum) if sum.dims() == array.dims() => Some(sum + DynTensor::from(array)),
                Some(sum) => {
                    return self.mismatches.push(ForeignMismatch::Shape {
                        path: path.clone(),
                        expected: variable.shape(),
                        name: name.to_owned(),
                        found: array.dims().to_string(),
                        laid_out: format!("is added to {} of {}", source.name(), sum.dims()),
                    });
                }
            };
        }
        let array = sum.expect("a source has a name").into_array();
        match value_of(path, variable, source, &array) {
            Err(mismatch) => self.mismatches.push(mismatch),
            Ok(value) => {
                self.values.insert(path.clone(), value);
                self.report.used.push(UsedTensor {
                    path: path.clone(),
                    names: source.names().map(str::to_owned).collect(),
                    laid_out: source.has_steps(),
                    converted,
                });
            }
        }
    }

    /// Notes why elements can't be converted.
    fn refuse(
        &mut self,
        path: &Path,
        expected: DType,
        name: &str,
        found: String,
        refused: Refused,
        file: &FilePath,
    ) {
        let (path, name) = (path.clone(), name.to_owned());
        match refused {
            Refused::Kind => {
                self.mismatches.push(ForeignMismatch::DType { path, expected, name, found });
            }
            Refused::Value(value) => {
                self.mismatches.push(ForeignMismatch::Value { path, expected, name, found, value });
            }
            Refused::Bytes(problem) => {
                let file = file.to_owned();
                self.unreadable.get_or_insert(CheckpointError::Content { file, name, problem });
            }
        }
    }

    /// The values, or an error if a value has a problem or a tensor wasn't used.
    pub(super) fn finish(
        mut self,
        whole: bool,
        file: &FilePath,
    ) -> Result<(BTreeMap<Path, Array>, ForeignReport), CheckpointError> {
        if let Some(error) = self.unreadable {
            return Err(error);
        }
        for name in self.unused {
            let ignored = || self.foreign.ignores(name);
            let mut tied = self.foreign.tied.iter();
            let same = tied.find(|(tied, other)| tied == name && self.tensors.has(other));
            if let Some((_, other)) = same {
                if !self.tensors.are_equal(name, other)? {
                    let (name, other) = (name.to_owned(), other.clone());
                    self.mismatches.push(ForeignMismatch::Untied { name, other });
                    continue;
                }
            } else if whole && !ignored() {
                let shape = self.tensors.shape(name);
                let name = name.to_owned();
                self.mismatches.push(ForeignMismatch::Unexpected { name, shape });
                continue;
            }
            self.report.ignored.push(name.to_owned());
        }
        if self.mismatches.is_empty() {
            return Ok((self.values, self.report));
        }
        let cause = ForeignError { mismatches: self.mismatches };
        Err(CheckpointError::Foreign { file: file.to_owned(), cause })
    }
}

/// Converts a tensor of a file to the value of a variable.
fn value_of(
    path: &Path,
    variable: &dyn AnyVariable,
    source: &Source,
    array: &Array,
) -> Result<Array, ForeignMismatch> {
    let (path, name) = (path.clone(), source.name().to_owned());
    let wrong_shape = |path, name, laid_out| ForeignMismatch::Shape {
        path,
        expected: variable.shape(),
        name,
        found: array.dims().to_string(),
        laid_out,
    };
    let value = match source.apply(array, &variable.array().dims()) {
        Ok(value) => value.contiguous(),
        Err(problem) => return Err(wrong_shape(path, name, problem)),
    };
    match variable.check(&value) {
        Ok(()) => Ok(value),
        Err(ShapeError::DType { expected, found }) => {
            Err(ForeignMismatch::DType { path, expected, name, found: found.to_string() })
        }
        Err(_) if variable.is_read_only() && value.dims() == variable.array().dims() => {
            Err(ForeignMismatch::ReadOnly { path, name })
        }
        Err(_) => {
            let laid_out =
                (value.dims() != array.dims()).then(|| format!("laid out {}", value.dims()));
            Err(wrong_shape(path, name, laid_out.unwrap_or_default()))
        }
    }
}
