//! Elementwise operations that follow one another, with registers for the blocks between them.

use std::fmt;
use std::sync::Arc;

use super::role::RoleKind;
use super::zip::{broadcast_for, elements_of};
use super::{DynTensor, Operation};
use crate::array::{Array, ShapeError};
use crate::kernel::broadcast::Broadcast;
use crate::kernel::chain::{BlockFunction, Call, ChainKernel, MOST_CALLS, MOST_INPUTS, Place};

/// The most links of a chain, and the most inputs.
pub(crate) const MOST_LINKS: usize = MOST_CALLS;
pub(crate) const MOST_OPERANDS: usize = MOST_INPUTS;

/// An operand of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Feed {
    /// An input.
    Input(usize),
    /// The product before the chain, or the first input of a chain without one. Its blocks are those of the output, so
    /// that it may be overwritten.
    Base,
    /// The output of an earlier link.
    Link(usize),
}

/// An elementwise operation of f32 and its operands.
#[derive(Clone)]
pub(crate) struct Link {
    pub(crate) operation: Arc<dyn Operation>,
    pub(crate) operands: Vec<Feed>,
}

/// Elementwise operations; the last one gives the result. All operands have the shape of the result.
#[derive(Clone, Default)]
pub(crate) struct Chain {
    links: Vec<Link>,
    places: Vec<Places>,
    /// Registers besides the block of the output.
    registers: usize,
    result: usize,
}

/// Where a link reads and writes.
#[derive(Clone, Copy)]
struct Places {
    first: Place,
    second: Option<Place>,
    to: usize,
}

impl Chain {
    /// Gives each link a register: that of its first operand if nothing else reads it.
    pub(crate) fn new(links: Vec<Link>) -> Self {
        let mut registers = Registers::new(&links);
        let places = (0..links.len()).map(|index| registers.assign(&links, index)).collect();
        let result = registers.of_link.last().copied().unwrap_or(0);
        let count = registers.used.len().saturating_sub(1);
        Self { links, places, registers: count, result }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    pub(crate) fn links(&self) -> &[Link] {
        &self.links
    }

    /// The chain for an output of `elements` elements. Operands that are broadcast stay views, others are made contiguous.
    pub(crate) fn kernel<'a>(
        &'a self,
        elements: usize,
        inputs: &'a mut [Array],
    ) -> ChainKernel<'a> {
        let (mut how, count) = ([Broadcast::None; MOST_INPUTS], inputs.len());
        for (how, input) in how.iter_mut().zip(inputs.iter_mut()) {
            *how = broadcast_for(elements, input);
        }
        let inputs = inputs.iter().zip(&how[..count]);
        let inputs = inputs.map(|(input, how)| (elements_of::<f32>(input, *how), *how));
        let call = |(link, places): (&'a Link, &Places)| {
            let function = elementwise(&*link.operation);
            Call { function, first: places.first, second: places.second, to: places.to }
        };
        let calls = self.links.iter().zip(&self.places).map(call).collect();
        let (registers, result) = (self.registers, self.result);
        ChainKernel { calls, inputs: inputs.collect(), registers, result }
    }

    /// The outputs of all links, one operation after the other.
    pub(super) fn composed(
        &self,
        inputs: &[DynTensor],
        base: &DynTensor,
    ) -> Result<Vec<DynTensor>, ShapeError> {
        let mut outputs: Vec<DynTensor> = Vec::new();
        for link in &self.links {
            let operand = |feed: &Feed| match *feed {
                Feed::Input(index) => inputs[index].clone(),
                Feed::Link(index) => outputs[index].clone(),
                Feed::Base => base.clone(),
            };
            let operands = link.operands.iter().map(operand).collect();
            outputs.push(DynTensor::try_apply_shared(&link.operation, operands)?);
        }
        Ok(outputs)
    }
}

/// `relu`, or `mul_scalar + add`: the operations in order.
impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.links.iter().map(|link| link.operation.name()).collect();
        f.write_str(&names.join(" + "))
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let link = |link: &Link| format!("{:?} of {:?}", link.operation, link.operands);
        f.debug_list().entries(self.links.iter().map(link)).finish()
    }
}

/// The function of an operation of a chain.
fn elementwise(operation: &dyn Operation) -> &dyn BlockFunction {
    match operation.role().0 {
        RoleKind::Elementwise(function) => function,
        _ => unreachable!("a chain has elementwise operations alone"),
    }
}

/// The registers of a chain while they are assigned.
struct Registers {
    /// The last link that reads the output of each link; the result is read after all.
    last_reader: Vec<usize>,
    /// The last link that reads the base, if any does.
    last_of_base: Option<usize>,
    of_link: Vec<usize>,
    /// Whether each register holds a value that is read later.
    used: Vec<bool>,
}

impl Registers {
    fn new(links: &[Link]) -> Self {
        let mut last_reader = vec![links.len(); links.len()];
        let mut last_of_base = None;
        for (index, link) in links.iter().enumerate() {
            for feed in &link.operands {
                match *feed {
                    Feed::Link(from) => last_reader[from] = index,
                    Feed::Base => last_of_base = Some(index),
                    Feed::Input(_) => {}
                }
            }
        }
        let used = vec![last_of_base.is_some()];
        Self { last_reader, last_of_base, of_link: Vec::new(), used }
    }

    /// Where an operand is, and whether the link is the last one that reads it.
    fn place(&self, feed: Feed, link: usize) -> (Place, bool) {
        match feed {
            Feed::Input(index) => (Place::Input(index), false),
            Feed::Base => (Place::Register(0), self.last_of_base == Some(link)),
            Feed::Link(from) => {
                (Place::Register(self.of_link[from]), self.last_reader[from] == link)
            }
        }
    }

    fn assign(&mut self, links: &[Link], index: usize) -> Places {
        let operands = &links[index].operands;
        let (mut first, mut first_dies) = self.place(operands[0], index);
        let mut second = operands.get(1).map(|feed| self.place(*feed, index));
        if let Some((other, true)) = second
            && !first_dies
            && elementwise(&*links[index].operation).commutes()
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
        self.of_link.push(to);
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
