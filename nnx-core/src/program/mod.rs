//! Programs: the operations that a function has run, as a value that can be printed, planned and run again.
//!
//! A program is recorded by one run of the function on traced inputs ([`record`](crate::module::record)): each operation that depends on an
//! input becomes a step. It is a list of steps with numbered values, without branches or loops. A [`Plan`] is made
//! from it once, and runs it: what depends on no input of a run is computed when the plan is made, what no output
//! needs is left out, steps are fused, weights are packed, and each array is freed, or overwritten, at its last use.
//!
//! | file | what it holds |
//! |---|---|
//! | `record` | makes a program of a run |
//! | `text`, `lines`, `view` | a program and a plan as text, and their steps, a block that repeats once; a program as data |
//! | `repeated` | blocks of steps that repeat |
//! | `passes` | rewrites of a program, one each |
//! | `plan`, `slot_allocator`, `memory` | how a program runs, which slot holds each value, and the memory |
//! | `replay`, `step` | runs of a plan with variables that change |
//! | `profile`, `svg` | the time of each step beside its floor; a picture of both |

mod lines;
mod memory;
mod passes;
mod plan;
mod profile;
mod record;
mod repeated;
mod replay;
mod slot_allocator;
mod step;
mod svg;
mod text;
mod view;

pub use passes::{Memo, Rewrites};
pub use plan::Plan;
pub use profile::{Profile, StepTime};
pub(crate) use record::Recorder;
#[cfg(feature = "safetensors")]
pub(crate) use repeated::{Item, Kind, Node, find};
pub use repeated::{Repeat, RepeatedOperand, RepeatedResult};
pub(crate) use replay::Slots;
pub use view::{OperandView, StepView, VariableView};

use crate::array::Array;
use crate::ops::{Guard, Signature, Signatures, Step, ValueId};

/// The operations of a function that has run: inputs, variables, steps and outputs.
///
/// `Display` prints one step a line, with the shape and the element type of its output:
///
/// ```
/// use nnx_core::{Tensor, module::{Init, compile}, nn::Linear, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{U2, U3};
///
/// let model = Linear::<U3, U2>::init(&mut Rngs::new(0));
/// let linear = compile::<Tensor![4, 3], _>(&model);
/// let program = linear.program(Tensor::zeros())?;
/// assert_eq!(
///     program.to_string(),
///     "program (%0: (4, 3) f32)\n\
///      variables\n  \
///        %1 = kernel: (3, 2) f32\n  \
///        %2 = bias: (2,) f32\n\
///      steps\n  \
///        %3 = linear %0 %1 %2: (4, 2) f32\n\
///      return %3\n"
/// );
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Program {
    /// Shape and type of each value.
    pub(crate) values: Signatures,
    /// The inputs: values that the caller gives for each run.
    pub(crate) inputs: Vec<ValueId>,
    /// The variables of modules: their paths, and the values that they had during the recording.
    pub(crate) variables: Vec<ProgramVariable>,
    /// The steps, in the order in which they ran.
    pub(crate) steps: Vec<Step>,
    pub(crate) outputs: Vec<Output>,
    /// Counters on which a branch of the function has depended: the program is that of runs with these numbers.
    pub(crate) guards: Vec<Guard>,
}

/// A variable that a program reads.
#[derive(Debug, Clone)]
pub(crate) struct ProgramVariable {
    pub(crate) path: String,
    pub(crate) value: ValueId,
    /// Its array, or none if each run is given one: in a recorded step.
    pub(crate) array: Option<Array>,
    /// What it is after a run, in a recorded step.
    pub(crate) update: Option<Output>,
}

/// A result of a program.
pub(crate) use crate::ops::Operand as Output;

impl Program {
    /// The number of steps.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps.len()
    }

    /// The floating-point operations of all steps: 2 for a multiply-add, 1 for an elementary function.
    #[must_use]
    pub fn flops(&self) -> u64 {
        let flops = |step: &Step| {
            let inputs: Vec<Signature> =
                step.inputs.iter().map(|input| self.signature(input)).collect();
            step.operation.flops(&inputs, &self.values[step.output])
        };
        self.steps.iter().map(flops).fold(0, u64::saturating_add)
    }

    /// The variables that each run is given.
    fn given_variables(&self) -> impl Iterator<Item = &ProgramVariable> {
        self.variables.iter().filter(|variable| variable.array.is_none())
    }

    /// The outputs, and behind them the values of these variables after a run.
    pub(crate) fn results(&self) -> Vec<Output> {
        let updates = self.given_variables().map(|variable| match &variable.update {
            Some(update) => update.clone(),
            None => Output::Value(variable.value),
        });
        self.outputs.iter().cloned().chain(updates).collect()
    }

    pub(crate) fn signature(&self, operand: &Output) -> Signature {
        match operand {
            Output::Value(value) => self.values[*value],
            Output::Constant(array) => Signature::of(array),
        }
    }
}
