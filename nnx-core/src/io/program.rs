//! Files of programs: a checkpoint with the steps as JSON, and the constants and variables as tensors.
//!
//! | file | holds |
//! |---|---|
//! | this one | `Program::save` and `load`, and the errors |
//! | `document` | what the JSON has |
//! | `fold`, `unfold` | blocks that repeat, written once |
//! | `json` | attributes as JSON |
//! | `write`, `read` | a program as a document, and back, with all checks |
//! | `symbolic` | programs for any length of their runtime axes |

mod document;
mod fold;
mod json;
mod read;
mod symbolic;
mod unfold;
mod write;

use std::path::{Path as FilePath, PathBuf};

use serde::Serialize;
use serde_json::Value as Json;
use thiserror::Error as ThisError;

use self::document::{Document, FOLDED_FORMAT, FORMAT, Format};
use super::header::shortened;
use super::{Checkpoint, CheckpointPart, PartContent, PartError, Restore};
use crate::Error;
use crate::module::State;
use crate::ops::Operations;
use crate::program::Program;

pub use self::symbolic::{Length, SymbolicError, SymbolicPlan, SymbolicProgram};

/// The parts of the file.
const PROGRAM: &str = "program";
const ARRAYS: &str = "arrays";

impl Program {
    /// Writes the program to a file, which is replaced atomically: its steps with their attributes as JSON, its constants and
    /// variables as tensors, with checksums. The file is a [`Checkpoint`] with the parts `program` and
    /// `arrays`, in the safetensors format.
    ///
    /// A compiled model is written with its weights. A recorded step ([`jit`](crate::module::jit)) is written without the
    /// variables, which each run is given: save its modules beside it. Steps that [repeat](Program::repeats) are written once.
    ///
    /// # Errors
    /// If a step can't be written, as it has a function of the user (`remat`, `custom_vjp`, a schedule of one's own) or an
    /// operation without [attributes](crate::ops::Operation::attributes): the error names it. The program of a
    /// [`Plan`](crate::program::Plan) has fused steps, which can't be written: write the recorded program. If the file can't
    /// be written. Nothing is changed then.
    pub fn save(&self, file: impl AsRef<FilePath>) -> Result<(), Error> {
        let file = file.as_ref();
        let (document, arrays) = write::document(self)?;
        save(file, &document, arrays)
    }

    /// Reads a program that [`save`](Self::save) has written. It equals the one that was written, and a
    /// [`Plan`](crate::program::Plan) of it computes the same bits.
    ///
    /// ```
    /// use nnx_core::{Tensor, array::Array, module::{Init, compile}, nn::Linear, program::{Plan, Program}};
    /// use nnx_core::{random::Rngs, size::{U2, U3}, tensor::Tensor};
    ///
    /// let directory = tempfile::tempdir()?;
    /// let file = directory.path().join("linear.safetensors");
    /// let model = compile::<Tensor![4, 3], _>(Linear::<U3, U2>::init(&mut Rngs::new(0)));
    /// model.program(Tensor::zeros())?.save(&file)?;
    ///
    /// // Another process, which doesn't have the model.
    /// let plan = Plan::new(&Program::load(&file)?)?;
    /// let y = plan.run(vec![Array::full(1.0f32, &[4, 3])])?;
    /// assert_eq!(y[0].to_vec::<f32>()?, model.infer(Tensor::ones()).to_vec());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the file can't be read, is damaged, of a later version or no program; if an operation isn't known or an attribute is
    /// out of range; if a step reads a value that no step before it computes, or its shapes don't fit. The error names the step
    /// and the attribute.
    pub fn load(file: impl AsRef<FilePath>) -> Result<Self, Error> {
        Self::load_with(file, &Operations::new())
    }

    /// As [`load`](Self::load), of a program that has operations of other crates.
    ///
    /// ```
    /// use nnx_core::array::{Array, ShapeError};
    /// use nnx_core::module::record;
    /// use nnx_core::ops::{AttributeValue, Attributes, Backward, DynTensor, Keeps, Operation, Operations, Signature};
    /// use nnx_core::{nn::Relu, program::Program};
    ///
    /// /// `x + amount`, rounded down.
    /// #[derive(Debug, AttributeValue)]
    /// #[attribute(name = "mine.Shift")]
    /// struct Shift { amount: f32 }
    ///
    /// impl Operation for Shift {
    ///     fn name(&self) -> &'static str { "shift" }
    ///     fn attributes(&self) -> Option<Attributes> { Attributes::of(self) }
    ///     fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> { Ok(inputs[0]) }
    ///     fn forward(&self, inputs: &mut [Array]) -> Array {
    ///         let x = inputs[0].to_vec::<f32>().expect("f32");
    ///         let y = x.iter().map(|x| (x + self.amount).floor()).collect();
    ///         Array::new(y, &inputs[0].dims()).expect("as many")
    ///     }
    ///     fn keeps(&self) -> Keeps { Keeps::NOTHING }
    ///     fn gradient(&self, _: &Backward<'_>, _: usize) -> Option<DynTensor> { None }
    ///     fn flops(&self, _: &[Signature], output: &Signature) -> u64 { 2 * output.elements() as u64 }
    /// }
    ///
    /// let directory = tempfile::tempdir()?;
    /// let file = directory.path().join("shift.safetensors");
    /// let x = DynTensor::from(Array::full(0.5f32, &[3]));
    /// let shift = |x: Vec<DynTensor>, _: &mut _| vec![DynTensor::apply(Shift { amount: 2.0 }, [x[0].clone()])];
    /// let (program, _) = record(&Relu, vec![x], shift)?;
    /// program.save(&file)?;
    /// assert_eq!(Program::load_with(&file, &Operations::new().with::<Shift>())?, program);
    ///
    /// let error = Program::load(&file).unwrap_err().to_string();
    /// assert!(error.contains("step 0, `mine.Shift`: no operation is named `mine.Shift`"), "{error}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_with(file: impl AsRef<FilePath>, operations: &Operations) -> Result<Self, Error> {
        let file = file.as_ref();
        let (document, arrays) = load(file)?;
        let wrong = |place: &str, problem: &str| ProgramFileError::content(file, place, problem);
        if let Some(lengths) = document.get("lengths") {
            let problem =
                format!("it is for any lengths, {lengths}: read it by `SymbolicProgram::load`");
            return Err(wrong("the program", &problem).into());
        }
        let document: Document = serde_json::from_value(document)
            .map_err(|error| wrong("the program", &error.to_string()))?;
        let read = read::program(&document, &arrays, operations);
        Ok(read.map_err(|(place, problem)| wrong(&place, &problem))?)
    }
}

