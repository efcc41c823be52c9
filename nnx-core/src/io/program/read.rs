//! A program from a document, which may be anybody's: everything that a recording ensures is checked.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use serde_json::Value as Json;

use super::document::{self, Document};
use super::json;
use crate::array::{Array, DType, Dims, MAX_RANK, check_allocation};
use crate::module::State;
use crate::ops::{
    Guard, Operand, Operation, Operations, Signature, Signatures, Step, Update, Updating, ValueId,
};
use crate::program::{Program, ProgramVariable};

/// Where a problem is, and what.
type Problem = (String, String);

/// The program of a document.
pub(super) fn program(
    document: &Document,
    arrays: &State,
    operations: &Operations,
) -> Result<Program, Problem> {
    let arrays = arrays.iter().map(|(path, entry)| (path.to_string(), entry.array.clone()));
    let mut reader = Reader {
        values: Signatures::default(),
        known: Vec::new(),
        arrays: arrays.collect(),
        operations,
    };
    for (number, value) in document.values.iter().enumerate() {
        let read = signature(value).map_err(|problem| (format!("value %{number}"), problem))?;
        reader.values.push(read);
    }
    reader.known = vec![false; reader.values.len()];
    for input in &document.inputs {
        reader.define(*input).map_err(|problem| ("inputs".to_owned(), problem))?;
    }
    let mut variables = Vec::with_capacity(document.variables.len());
    for variable in &document.variables {
        let place = |problem| (format!("variable `{}`", variable.path), problem);
        reader.define(variable.value).map_err(place)?;
        let array = variable.array.as_ref().map(|array| reader.constant(array)).transpose();
        let array = array.map_err(place)?;
        if let Some(array) = &array {
            reader.expect(variable.value, Signature::of(array)).map_err(place)?;
        }
        if array.is_some() && variable.update.is_some() {
            return Err(place("takes an array or an update, found both".to_owned()));
        }
        let (path, value) = (variable.path.clone(), variable.value);
        variables.push(ProgramVariable { path, value, array, update: None });
    }
    let guards = document.guards.iter().map(|guard| reader.guard(guard)).collect::<Result<_, _>>();
    let guards = guards.map_err(|problem| ("guards".to_owned(), problem))?;
    let mut steps = Vec::with_capacity(document.steps.len());
    for (index, step) in document.steps.iter().enumerate() {
        let read = reader.step(step).map_err(|problem| {
            (format!("step {index}, `{}`", type_name(&step.operation)), problem)
        })?;
        steps.push(read);
    }
    let outputs = document.outputs.iter().map(|output| reader.operand(output));
    let outputs =
        outputs.collect::<Result<_, _>>().map_err(|problem| ("outputs".to_owned(), problem))?;
    for (variable, read) in document.variables.iter().zip(&mut variables) {
        let Some(update) = &variable.update else { continue };
        let place = |problem| (format!("update of variable `{}`", variable.path), problem);
        let update = reader.operand(update).map_err(place)?;
        reader.expect(variable.value, reader.signature(&update)).map_err(place)?;
        read.update = Some(update);
    }
    let Reader { values, .. } = reader;
    Ok(Program { values, inputs: document.inputs.clone(), variables, steps, outputs, guards })
}

/// The name of a step's operation.
fn type_name(operation: &Json) -> String {
    let name = match operation {
        Json::String(name) => name,
        Json::Object(fields) => fields.keys().next().map_or("?", |name| name),
        _ => "?",
    };
    super::shortened(name).into_owned()
}

struct Reader<'a> {
    values: Signatures,
    /// Whether an input, a variable or a step before this one has the value.
    known: Vec<bool>,
    arrays: HashMap<String, Array>,
    operations: &'a Operations,
}

