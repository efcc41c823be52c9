//! A program as a document and arrays.

use std::collections::HashMap;

use super::document::{self, Document, FORMAT};
use super::{ProgramFileError, json};
use crate::array::{Array, DType, Dims};
use crate::module::{Entry, KindId, Path, State, kind};
use crate::ops::{Attribute, Operand, Signature, Step};
use crate::program::Program;

/// The document of a program, and its arrays, by their numbers.
pub(super) fn document(program: &Program) -> Result<(Document, State), ProgramFileError> {
    let mut arrays = Arrays::default();
    let mut steps = Vec::with_capacity(program.steps.len());
    for (index, step) in program.steps.iter().enumerate() {
        let unwritable =
            || ProgramFileError::Unwritable { step: index, operation: step.operation.name() };
        steps.push(arrays.step(step).ok_or_else(unwritable)?);
    }
    let mut variables = Vec::with_capacity(program.variables.len());
    for variable in &program.variables {
        variables.push(document::Variable {
            path: variable.path.clone(),
            value: variable.value,
            array: variable.array.as_ref().map(|array| arrays.array(array)),
            update: variable.update.as_ref().map(|update| arrays.operand(update)),
        });
    }
    let guard = |guard: &crate::ops::Guard| document::Guard {
        input: guard.input,
        most: guard.most,
        number: guard.number,
    };
    let document = Document {
        format: FORMAT,
        values: program.values.iter().map(|value| signature(&value)).collect(),
        inputs: program.inputs.clone(),
        variables,
        steps,
        outputs: program.outputs.iter().map(|output| arrays.operand(output)).collect(),
        guards: program.guards.iter().map(guard).collect(),
    };
    Ok((document, arrays.state))
}

fn signature(Signature { dims, dtype }: &Signature) -> document::Signature {
    document::Signature { dtype: dtype.to_string(), dims: dims.to_vec() }
}

/// The arrays so far. An array that several steps read is written once.
#[derive(Default)]
struct Arrays {
    state: State,
    numbers: HashMap<(usize, DType, Dims, Dims), usize>,
}

impl Arrays {
    fn step(&mut self, step: &Step) -> Option<document::Step> {
        let attributes = Attribute::from(step.operation.attributes()?);
        Some(document::Step {
            operation: json::write(&attributes, &mut |array| self.number(array))?,
            inputs: step.inputs.iter().map(|input| self.operand(input)).collect(),
            outputs: step.outputs().collect(),
            reads: step.update.as_ref().map(|update| update.operation.reads),
        })
    }

    fn operand(&mut self, operand: &Operand) -> document::Operand {
        match operand {
            Operand::Value(value) => document::Operand::Value(*value),
            Operand::Constant(array) => self.array(array),
        }
    }

    /// An array; one whose elements are all the same takes one element of the file, or none if that is a finite float
    /// other than -0.0.
    fn array(&mut self, array: &Array) -> document::Operand {
        if array.one_element().is_none() {
            return document::Operand::Array { array: self.number(array), dims: None };
        }
        let first = (0..array.dims().len()).fold(array.clone(), |x, axis| x.narrow(axis, 0, 1));
        let first = first.contiguous().reshape(&[]);
        let dims = array.dims().to_vec();
        match in_json(&first) {
            Some(full) => {
                let dtype = array.dtype().to_string();
                document::Operand::Full { full, dtype, dims }
            }
            None => document::Operand::Array { array: self.number(&first), dims: Some(dims) },
        }
    }

    fn number(&mut self, array: &Array) -> usize {
        let next = self.state.len();
        let key = (array.address(), array.dtype(), array.dims(), array.strides());
        // Arrays without elements may share an address.
        let number = match array.elements() {
            0 => next,
            _ => *self.numbers.entry(key).or_insert(next),
        };
        if number == next {
            let entry = Entry { kind: KindId::of::<kind::Variable>(), array: array.contiguous() };
            self.state.insert(Path::parse(&number.to_string()), entry);
        }
        number
    }
}

/// The element of a scalar, if it is a float that JSON has. -0.0 isn't: `serde_json` takes it for equal to 0.0, so that
/// folding would lose the sign.
fn in_json(scalar: &Array) -> Option<f64> {
    let element = match scalar.dtype() {
        DType::F32 => scalar.to_vec::<f32>().ok()?.first().copied().map(f64::from),
        DType::F64 => scalar.to_vec::<f64>().ok()?.first().copied(),
        _ => None,
    };
    element.filter(|element| element.is_finite() && element.to_bits() != (-0.0f64).to_bits())
}