/// Writes a document and its arrays.
fn save(file: &FilePath, document: &impl Serialize, arrays: State) -> Result<(), Error> {
    let mut document = serde_json::to_value(document).map_err(Error::other)?;
    let is_folded = fold::fold(&mut document);
    document["format"] = Json::from(if is_folded { FOLDED_FORMAT } else { FORMAT });
    let program = Captured(Some(PartContent::of_value(&document).map_err(Error::other)?));
    let arrays = Captured((!arrays.is_empty()).then(|| PartContent::of_arrays(arrays)));
    let mut parts: Vec<(&str, &dyn CheckpointPart)> = vec![(PROGRAM, &program)];
    if arrays.0.is_some() {
        parts.push((ARRAYS, &arrays));
    }
    Checkpoint::save(file, parts)
}

/// Reads a document of this version's format, and its arrays.
fn load(file: &FilePath) -> Result<(Json, State), Error> {
    let found: Vec<String> =
        Checkpoint::info(file)?.parts.into_iter().map(|part| part.name).collect();
    if !found.iter().any(|name| name == PROGRAM) {
        return Err(ProgramFileError::NoProgram { file: file.to_owned(), found }.into());
    }
    let (mut program, mut arrays) = (Captured(None), Captured(None));
    let mut parts: Vec<(&str, &mut dyn CheckpointPart)> = vec![(PROGRAM, &mut program)];
    if found.iter().any(|name| name == ARRAYS) {
        parts.push((ARRAYS, &mut arrays));
    }
    Checkpoint::load_some(file, parts)?;
    let wrong = |problem: &str| ProgramFileError::content(file, "the program", problem);
    let content = program.0.ok_or_else(|| wrong("isn't in the file"))?;
    let not_json = |error: PartError| wrong(&error.to_string());
    let Format { format } = content.to_value().map_err(not_json)?;
    if !(FORMAT..=FOLDED_FORMAT).contains(&format) {
        let file = file.to_owned();
        let newest = FOLDED_FORMAT;
        return Err(ProgramFileError::Version { file, found: format, newest }.into());
    }
    let arrays = arrays.0.as_ref().and_then(PartContent::arrays).cloned().unwrap_or_default();
    let mut document = content.to_value().map_err(not_json)?;
    unfold::unfold(&mut document)
        .map_err(|(place, problem)| ProgramFileError::content(file, &place, &problem))?;
    Ok((document, arrays))
}

/// The content of a part, as it is in the file.
struct Captured(Option<PartContent>);

impl CheckpointPart for Captured {
    fn save_part(&self) -> Result<PartContent, PartError> {
        self.0.clone().ok_or(PartError::NotAskedFor)
    }
    fn load_part<'a>(&'a mut self, saved: &PartContent) -> Result<Restore<'a>, PartError> {
        let saved = saved.clone();
        Ok(Box::new(move || self.0 = Some(saved)))
    }
}

/// A program that can't be written or read.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum ProgramFileError {
    /// A step that can't be written.
    #[error(
        "the program can't be written, and nothing is changed: step {step}, `{operation}`, has no attributes, as it holds a \
         function, or is an operation of your own that doesn't implement `Operation::attributes`, or a fused one of a plan: \
         write the recorded program"
    )]
    Unwritable {
        /// The number of the step, from 0.
        step: usize,
        /// Its operation.
        operation: &'static str,
    },
    /// A file of something else.
    #[error("{}: no program in this file{}: `Program::save` writes one", file.display(), has(found))]
    NoProgram {
        /// The file.
        file: PathBuf,
        /// The parts of the checkpoint that it is.
        found: Vec<String>,
    },
    /// A program of a later version of the library.
    #[error(
        "{}: a program of format {found}; this version reads formats 1 to {newest}: use the version of nnx that wrote it, or a later \
         one",
        file.display()
    )]
    Version {
        /// The file.
        file: PathBuf,
        /// The format of the file.
        found: u32,
        /// The newest format that can be read.
        newest: u32,
    },
    /// A program that no run has recorded.
    #[error("{}: {place}: {problem}; the program was changed, or made by another version: write it again by `Program::save`", file.display())]
    Content {
        /// The file.
        file: PathBuf,
        /// Where: the step with its operation, or the part of the program.
        place: String,
        /// The problem.
        problem: String,
    },
}

impl ProgramFileError {
    fn content(file: &FilePath, place: &str, problem: &str) -> Self {
        let (file, place) = (file.to_owned(), place.to_owned());
        Self::Content { file, place, problem: shortened(problem).into_owned() }
    }
}

/// ", a checkpoint of `model`, `optimizer`".
fn has(found: &[String]) -> String {
    match found {
        [] => String::new(),
        found => {
            let names: Vec<String> = found.iter().map(|name| format!("`{name}`")).collect();
            format!(", a checkpoint of {}", shortened(&names.join(", ")))
        }
    }
}
