//! Programs for any length of their runtime axes, such as any batch.
//!
//! | file | holds |
//! |---|---|
//! | this one | [`SymbolicProgram`]: recording, programs of given lengths, files |
//! | `fit` | one document with formulas, of the documents of several recordings |
//! | `formula` | a formula: a polynomial of lengths, as JSON |
//! | `length` | [`Length`]: a runtime axis, with its unit and its limit |
//! | `error` | [`SymbolicError`] |
//! | `plan` | [`SymbolicPlan`]: plans for the lengths of the inputs |
//! | `text` | a symbolic program as text |

mod error;
mod fit;
mod formula;
mod length;
mod plan;
mod text;

use std::fmt;
use std::path::Path as FilePath;

use serde_json::Value as Json;

pub use self::error::SymbolicError;
use self::formula::Formula;
pub use self::length::Length;
pub use self::plan::SymbolicPlan;
use super::document::Document;
use super::{ProgramFileError, read, write};
use crate::Error;
use crate::array::Array;
use crate::module::State;
use crate::ops::Operations;
use crate::program::Program;

/// The most lengths of a program: each doubles the number of recordings.
const MOST_LENGTHS: usize = 4;

/// A program whose runtime axes may have any length: one recording for each batch size isn't needed.
///
/// [`record`](Self::record) records the function for a few lengths, and finds how each size in the program depends on them: as a
/// polynomial in which each length has at most the power 1, such as `Batch * 784` of a `flatten`. A further recording is compared
/// with it. [`at`](Self::at) is the program of given lengths, and equals the recording for them, unless the function does
/// something else for lengths that weren't recorded, such as a cut to 512 tokens: a limit by [`Length::at_most`] is recorded, too.
///
/// ```
/// use nnx_core::{Tensor, module::{Init, compile}, nn::Linear, random::Rngs, tensor::Tensor};
/// use nnx_core::{io::{Length, SymbolicProgram}, size::{Batch, U2, U3}};
///
/// let model = compile::<Tensor![Batch, 3], _>(Linear::<U3, U2>::init(&mut Rngs::new(0)));
/// let program = SymbolicProgram::record([Length::new("Batch")], |[batch]| model.program(Tensor::ones_of(&[batch])))?;
/// assert_eq!(program.at(&[7])?, model.program(Tensor::ones_of(&[7]))?);
/// assert_eq!(
///     program.to_string(),
///     "program for any Batch (%0: (Batch, 3) f32)\n\
///      variables\n  \
///        %1 = kernel: (3, 2) f32\n  \
///        %2 = bias: (2,) f32\n\
///      steps\n  \
///        %3 = Linear %0 %1 %2: (Batch, 2) f32\n\
///      return %3\n"
/// );
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// # What can't be recorded so
/// A size that isn't a polynomial of the lengths, such as half of an odd one: [`Length::multiple_of`] takes even lengths alone. A
/// constant whose elements or number depend on a length, such as a mask `(Time, Time)`; a number that does, unless it is the
/// reciprocal of such a size, as in a mean; other steps for other lengths. The error names the step.
#[derive(Clone)]
pub struct SymbolicProgram {
    lengths: Vec<Length>,
    /// A [`Document`] in which a formula may be in place of an integer.
    template: Json,
    arrays: State,
    operations: Operations,
}

