//! Elementwise operations that follow one another, with registers for the blocks between them.

use std::fmt;
use std::sync::Arc;

use super::role::RoleKind;
use super::zip::{broadcast_for, elements_of};
use super::{DynTensor, Operation};
use crate::array::{Array, ShapeError};
use crate::kernel::broadcast::Broadcast;
use crate::kernel::expression::{
    BlockFunction, Call, ExpressionKernel, MOST_CALLS, MOST_INPUTS, Place,
};

/// The most terms of an expression, and the most inputs.
pub(crate) const MOST_TERMS: usize = MOST_CALLS;
pub(crate) const MOST_OPERANDS: usize = MOST_INPUTS;

/// An operand of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Feed {
    /// An input.
    Input(usize),
    /// The product before the expression, or the first input of an expression without one. Its blocks are those of the output, so
    /// that it may be overwritten.
    Base,
    /// The output of an earlier term.
    Term(usize),
}

/// An elementwise operation of f32 and its operands.
#[derive(Clone)]
pub(crate) struct Term {
    pub(crate) operation: Arc<dyn Operation>,
    pub(crate) operands: Vec<Feed>,
}

/// Elementwise operations; the last one gives the result. All operands have the shape of the result.
#[derive(Clone, Default)]
pub(crate) struct Expression {
    terms: Vec<Term>,
    places: Vec<Places>,
    /// Registers besides the block of the output.
    registers: usize,
    result: usize,
}

/// Where a term reads and writes.
#[derive(Clone, Copy)]
struct Places {
    first: Place,
    second: Option<Place>,
    to: usize,
}

impl Expression {
    /// Gives each term a register: that of its first operand if nothing else reads it.
    pub(crate) fn new(terms: Vec<Term>) -> Self {
        let mut registers = Registers::new(&terms);
        let places = (0..terms.len()).map(|index| registers.assign(&terms, index)).collect();
        let result = registers.of_term.last().copied().unwrap_or(0);
        let count = registers.used.len().saturating_sub(1);
        Self { terms, places, registers: count, result }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    pub(crate) fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// The expression for an output of `elements` elements. Operands that are broadcast stay views, others are made contiguous.
    pub(crate) fn kernel<'a>(
        &'a self,
        elements: usize,
        inputs: &'a mut [Array],
    ) -> ExpressionKernel<'a> {
        let (mut how, count) = ([Broadcast::None; MOST_INPUTS], inputs.len());
        for (how, input) in how.iter_mut().zip(inputs.iter_mut()) {
            *how = broadcast_for(elements, input);
        }
        let inputs = inputs.iter().zip(&how[..count]);
        let inputs = inputs.map(|(input, how)| (elements_of::<f32>(input, *how), *how));
        let call = |(term, places): (&'a Term, &Places)| {
            let function = elementwise(&*term.operation);
            Call { function, first: places.first, second: places.second, to: places.to }
        };
        let calls = self.terms.iter().zip(&self.places).map(call).collect();
        let (registers, result) = (self.registers, self.result);
        ExpressionKernel { calls, inputs: inputs.collect(), registers, result }
    }

    /// The outputs of all terms, one operation after the other.
    pub(super) fn composed(
        &self,
        inputs: &[DynTensor],
        base: &DynTensor,
    ) -> Result<Vec<DynTensor>, ShapeError> {
        let mut outputs: Vec<DynTensor> = Vec::new();
        for term in &self.terms {
            let operand = |feed: &Feed| match *feed {
                Feed::Input(index) => inputs[index].clone(),
                Feed::Term(index) => outputs[index].clone(),
                Feed::Base => base.clone(),
            };
            let operands = term.operands.iter().map(operand).collect();
            outputs.push(DynTensor::try_apply_shared(&term.operation, operands)?);
        }
        Ok(outputs)
    }
}

/// `relu`, or `mul_scalar + add`: the operations in order.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.terms.iter().map(|term| term.operation.name()).collect();
        f.write_str(&names.join(" + "))
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let term = |term: &Term| format!("{:?} of {:?}", term.operation, term.operands);
        f.debug_list().entries(self.terms.iter().map(term)).finish()
    }
}

/// The function of an operation of an expression.
fn elementwise(operation: &dyn Operation) -> &dyn BlockFunction {
    match operation.role().0 {
        RoleKind::Elementwise(function) => function,
        _ => unreachable!("an expression has elementwise operations alone"),
    }
}

/// The registers of an expression while they are assigned.
struct Registers {
    /// The last term that reads the output of each term; the result is read after all.
    last_reader: Vec<usize>,
    /// The last term that reads the base, if any does.
    last_of_base: Option<usize>,
    of_term: Vec<usize>,
    /// Whether each register holds a value that is read later.
    used: Vec<bool>,
}

impl Registers {
    fn new(terms: &[Term]) -> Self {
        let mut last_reader = vec![terms.len(); terms.len()];
        let mut last_of_base = None;
        for (index, term) in terms.iter().enumerate() {
            for feed in &term.operands {
                match *feed {
                    Feed::Term(from) => last_reader[from] = index,
                    Feed::Base => last_of_base = Some(index),
                    Feed::Input(_) => {}
                }
            }
        }
        let used = vec![last_of_base.is_some()];
        Self { last_reader, last_of_base, of_term: Vec::new(), used }
    }

    /// Where an operand is, and whether the term is the last one that reads it.
    fn place(&self, feed: Feed, term: usize) -> (Place, bool) {
        match feed {
            Feed::Input(index) => (Place::Input(index), false),
            Feed::Base => (Place::Register(0), self.last_of_base == Some(term)),
            Feed::Term(from) => {
                (Place::Register(self.of_term[from]), self.last_reader[from] == term)
            }
        }
    }

    fn assign(&mut self, terms: &[Term], index: usize) -> Places {
        let operands = &terms[index].operands;
        let (mut first, mut first_dies) = self.place(operands[0], index);
        let mut second = operands.get(1).map(|feed| self.place(*feed, index));
        if let Some((other, true)) = second
            && !first_dies
            && elementwise(&*terms[index].operation).commutes()
        {
            second = Some((first, first_dies));
            (first, first_dies) = (other, true);
        }
        let same = second.is_some_and(|(second, _)| second == first);
        let to = match first {
            Place::Register(register) if first_dies && !same => register,
            _ => self.free(),
        };
        for (place, dies) in [(first, first_dies)].into_iter().chain(second) {
            if let Place::Register(register) = place
                && dies
            {
                self.used[register] = false;
            }
        }
        self.used[to] = true;
        self.of_term.push(to);
        Places { first, second: second.map(|(place, _)| place), to }
    }

    /// A register that holds nothing.
    fn free(&mut self) -> usize {
        let found = self.used.iter().position(|used| !used);
        found.unwrap_or_else(|| {
            self.used.push(false);
            self.used.len() - 1
        })
    }
}
