//! The forward pass, from the first step to the last.

use super::gates::{self, Units};
use super::packing::Blocks;
use super::{Sizes, for_tasks};
use crate::kernel::Float;
use crate::kernel::gemm::{MatrixMut, MatrixRef};
use crate::kernel::scratch::{self, List};

/// The inputs of a sequence.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Inputs<'a, E> {
    /// The projections of the inputs, with their bias: (time, batch, gates · hidden).
    pub(crate) x: &'a [E],
    /// The parts of the first carry: (parts, batch, hidden).
    pub(crate) carry: &'a [E],
    /// The recurrent weights: (hidden, gates · hidden).
    pub(crate) weights: &'a [E],
    /// The bias of the projection of the previous output, one element for each of its columns.
    pub(crate) bias: Option<&'a [E]>,
}

/// Writes the parts of the carry after each step, (parts, time, batch, hidden), and, if `out` has room for them,
/// [`Cell::SAVED`](super::Cell::SAVED) more parts that the backward pass reads.
pub(crate) fn forward<E: Float>(sizes: Sizes, inputs: Inputs<'_, E>, out: &mut [E]) {
    let Sizes { cell, time, batch, hidden } = sizes;
    let (step, width) = (sizes.step(), sizes.columns());
    assert_eq!(inputs.x.len(), time * batch * width, "a projection for each step");
    let mut parts: List<&mut [E]> = out.chunks_exact_mut(time * step).collect();
    let with_saved = cell.carries() + super::Cell::SAVED;
    assert!([cell.carries(), with_saved].contains(&parts.len()), "the parts of an output");

    let weights = MatrixRef::row_major(inputs.weights, width);
    let blocks = Blocks::new(weights, [hidden, cell.gates(), hidden], time);
    let cuts = blocks.cuts(sizes.tasks(blocks.count()));
    for (t, x) in inputs.x.chunks_exact(batch * width).enumerate() {
        let (mut before, mut outputs) = (scratch::list(), scratch::list());
        for (part, states) in parts.iter_mut().enumerate() {
            let (past, rest) = states.split_at_mut(t * step);
            outputs.push((MatrixMut::new(&mut rest[..step], [batch, hidden], hidden), 1));
            if part < cell.carries() {
                before.push(match t {
                    0 => &inputs.carry[part * step..][..step],
                    _ => &past[(t - 1) * step..],
                });
            }
        }
        let last = before[cell.carries() - 1];
        for_tasks(outputs.drain(..), &cuts, &|task, columns| {
            let units = cuts[task]..cuts[task + 1];
            let mut z = scratch::filled(batch * blocks.width(), E::ZERO);
            for index in blocks.between(&units) {
                let all = blocks.units(index);
                let z = &mut z[..batch * cell.gates() * all.len()];
                blocks.product(index, last, batch, inputs.bias, z);
                let own = all.start - units.start..all.end - units.start;
                gates::forward(sizes, &Units { all, own }, z, x, &before, columns);
            }
        });
    }
}