impl SymbolicProgram {
    /// Records a program for any lengths: `record` returns the program for given ones, in the order of `lengths`. It is called
    /// once for each combination of two lengths of each axis, and once for other ones: 5, 7 and 11 units of the first axis, and
    /// others of the next.
    ///
    /// # Errors
    /// The error of `record`; and if the program can't be that of any length: see [`SymbolicProgram`].
    ///
    /// # Panics
    /// If there are more than four axes, or one has at most two lengths.
    #[track_caller]
    pub fn record<const N: usize>(
        lengths: [Length; N],
        mut record: impl FnMut([usize; N]) -> Result<Program, Error>,
    ) -> Result<Self, Error> {
        let samples = fit::Samples::of(&lengths.each_ref().map(Length::most_units));
        let mut written = |units: &[usize]| -> Result<(Json, State), Error> {
            let sizes = std::array::from_fn(|axis| units[axis] * lengths[axis].multiple_of);
            let (document, arrays) = write::document(&record(sizes)?)?;
            Ok((serde_json::to_value(&document).map_err(Error::other)?, arrays))
        };
        let corners =
            samples.corners().map(|units| written(&units)).collect::<Result<Vec<_>, _>>()?;
        let documents: Vec<&Json> = corners.iter().map(|(document, _)| document).collect();
        let differs = |(place, problem)| SymbolicError::Differs { place, problem };
        let template = fit::template(&documents, &samples).map_err(differs)?;
        let arrays = &corners[0].1;
        let of_others = corners[1..].iter().map(|(_, arrays)| arrays);
        let proof = written(&samples.proof())?;
        for others in of_others.chain([&proof.1]) {
            same_arrays(arrays, others).map_err(differs)?;
        }
        let units: Vec<i128> = samples.proof().iter().map(|unit| *unit as i128).collect();
        let found = formula::insert(&template, &units)
            .map_err(|problem| differs(("a size".to_owned(), problem)))?;
        fit::same(&found, &proof.0).map_err(differs)?;
        let (lengths, arrays) = (lengths.to_vec(), arrays.clone());
        Ok(Self { lengths, template, arrays, operations: Operations::new() })
    }

    /// The runtime axes.
    #[must_use]
    pub fn lengths(&self) -> &[Length] {
        &self.lengths
    }

    /// The program for these lengths, in the order of [`lengths`](Self::lengths). All share the constants and the weights.
    ///
    /// # Errors
    /// If there are more or fewer, a length is 0, isn't a multiple of its unit or is more than its limit, or an operation isn't defined for the sizes that follow.
    pub fn at(&self, lengths: &[usize]) -> Result<Program, Error> {
        let problem = |problem| Error::from(SymbolicError::Lengths { problem });
        if lengths.len() != self.lengths.len() {
            return Err(problem(format!("takes lengths of {}, found {lengths:?}", self.names())));
        }
        let mut of_units = Vec::with_capacity(lengths.len());
        for (length, size) in self.lengths.iter().zip(lengths) {
            let Some(units) = length.units(*size) else {
                let (name, values) = (&length.name, length.values());
                return Err(problem(format!("takes {values} for {name}, found {size}")));
            };
            of_units.push(units as i128);
        }
        let at = || format!("for {}", self.names_with(lengths));
        let document = formula::insert(&self.template, &of_units)
            .map_err(|found| problem(format!("{}: {found}", at())))?;
        let document: Document = serde_json::from_value(document)
            .map_err(|error| problem(format!("{}: {error}", at())))?;
        let read = read::program(&document, &self.arrays, &self.operations);
        read.map_err(|(place, found)| problem(format!("{}: {place}: {found}", at())))
    }

    /// Writes it to a file, which is replaced atomically, as [`Program::save`].
    ///
    /// # Errors
    /// If the file can't be written. Nothing is changed then.
    pub fn save(&self, file: impl AsRef<FilePath>) -> Result<(), Error> {
        let mut document = self.template.clone();
        document["lengths"] = serde_json::to_value(&self.lengths).map_err(Error::other)?;
        super::save(file.as_ref(), &document, self.arrays.clone())
    }

