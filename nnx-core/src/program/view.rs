//! A program as data: its values and steps to read, and equality.

use std::fmt;
use std::sync::Arc;

use super::passes::text_of;
use super::{Output, Program, ProgramVariable};
use crate::array::Array;
use crate::ops::{Attributes, Operation, Signature, Step};

/// A step of a program, to read.
#[derive(Clone, Copy)]
pub struct StepView<'a> {
    program: &'a Program,
    step: &'a Step,
}

/// An operand of a step, or an output of a program.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OperandView<'a> {
    /// A value of the program, by its number.
    Value(usize),
    /// An array that depends on no input.
    Constant(&'a Array),
}

/// A variable that a program reads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VariableView<'a> {
    /// Its path in the model, such as `layers.0.kernel`.
    pub path: &'a str,
    /// The number of its value.
    pub value: usize,
    /// The elements that it had; none if each run is given it, as in a recorded step.
    pub array: Option<&'a Array>,
    /// What it is after a run, if it changes.
    pub update: Option<OperandView<'a>>,
}

impl Program {
    /// The steps, in the order in which they ran.
    ///
    /// ```
    /// use nnx_core::{array::Array, module::record, nn::Relu, ops::{Attribute, DynTensor}};
    /// use nnx_core::program::OperandView;
    ///
    /// let x = DynTensor::from(Array::new(vec![1.0f32, -2.0], &[2])?);
    /// let (program, _) = record(&Relu, vec![x], |x, _| vec![x[0].clone().relu().mul_scalar(2.0)])?;
    /// let names: Vec<_> = program.iter().map(|step| step.name()).collect();
    /// assert_eq!(names, ["relu", "mul_scalar"]);
    /// let last = program.iter().last().expect("two steps");
    /// assert_eq!(last.text(), "Unary(MulScalar { factor: 2.0 })");
    /// let attributes = last.attributes().expect("no function of the user");
    /// assert_eq!(attributes.get("factor"), Some(&Attribute::Float(2.0)));
    /// assert_eq!(last.operands().collect::<Vec<_>>(), [OperandView::Value(1)]);
    /// assert_eq!(last.signature().to_string(), "(2,) of f32");
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    pub fn iter(&self) -> impl ExactSizeIterator<Item = StepView<'_>> {
        self.steps.iter().map(|step| StepView { program: self, step })
    }

    /// The numbers of the values that a run is given.
    #[must_use]
    pub fn inputs(&self) -> &[usize] {
        &self.inputs
    }

    /// The variables of the model, in the order of its fields.
    pub fn variables(&self) -> impl ExactSizeIterator<Item = VariableView<'_>> {
        self.variables.iter().map(|variable| VariableView {
            path: &variable.path,
            value: variable.value,
            array: variable.array.as_ref(),
            update: variable.update.as_ref().map(OperandView::of),
        })
    }

    /// The results of a run.
    pub fn outputs(&self) -> impl ExactSizeIterator<Item = OperandView<'_>> {
        self.outputs.iter().map(OperandView::of)
    }

    /// The shape and the element type of a value, if the program has one of this number.
    #[must_use]
    pub fn value(&self, value: usize) -> Option<Signature> {
        self.values.get(value)
    }
}

impl<'a> StepView<'a> {
    /// The step of this index.
    pub(super) fn of(program: &'a Program, index: usize) -> Self {
        Self { program, step: &program.steps[index] }
    }

    /// The name of the operation, such as `linear`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.step.operation.name()
    }

    /// The operation's type and parameters as data; `None` if it has a part that is none, such as a function of the user.
    #[must_use]
    pub fn attributes(&self) -> Option<Attributes> {
        self.step.operation.attributes()
    }

    /// The operation's type and parameters as text: its `Debug` text.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{:?}", self.step.operation)
    }

    /// The operation itself.
    #[must_use]
    pub fn operation(&self) -> &'a dyn Operation {
        &*self.step.operation
    }

    /// The operands, in the order of the operation's inputs.
    pub fn operands(&self) -> impl ExactSizeIterator<Item = OperandView<'a>> + use<'a> {
        self.step.inputs.iter().map(OperandView::of)
    }

    /// The numbers of all values that it computes: an operation in place has several.
    pub fn outputs(&self) -> impl Iterator<Item = usize> + 'a {
        self.step.outputs()
    }

    /// The number of the value that it computes.
    #[must_use]
    pub fn output(&self) -> usize {
        self.step.output
    }

    /// The shape and the element type of what it computes.
    #[must_use]
    pub fn signature(&self) -> Signature {
        self.program.values[self.step.output]
    }
}

impl fmt::Debug for StepView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.step.fmt(f)
    }
}

impl<'a> OperandView<'a> {
    fn of(operand: &'a Output) -> Self {
        match operand {
            Output::Value(value) => Self::Value(*value),
            Output::Constant(array) => Self::Constant(array),
        }
    }
}

/// Whether both have the same steps on the same values, and constants and variables of the same bits. Functions of the
/// user, such as those of `remat`, are equal to themselves alone.
impl PartialEq for Program {
    fn eq(&self, other: &Self) -> bool {
        let same_variable = |(a, b): (&ProgramVariable, &ProgramVariable)| {
            let [of_a, of_b] = [a, b].map(|x| x.update.as_ref());
            let same = |a: Option<&Output>, b: Option<&Output>| match (a, b) {
                (Some(a), Some(b)) => same_operand(a, b),
                (a, b) => a.is_none() && b.is_none(),
            };
            (&a.path, a.value) == (&b.path, b.value)
                && same_array(a.array.as_ref(), b.array.as_ref())
                && same(of_a, of_b)
        };
        self.values == other.values
            && self.inputs == other.inputs
            && self.guards == other.guards
            && same_list(&self.outputs, &other.outputs)
            && self.variables.len() == other.variables.len()
            && self.variables.iter().zip(&other.variables).all(same_variable)
            && self.steps.len() == other.steps.len()
            && self.steps.iter().zip(&other.steps).all(same_step)
    }
}

fn same_step((a, b): (&Step, &Step)) -> bool {
    let [x, y] = [a, b].map(|step| &step.operation);
    let same_operation = || match (x.attributes(), y.attributes()) {
        (Some(a), Some(b)) => a == b,
        _ => match (text_of(&**x), text_of(&**y)) {
            (Some(a), Some(b)) => a == b,
            _ => Arc::ptr_eq(x, y),
        },
    };
    a.outputs().eq(b.outputs()) && same_list(&a.inputs, &b.inputs) && same_operation()
}

fn same_list(a: &[Output], b: &[Output]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_operand(a, b))
}

fn same_operand(a: &Output, b: &Output) -> bool {
    match (a, b) {
        (Output::Value(a), Output::Value(b)) => a == b,
        (Output::Constant(a), Output::Constant(b)) => a.same_bits(b),
        _ => false,
    }
}

fn same_array(a: Option<&Array>, b: Option<&Array>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.same_bits(b),
        (a, b) => a.is_none() && b.is_none(),
    }
}
