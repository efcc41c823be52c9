//! Passes: each rewrites a program into one that computes the same in fewer or faster steps.
//!
//! | file | pass |
//! |---|---|
//! | `dead` | steps that no output needs are left out |
//! | `constants` | steps that depend on no input are computed now |
//! | `repeats` | the same operation on the same inputs is computed once (common subexpressions) |
//! | `batch_norm` | the scale and the shift of a batch norm go into the weights of the product before it |
//! | `rescale` | other batch norms become elementwise steps |
//! | `fuse` | elementwise steps become one step, or a part of the product before them |
//! | `weights` | weights are packed or transformed for the kernels that read them |
//! | `consumers` | sums, softmaxes and pools become a part of the step that computes what they read |
//! | `checks` | indices that an earlier step has checked aren't checked again |
//! | `updates` | an optimizer's step runs as soon as its gradient is known |
//!
//! A pass is a function over a [`Program`], and a row of `PASSES`. It changes no bit of a result, unless its row says so.

mod batch_norm;
mod checks;
mod constants;
mod consumers;
mod dead;
mod fuse;
mod memo;
mod repeats;
mod rescale;
mod updates;
mod weights;

pub use memo::Memo;
pub(super) use memo::{Identity, text_of};

use super::{Output, Program};
use crate::array::ShapeError;
use crate::ops::{Signature, Step, ValueId};

/// Which passes rewrite a program before it is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Rewrites {
    /// Steps run one by one, as they were recorded, but for those that no output needs, and those that depend on no
    /// input.
    Nothing,
    /// Those that change no bit of a result: repeated steps, elementwise steps and products are fused, weights are packed, sums and
    /// pools read what fused steps compute while it is in a cache, updates of parameters follow their gradients.
    Exact,
    /// The others as well: the scale and the shift of a batch norm go into the weights before it. The weights are computed
    /// in `f64` and rounded once, so that each result is one of a layer whose weights differ from the true ones by 2⁻²⁴ of
    /// their size.
    #[default]
    All,
}

/// A pass.
struct Pass {
    /// It runs for these rewrites and those after them.
    from: Rewrites,
    run: fn(&mut Program, &Memo) -> Result<(), ShapeError>,
}

/// All passes, in the order in which they run.
const PASSES: &[Pass] = &[
    Pass { from: Rewrites::Nothing, run: dead::run },
    Pass { from: Rewrites::Nothing, run: constants::run },
    Pass { from: Rewrites::Exact, run: repeats::run },
    Pass { from: Rewrites::All, run: batch_norm::run },
    Pass { from: Rewrites::Exact, run: rescale::run },
    Pass { from: Rewrites::Exact, run: fuse::run },
    Pass { from: Rewrites::Exact, run: weights::run },
    Pass { from: Rewrites::Exact, run: consumers::run },
    Pass { from: Rewrites::Exact, run: checks::run },
    Pass { from: Rewrites::Exact, run: updates::run },
];

/// The program after all passes, and the number of steps after each.
pub(super) fn rewrite(
    program: &Program,
    rewrites: Rewrites,
    memo: &Memo,
) -> Result<(Program, Vec<usize>), ShapeError> {
    let (mut program, mut counts) = (program.clone(), Vec::new());
    for pass in PASSES.iter().filter(|pass| pass.from <= rewrites) {
        (pass.run)(&mut program, memo)?;
        counts.push(program.steps.len());
    }
    program.shrink_to_fit();
    Ok((program, counts))
}

impl Program {
    /// A new value.
    fn add_value(&mut self, signature: Signature) -> ValueId {
        self.values.push(signature)
    }

    /// Frees the room for what passes have removed: a plan keeps the program.
    fn shrink_to_fit(&mut self) {
        self.values.shrink_to_fit();
        self.steps.shrink_to_fit();
        self.steps.iter_mut().for_each(|step| step.inputs.shrink_to_fit());
    }

    /// For each value, the step that computes it.
    pub(super) fn producers(&self) -> Vec<Option<usize>> {
        let mut producers = vec![None; self.values.len()];
        for (index, step) in self.steps.iter().enumerate() {
            step.outputs().for_each(|output| producers[output] = Some(index));
        }
        producers
    }

    /// For each value, the steps that read it, once for each operand. The outputs of the program are read by a step after
    /// the last one.
    fn readers(&self) -> Vec<Vec<usize>> {
        let mut readers = vec![Vec::new(); self.values.len()];
        let results = self.results();
        let lists = self.steps.iter().map(|step| &step.inputs).chain([&results]);
        for (index, operands) in lists.enumerate() {
            for value in operands.iter().filter_map(Output::value) {
                readers[value].push(index);
            }
        }
        readers
    }

    /// The shapes of the inputs of a step.
    fn input_signatures(&self, step: &Step) -> Vec<Signature> {
        step.inputs.iter().map(|input| self.signature(input)).collect()
    }

    /// All results: the outputs, and the values of variables after a run.
    fn results_mut(&mut self) -> impl Iterator<Item = &mut Output> {
        let updates = self.variables.iter_mut().filter_map(|variable| variable.update.as_mut());
        self.outputs.iter_mut().chain(updates)
    }

    /// Keeps the steps for which `keep` is true.
    fn retain_steps(&mut self, mut keep: impl FnMut(usize, &Step) -> bool) {
        let mut index = 0;
        self.steps.retain(|step| {
            index += 1;
            keep(index - 1, step)
        });
    }
}

impl Output {
    /// The value, unless it is a constant.
    pub(super) fn value(&self) -> Option<ValueId> {
        match self {
            Self::Value(value) => Some(*value),
            Self::Constant(_) => None,
        }
    }
}
