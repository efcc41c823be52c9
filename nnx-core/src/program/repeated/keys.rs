//! The steps of a program as keys and numbers, see `find`.

use std::any::Any;
use std::collections::HashMap;
use std::fmt::Write;
use std::hash::Hash;
use std::sync::Arc;

use super::find::{Item, Kind, Node, find};
use crate::ops::{Attribute, Checked, Fused, Operation, Signature, Step};
use crate::program::passes::Identity;
use crate::program::{Output, Program};

/// What steps of one key have in common.
#[derive(PartialEq, Eq, Hash)]
struct StepKey {
    /// The operation without its integers.
    operation: String,
    inputs: Vec<Signature>,
    outputs: Vec<Signature>,
    /// Of an operation in place: the number of inputs that it doesn't update.
    reads: Option<usize>,
}

/// The steps of a program, with blocks in place of those that repeat.
pub(super) fn nodes(program: &Program) -> Vec<Node> {
    let made_by = program.producers();
    let (mut keys, mut constants) = (Numbers::default(), Numbers::default());
    let items = program.steps.iter().enumerate().map(|(index, step)| {
        let (key, numbers) = parts(program, step, &mut constants);
        Item::step(index, keys.of(key), numbers)
    });
    find(items.collect(), &|value| made_by[usize::try_from(value).ok()?])
}

/// Numbers things from 0.
struct Numbers<T>(HashMap<T, usize>);

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Eq + Hash> Numbers<T> {
    fn of(&mut self, thing: T) -> usize {
        let next = self.0.len();
        *self.0.entry(thing).or_insert(next)
    }
}

fn parts(
    program: &Program,
    step: &Step,
    constants: &mut Numbers<Identity>,
) -> (StepKey, Vec<(Kind, i64)>) {
    let mut numbers = Vec::new();
    let operation = text(&step.operation, &mut |integer| numbers.push((Kind::Fixed, integer)));
    numbers.extend(step.outputs().map(|value| (Kind::Fixed, value as i64)));
    let mut inputs = Vec::with_capacity(step.inputs.len());
    for input in &step.inputs {
        let number = match input {
            Output::Value(value) => *value as i64,
            Output::Constant(array) => -1 - constants.of(Identity::of(array)) as i64,
        };
        inputs.push(program.signature(input));
        numbers.push((Kind::Operand, number));
    }
    let outputs = step.outputs().map(|value| program.values[value]).collect();
    let reads = step.update.as_ref().map(|update| update.operation.reads);
    (StepKey { operation, inputs, outputs, reads }, numbers)
}

/// An operation as text, with its integers apart. One that isn't data has them in its text, or equals itself alone.
fn text(operation: &Arc<dyn Operation>, integer: &mut dyn FnMut(i64)) -> String {
    if let Some(Checked(operation)) = (&**operation as &dyn Any).downcast_ref() {
        return text(operation, integer);
    }
    if let Some(attributes) = operation.attributes() {
        let mut text = String::new();
        write(&Attribute::from(attributes), &mut text, integer);
        return text;
    }
    match (&**operation as &dyn Any).is::<Fused>() {
        true => format!("{operation:?}"),
        false => format!("{:p}", Arc::as_ptr(operation)),
    }
}

fn write(attribute: &Attribute, text: &mut String, integer: &mut dyn FnMut(i64)) {
    match attribute {
        Attribute::Integer(value) if i64::try_from(*value).is_ok() => {
            integer(*value as i64);
            text.push('#');
        }
        Attribute::List(items) => {
            text.push('[');
            for item in items {
                write(item, text, integer);
                text.push(',');
            }
            text.push(']');
        }
        Attribute::Record(attributes) => {
            text.push_str(attributes.name());
            text.push('{');
            for (name, attribute) in attributes.iter() {
                text.push_str(name);
                text.push(':');
                write(attribute, text, integer);
                text.push(',');
            }
            text.push('}');
        }
        Attribute::Array(array) => {
            let _ = write!(text, "{:?}", Identity::of(array));
        }
        Attribute::Float(value) => {
            let _ = write!(text, "{:x}", value.to_bits());
        }
        Attribute::Text(found) => {
            let _ = write!(text, "{found:?}");
        }
        Attribute::Bool(_) | Attribute::Integer(_) => {
            let _ = write!(text, "{attribute}");
        }
    }
}
