//! Blocks of steps that repeat: the layers of a model, the steps of a recurrent cell.
//!
//! A recording unrolls loops, and a plan runs all steps. What repeats is found afterwards, for clients that would write a loop: an
//! export, code for a chip, the text of a program, its file.
//!
//! | file | holds |
//! |---|---|
//! | this one | [`Repeat`]: a block as data |
//! | `find`, `run` | finds blocks in a list of keys and numbers |
//! | `keys` | keys and numbers of the steps of a program |

mod find;
mod keys;
mod run;

pub(crate) use find::{Block, Node};
#[cfg(feature = "safetensors")]
pub(crate) use find::{Item, Kind, find};

use super::{OperandView, Output, Program, StepView};

/// A block of steps that repeats: see [`Program::repeats`].
///
/// In all repetitions the operations are the same, but for integers that grow by the same amount from one to the
/// next, such as the start of a slice, and so are the shapes of all operands and results.
#[derive(Debug, Clone)]
pub struct Repeat<'a> {
    program: &'a Program,
    block: Block,
}

/// An operand of a step of a [`Repeat`].
#[derive(Debug, Clone, PartialEq)]
pub enum RepeatedOperand<'a> {
    /// The same in each repetition, from outside.
    Same(OperandView<'a>),
    /// A value that the same repetition computes, by its number in the first repetition.
    Inside(usize),
    /// A value that the repetition before computes.
    Carried {
        /// What the first repetition reads.
        first: OperandView<'a>,
        /// The value, by its number in the first repetition.
        value: usize,
    },
    /// Another one in each repetition, from outside, such as the weights of layers, or what each repetition of an earlier block has
    /// computed.
    Each(Vec<OperandView<'a>>),
}

/// A value that a [`Repeat`] computes and that is read behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RepeatedResult {
    /// The number of the value in the first repetition.
    pub value: usize,
    /// Whether values of other repetitions than the last are read.
    pub is_collected: bool,
}

impl Program {
    /// The blocks of steps that repeat, in their order: at least three times, such that a loop has at least 8 steps fewer. Blocks within
    /// blocks are those of [`Repeat::inner`].
    ///
    /// ```
    /// use nnx_core::{array::Array, module::record, nn::Relu, ops::DynTensor};
    /// use nnx_core::program::{OperandView, RepeatedOperand};
    ///
    /// let x = DynTensor::from(Array::full(1.0f32, &[20, 4]));
    /// // A running sum of 20 rows.
    /// let sum = |x: Vec<DynTensor>, _: &mut _| {
    ///     let start = DynTensor::from(Array::full(0.0f32, &[1, 4]));
    ///     vec![(0..20).fold(start, |sum, row| sum + x[0].clone().slice(0, row, 1).exp())]
    /// };
    /// let (program, _) = record(&Relu, vec![x], sum)?;
    /// let repeats = program.repeats();
    /// let [block] = &repeats[..] else { panic!("one block") };
    /// assert_eq!((program.steps(), block.steps(), block.times()), (60, 3, 20));
    /// let names: Vec<_> = (0..3).map(|step| block.step(0, step).name()).collect();
    /// assert_eq!(names, ["slice", "exp", "add"]);
    /// assert_eq!(block.operands(0), [RepeatedOperand::Same(OperandView::Value(0))]);
    /// assert_eq!(block.operands(1), [RepeatedOperand::Inside(1)]);
    /// let RepeatedOperand::Carried { first: OperandView::Constant(_), value: 3 } = block.operands(2)[0] else {
    ///     panic!("the sum so far")
    /// };
    /// assert!(!block.results()[0].is_collected, "the last sum is read");
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    #[must_use]
    pub fn repeats(&self) -> Vec<Repeat<'_>> {
        blocks_of(self, &self.nodes())
    }

    /// The steps, with blocks in place of those that repeat.
    pub(crate) fn nodes(&self) -> Vec<Node> {
        keys::nodes(self)
    }

    /// For each value, the last step that reads it; the outputs of the program are read by a step after the last one.
    pub(super) fn last_readers(&self) -> Vec<Option<usize>> {
        let mut last = vec![None; self.values.len()];
        let results = self.results();
        let lists = self.steps.iter().map(|step| &step.inputs).chain([&results]);
        for (index, operands) in lists.enumerate() {
            operands.iter().filter_map(Output::value).for_each(|value| last[value] = Some(index));
        }
        last
    }
}

