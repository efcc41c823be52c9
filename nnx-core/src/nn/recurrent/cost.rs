//! The costs of recurrent layers, as constants.

use super::bounds::StepsOf;
use super::{Bidirectional, Rnn, RnnCell};
use crate::module::Cost;
use crate::nn::cost::{axis_size, largest};
use crate::size::Size;
use crate::tensor::{InputElement, Tensor};

/// The costs of a cell of `Hidden` units, with the default options.
pub trait CellCost: RnnCell {
    /// The gates, and the candidate state: each has a map of the input and a map of the last output.
    const GATES: u64;
    /// The tensors of the carry.
    const STATES: u64;
    /// The elementwise operations for each unit in one step.
    const ELEMENTWISE: u64;
    /// The tensors (batch, hidden) that are in use at one time within a step, besides gates and carries.
    const TEMPORARIES: u64;
    /// Whether one operation computes all steps. Then the outputs are a part of the tensor of all carries.
    const ONE_OPERATION: bool = false;
    /// Whether the weights of the gates are concatenated before the first step.
    const CONCATENATES: bool = false;
}

/// The elements that are in use in the phases of a run over an input of shape `S`.
struct Phases {
    /// The input, and its map to all gates of all steps.
    start: u64,
    /// The steps.
    steps: u64,
    /// All carries, and the outputs as one tensor.
    end: u64,
    /// Bytes that the outputs and the last carry keep in memory.
    kept: u64,
    /// If the outputs are reversed into a tensor of their own that takes more memory: its number of elements.
    reversed: u64,
}

const fn phases<S: StepsOf<C::In>, C: CellCost>() -> Phases {
    let (batch, rows) = (axis_size::<S>(0), axis_size::<S>(0) * axis_size::<S>(1));
    let (features, hidden) = (C::In::USIZE as u64, C::Hidden::USIZE as u64);
    let gates = C::GATES * hidden;
    let copies = C::CONCATENATES as u64;
    let carries = C::STATES * rows * hidden;
    Phases {
        start: rows * (features + gates) + copies * gates * (features + hidden + 1),
        steps: rows * gates + carries + C::TEMPORARIES * batch * hidden + copies * gates * hidden,
        end: if C::ONE_OPERATION { carries } else { carries + rows * hidden },
        kept: if C::ONE_OPERATION { carries } else { rows * hidden + C::STATES * batch * hidden },
        reversed: if C::ONE_OPERATION { rows * hidden } else { 0 },
    }
}

const fn flops<S: StepsOf<C::In>, C: CellCost>() -> u64 {
    let (features, hidden) = (C::In::USIZE as u64, C::Hidden::USIZE as u64);
    let maps = C::GATES * hidden * (2 * features + 1 + 2 * hidden);
    axis_size::<S>(0) * axis_size::<S>(1) * (maps + C::ELEMENTWISE * hidden)
}

impl<S, F, C> Cost<Tensor<S, F>> for Rnn<C>
where
    S: StepsOf<C::In>,
    F: InputElement<C::Element>,
    C: CellCost,
{
    const FLOPS: u64 = flops::<S, C>();
    const ACTIVATION_BYTES: u64 = {
        let Phases { start, steps, end, .. } = phases::<S, C>();
        largest(&[start, steps, end]) * size_of::<C::Element>() as u64
    };
}

impl<S, F, Forward, Backward> Cost<Tensor<S, F>> for Bidirectional<Forward, Backward>
where
    S: StepsOf<Forward::In> + StepsOf<Backward::In>,
    F: InputElement<Forward::Element>,
    Forward: CellCost,
    Backward: CellCost<In = Forward::In, Element = Forward::Element>,
{
    const FLOPS: u64 = flops::<S, Forward>() + flops::<S, Backward>();
    const ACTIVATION_BYTES: u64 = {
        let rows = axis_size::<S>(0) * axis_size::<S>(1);
        let (hidden, back) = (Forward::Hidden::USIZE as u64, Backward::Hidden::USIZE as u64);
        let element = size_of::<Forward::Element>() as u64;
        let x = rows * Forward::In::USIZE as u64;
        let (first, second) = (phases::<S, Forward>(), phases::<S, Backward>());
        // The output and the last carry of the forward cell are kept during the run of the backward cell.
        let kept = first.kept;
        let most = largest(&[
            first.start,
            x + first.steps,
            x + first.end,
            kept + second.start,
            kept + second.steps,
            rows * (hidden + back) + kept + second.kept + second.reversed,
        ]);
        // Input and output of the backward cell are reversed by an index (time, batch) of i32.
        let reversed = largest(&[kept + 2 * x, kept + second.end + rows * back]);
        largest(&[most * element, reversed * element + rows * size_of::<i32>() as u64])
    };
}
