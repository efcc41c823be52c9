//! The results of a run over a sequence.

use super::steps::{stacked, unstacked, whole_like};
use crate::nn::lengths::arange;
use crate::ops::DynTensor;

/// The carries and the outputs of all steps.
#[doc(hidden)]
#[derive(Debug)]
#[allow(unreachable_pub, reason = "a method of a public trait returns it")]
pub struct Sequence {
    pub(super) after: After,
    /// The outputs `(T, B, H)`; `None` if there are no steps.
    pub(super) outputs: Option<DynTensor>,
}

/// The parts of the carry after each step.
#[derive(Debug)]
pub(super) enum After {
    /// A carry for each step.
    Each(Vec<Vec<DynTensor>>),
    /// For each part of the carry, one tensor with its values after all steps.
    Stacked(Vec<DynTensor>),
}

impl Sequence {
    /// From the carries after all steps as one tensor `(parts, T, B, H)`, whose last part is the output.
    pub(super) fn of_states(states: &DynTensor) -> Self {
        let rest = states.dims().without_axis(0);
        let part = |part| states.clone().slice(0, part, 1).reshape(&rest);
        let parts: Vec<DynTensor> = (0..states.dims()[0]).map(part).collect();
        let outputs = parts.last().filter(|output| output.dims()[0] > 0).cloned();
        Self { after: After::Stacked(parts), outputs }
    }

    /// The carry after each step.
    pub(super) fn carries(self) -> Vec<Vec<DynTensor>> {
        match self.after {
            After::Each(carries) => carries,
            After::Stacked(parts) => {
                let time = parts.first().map_or(0, |part| part.dims()[0]);
                let mut steps: Vec<_> = parts.into_iter().map(unstacked).collect();
                (0..time).map(|_| steps.iter_mut().filter_map(Iterator::next).collect()).collect()
            }
        }
    }

    /// The carry after the last step, or after the first `lengths[row]` steps of each row. `before` is the first carry.
    pub(super) fn last(
        after: After,
        before: Vec<DynTensor>,
        lengths: Option<&DynTensor>,
    ) -> Vec<DynTensor> {
        match (after, lengths) {
            (After::Each(mut carries), None) => carries.pop().unwrap_or(before),
            (After::Stacked(parts), None) => {
                let last = |(part, before): (DynTensor, DynTensor)| match part.dims()[0] {
                    0 => before,
                    time => part.slice(0, time - 1, 1).reshape(&before.dims()),
                };
                parts.into_iter().zip(before).map(last).collect()
            }
            (After::Each(carries), Some(lengths)) => {
                let part = |i: usize| {
                    let after = carries.iter().map(|carry| carry[i].clone());
                    stacked([before[i].clone()].into_iter().chain(after).collect())
                };
                let parts = (0..before.len()).filter_map(part);
                parts.map(|part| at_lengths(part, lengths)).collect()
            }
            (After::Stacked(parts), Some(lengths)) => {
                let all = |(part, before): (DynTensor, DynTensor)| {
                    let first = before.dims().insert_axis(0, 1);
                    let all = DynTensor::concat(vec![before.reshape(&first), part], 0);
                    at_lengths(all.expect("carries are of one shape"), lengths)
                };
                parts.into_iter().zip(before).map(all).collect()
            }
        }
    }
}

/// For each row, the part of the carry after `lengths[row]` steps. `all[t]` is this part after t steps.
fn at_lengths(all: DynTensor, lengths: &DynTensor) -> DynTensor {
    let dims = all.dims().without_axis(0);
    let rows = dims[0];
    if dims.elements() == 0 {
        return all.slice(0, 0, 1).reshape(&dims);
    }
    let steps = all.dims()[0];
    assert!(i32::try_from(steps * rows).is_ok(), "fewer than 2^31 rows");
    let merged = dims.with_axis(0, steps * rows);
    let first = lengths.clone() * whole_like(lengths, rows);
    all.reshape(&merged).gather(first + arange(rows))
}