fn blocks_of<'a>(program: &'a Program, nodes: &[Node]) -> Vec<Repeat<'a>> {
    let block = |node: &Node| match node {
        Node::Step(_) => None,
        Node::Repeat(block) => Some(Repeat { program, block: block.clone() }),
    };
    nodes.iter().filter_map(block).collect()
}

impl<'a> Repeat<'a> {
    /// The index of its first step, among those of [`Program::iter`].
    #[must_use]
    pub fn first(&self) -> usize {
        self.block.first
    }

    /// The number of steps of one repetition.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.block.length
    }

    /// The number of repetitions.
    #[must_use]
    pub fn times(&self) -> usize {
        self.block.times
    }

    /// A step of a repetition, both from 0.
    ///
    /// # Panics
    /// If there are fewer.
    #[must_use]
    #[track_caller]
    pub fn step(&self, repetition: usize, step: usize) -> StepView<'a> {
        let Block { first, length, times, .. } = self.block;
        assert!(
            repetition < times && step < length,
            "step {step} of repetition {repetition}: the block has {length} steps and {times} repetitions"
        );
        StepView::of(self.program, first + repetition * length + step)
    }

    /// The operands of a step, in the order of the operation's inputs.
    ///
    /// # Panics
    /// If there are fewer steps.
    #[must_use]
    #[track_caller]
    pub fn operands(&self, step: usize) -> Vec<RepeatedOperand<'a>> {
        let made_by = self.program.producers();
        let repetition = |at: usize| self.block.first + at * self.block.length;
        let made_in = |operand: &OperandView<'_>, at: usize| match operand {
            OperandView::Value(value) => made_by[*value]
                .is_some_and(|step| (repetition(at)..repetition(at + 1)).contains(&step)),
            OperandView::Constant(_) => false,
        };
        let operands = |at: usize| self.step(at, step).operands().collect::<Vec<_>>();
        let all: Vec<Vec<OperandView<'_>>> = (0..self.block.times).map(operands).collect();
        let operand = |index: usize| {
            let (first, second) = (all[0][index], all[1][index]);
            match (first, second) {
                (OperandView::Value(value), _) if made_in(&second, 1) => {
                    RepeatedOperand::Inside(value)
                }
                (_, OperandView::Value(value)) if made_in(&second, 0) => {
                    RepeatedOperand::Carried { first, value }
                }
                _ if all.iter().all(|operands| operands[index] == first) => {
                    RepeatedOperand::Same(first)
                }
                _ => RepeatedOperand::Each(all.iter().map(|operands| operands[index]).collect()),
            }
        };
        (0..all[0].len()).map(operand).collect()
    }

    /// The values that steps behind the block or outputs of the program read.
    #[must_use]
    pub fn results(&self) -> Vec<RepeatedResult> {
        let results = results(self.program, &self.block, &self.program.last_readers());
        let result = |(numbers, is_collected): (Vec<usize>, bool)| RepeatedResult {
            value: numbers[0],
            is_collected,
        };
        results.into_iter().map(result).collect()
    }

    /// The blocks that repeat within one repetition, as they are in the first one.
    #[must_use]
    pub fn inner(&self) -> Vec<Repeat<'a>> {
        blocks_of(self.program, &self.block.body)
    }
}

/// For each value that is read behind a block: its numbers in all repetitions, and whether others than the last are read.
pub(super) fn results(
    program: &Program,
    block: &Block,
    last_readers: &[Option<usize>],
) -> Vec<(Vec<usize>, bool)> {
    let end = block.all().end;
    let is_read = |value: usize| last_readers[value].is_some_and(|step| step >= end);
    let mut results = Vec::new();
    for step in block.once() {
        for output in 0..program.steps[step].outputs().count() {
            let steps = program.steps[step..].iter().step_by(block.length).take(block.times);
            let numbers: Vec<usize> = steps.filter_map(|step| step.outputs().nth(output)).collect();
            let first = numbers.iter().position(|value| is_read(*value));
            results.extend(first.map(|first| (numbers, first + 1 < block.times)));
        }
    }
    results
}