    /// Reads what [`save`](Self::save) has written, or a [`Program`] for the lengths that it was recorded for.
    ///
    /// ```
    /// use nnx_core::{Tensor, module::{Init, compile}, nn::Linear, random::Rngs, tensor::Tensor};
    /// use nnx_core::{io::{Length, SymbolicPlan, SymbolicProgram}, size::{Batch, U2, U3}};
    ///
    /// let directory = tempfile::tempdir().expect("a directory");
    /// let file = directory.path().join("linear.safetensors");
    /// let model = compile::<Tensor![Batch, 3], _>(Linear::<U3, U2>::init(&mut Rngs::new(0)));
    /// SymbolicProgram::record([Length::new("Batch")], |[batch]| model.program(Tensor::ones_of(&[batch])))?.save(&file)?;
    ///
    /// // Another process, which doesn't have the model.
    /// let plan = SymbolicPlan::<Tensor![Batch, 3], Tensor![Batch, 2]>::new(SymbolicProgram::load(&file)?)?;
    /// for batch in [1, 4] {
    ///     let x = <Tensor![Batch, 3]>::ones_of(&[batch]);
    ///     assert_eq!(plan.infer(x.clone())?, model.infer(x));
    /// }
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Program::load`]. What a step takes is checked by [`at`](Self::at), as it depends on the lengths.
    pub fn load(file: impl AsRef<FilePath>) -> Result<Self, Error> {
        Self::load_with(file, &Operations::new())
    }

    /// As [`load`](Self::load), of a program that has operations of other crates: see [`Program::load_with`].
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_with(file: impl AsRef<FilePath>, operations: &Operations) -> Result<Self, Error> {
        let file = file.as_ref();
        let (mut template, arrays) = super::load(file)?;
        let wrong = |problem: String| ProgramFileError::content(file, "the lengths", &problem);
        let Some(document) = template.as_object_mut() else {
            return Err(wrong(format!("are those of a program, found {template}")).into());
        };
        let lengths = document.remove("lengths");
        let lengths: Vec<Length> = match lengths {
            Some(lengths) => {
                serde_json::from_value(lengths).map_err(|error| wrong(error.to_string()))?
            }
            None => Vec::new(),
        };
        if lengths.len() > MOST_LENGTHS {
            let found = lengths.len();
            return Err(wrong(format!("are at most {MOST_LENGTHS}, found {found}")).into());
        }
        if let Some(length) = lengths.iter().find(|length| !length.is_valid()) {
            return Err(wrong(format!("{length:?} isn't an axis")).into());
        }
        formula::check(&template, lengths.len()).map_err(wrong)?;
        Ok(Self { lengths, template, arrays, operations: operations.clone() })
    }

    /// For each length, an input and its axis that has it; an error if there is none.
    pub(crate) fn places(&self) -> Result<Vec<(usize, usize)>, Error> {
        let signatures = self.template["inputs"].as_array().into_iter().flatten();
        let dims: Vec<&Json> =
            signatures
                .map(|value| {
                    &self.template["values"][value.as_u64().unwrap_or(u64::MAX) as usize]["dims"]
                })
                .collect();
        let place = |index: usize| {
            dims.iter().enumerate().find_map(|(input, dims)| {
                let axis = dims.as_array()?.iter().position(|size| {
                    Formula::of(size).is_some_and(|formula| {
                        formula.is_length(index, self.lengths[index].multiple_of)
                    })
                })?;
                Some((input, axis))
            })
        };
        let missing = |index: usize| {
            let problem =
                format!("has no input with an axis of length {}", self.lengths[index].name);
            SymbolicError::Lengths { problem }.into()
        };
        (0..self.lengths.len()).map(|index| place(index).ok_or_else(|| missing(index))).collect()
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.lengths.iter().map(Length::name).collect();
        names.join(", ")
    }

    fn names_with(&self, lengths: &[usize]) -> String {
        let named = self
            .lengths
            .iter()
            .zip(lengths)
            .map(|(length, size)| format!("{} = {size}", length.name));
        named.collect::<Vec<_>>().join(", ")
    }
}

/// An error unless both recordings have the same constants.
fn same_arrays(a: &State, b: &State) -> Result<(), (String, String)> {
    let arrays =
        |state: &State| state.iter().map(|(_, entry)| entry.array.clone()).collect::<Vec<Array>>();
    let (a, b) = (arrays(a), arrays(b));
    if a.len() != b.len() {
        return Err((
            "constants".to_owned(),
            format!("one recording has {}, another one {}", a.len(), b.len()),
        ));
    }
    match a.iter().zip(&b).find(|(a, b)| a.dims() != b.dims() || !a.same_bits(b)) {
        Some((a, b)) => {
            let problem = format!(
                "one recording has elements {} of {}, where another one has others of {}",
                a.dims(),
                a.dtype(),
                b.dims()
            );
            Err(("a constant".to_owned(), problem))
        }
        None => Ok(()),
    }
}

impl fmt::Debug for SymbolicProgram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SymbolicProgram").field("lengths", &self.lengths).finish_non_exhaustive()
    }
}