impl Reader<'_> {
    /// Makes a value known.
    fn define(&mut self, value: ValueId) -> Result<(), String> {
        match self.known.get_mut(value) {
            None => Err(format!("%{value} isn't one of the {} values", self.values.len())),
            Some(true) => Err(format!("%{value} is computed twice")),
            Some(known) => {
                *known = true;
                Ok(())
            }
        }
    }

    /// An error unless a value has this shape and type.
    fn expect(&self, value: ValueId, found: Signature) -> Result<(), String> {
        match self.values[value] == found {
            true => Ok(()),
            false => Err(format!("%{value} is {}, found {found}", self.values[value])),
        }
    }

    fn operand(&self, operand: &document::Operand) -> Result<Operand, String> {
        match operand {
            document::Operand::Value(value) => match self.known.get(*value) {
                Some(true) => Ok(Operand::Value(*value)),
                Some(false) => Err(format!("reads %{value}, which no step before it computes")),
                None => Err(format!(
                    "reads %{value}, which isn't one of the {} values",
                    self.values.len()
                )),
            },
            constant => self.constant(constant).map(Operand::constant),
        }
    }

    fn signature(&self, operand: &Operand) -> Signature {
        match operand {
            Operand::Value(value) => self.values[*value],
            Operand::Constant(array) => Signature::of(array),
        }
    }

    fn constant(&self, operand: &document::Operand) -> Result<Array, String> {
        let (array, dims) = match operand {
            document::Operand::Value(_) => return Err("takes an array of the file".to_owned()),
            document::Operand::Array { array, dims } => (array, dims),
            document::Operand::Full { full, dtype, dims } => {
                let found = document::Signature { dtype: dtype.clone(), dims: dims.clone() };
                let Signature { dims, dtype } = signature(&found)?;
                if !dtype.is_float() {
                    return Err(format!(
                        "takes one number for all elements of floats, found {dtype}"
                    ));
                }
                return Ok(Array::full_float(*full, dtype, &[]).broadcast(&dims));
            }
        };
        let found = self.arrays.get(&array.to_string());
        let found = found.ok_or_else(|| format!("reads array {array}, which the file lacks"))?;
        let Some(dims) = dims else { return Ok(found.clone()) };
        if found.elements() != 1 {
            return Err(format!(
                "array {array} has {} elements, expected one for the shape {dims:?}",
                found.elements()
            ));
        }
        let dims = checked_dims(dims, found.dtype())?;
        Ok(found.reshape(&[]).broadcast(&dims))
    }

    fn guard(&self, guard: &document::Guard) -> Result<Guard, String> {
        let document::Guard { input, most, number } = *guard;
        let counter = Signature { dims: Dims::new(&[]), dtype: DType::U32 };
        if self.known.get(input) != Some(&true) {
            return Err(format!("%{input} is neither an input nor a variable"));
        }
        self.expect(input, counter)?;
        Ok(Guard { input, most, number })
    }

    fn step(&mut self, step: &document::Step) -> Result<Step, String> {
        let array = |number: &Json| {
            let found = self.arrays.get(&number.to_string());
            found.cloned().ok_or_else(|| format!("reads array {number}, which the file lacks"))
        };
        let attribute = json::read(&step.operation, &array)?;
        let inputs = step.inputs.iter().map(|input| self.operand(input));
        let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
        let signatures: Vec<Signature> = inputs.iter().map(|input| self.signature(input)).collect();
        let wrong = |error: crate::ops::AttributeError| error.to_string();
        let read = match step.reads {
            None => {
                let operation = self.operations.read(&attribute).map_err(wrong)?;
                let [output] = step.outputs[..] else {
                    return Err(format!("has one output, found {}", step.outputs.len()));
                };
                Step { operation, inputs, output, update: None }
            }
            Some(reads) => {
                let operation = self.operations.read_in_place(&attribute).map_err(wrong)?;
                let updated = inputs.len().saturating_sub(reads);
                if updated == 0 || updated != step.outputs.len() {
                    return Err(format!(
                        "updates the inputs behind the first {reads} of {}, and has as many outputs, found {}",
                        inputs.len(),
                        step.outputs.len()
                    ));
                }
                let operation = Updating { operation, reads };
                let (output, others) = (step.outputs[0], step.outputs[1..].to_vec());
                let update = Some(Box::new(Update { operation: operation.clone(), others }));
                Step { operation: Arc::new(operation), inputs, output, update }
            }
        };
        let output = output(&*read.operation, &signatures)?;
        if step.reads.is_none() {
            let read_as_f32 = |(index, input): &(usize, &Signature)| {
                input.dtype == DType::Bf16 && !read.operation.reads_bf16(&signatures, *index)
            };
            if let Some((index, input)) = signatures.iter().enumerate().find(read_as_f32) {
                return Err(format!("doesn't take bf16, found input {index}, {input}"));
            }
        }
        for value in &step.outputs {
            self.define(*value)?;
        }
        self.expect(read.output, output)?;
        if let Some(reads) = step.reads {
            let updated = signatures[reads..].iter().zip(&step.outputs);
            updated.into_iter().try_for_each(|(updated, value)| self.expect(*value, *updated))?;
        }
        Ok(read)
    }
}

/// The shape that an operation gives. A shape rule may count on inputs that its operation always has, so a panic is an
/// error, too.
fn output(operation: &dyn Operation, inputs: &[Signature]) -> Result<Signature, String> {
    let output = catch_unwind(AssertUnwindSafe(|| operation.output(inputs)));
    let listed: Vec<String> = inputs.iter().map(ToString::to_string).collect();
    match output {
        Ok(Ok(output)) => Ok(output),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("doesn't take inputs of shape {}", listed.join(", "))),
    }
}

fn signature(found: &document::Signature) -> Result<Signature, String> {
    let named = DType::ALL.into_iter().find(|dtype| dtype.to_string() == found.dtype);
    let dtype = named.ok_or_else(|| {
        format!("takes an element type, found {}", super::shortened(&found.dtype))
    })?;
    Ok(Signature { dims: checked_dims(&found.dims, dtype)?, dtype })
}

/// A shape that memory can hold.
fn checked_dims(sizes: &[usize], dtype: DType) -> Result<Dims, String> {
    if sizes.len() > MAX_RANK {
        return Err(format!("has {} axes, expected at most {MAX_RANK}", sizes.len()));
    }
    let dims = Dims::new(sizes);
    match check_allocation("load", dims, dtype) {
        Ok(()) => Ok(dims),
        Err(_) => Err(format!("has the shape {dims}, which is larger than memory can be")),
    }
}
