//! The forward pass, from the first step to the last.

use super::gates::{self, Units};
use super::packing::Blocks;
use super::{Sizes, for_tasks};
use crate::kernel::Float;
use crate::kernel::gemm::{MatrixMut, MatrixRef};
use crate::kernel::parallel;
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
    let with_saved = cell.carries() + super::Cell::SAVED;
    let parts = if out.is_empty() { cell.carries() } else { out.len() / (time * step) };
    assert!([cell.carries(), with_saved].contains(&parts), "the parts of an output");
    if out.is_empty() {
        return;
    }

    let weights = MatrixRef::row_major(inputs.weights, width);
    let blocks = Blocks::new(weights, [hidden, cell.gates(), hidden], time);
    let mut tasks: List<Task<'_, E>> = sizes
        .examples()
        .map(|own| Task { first: own.start, rows: own.len(), parts: scratch::list() })
        .collect();
    for part in out.chunks_exact_mut(time * step) {
        let mut rest = MatrixMut::new(part, [time, step], step);
        for task in &mut tasks {
            let (own, after) = rest.split_columns(task.rows * hidden);
            task.parts.push(own);
            rest = after;
        }
    }
    parallel::for_chunks(&mut tasks, 1, true, &|_, tasks| {
        tasks.iter_mut().for_each(|task| task.run(sizes, inputs, &blocks));
    });
}

/// Some examples of the batch, in all steps.
struct Task<'a, E> {
    /// The first example, and their number.
    first: usize,
    rows: usize,
    /// Each part of the output, (time, rows · hidden).
    parts: List<MatrixMut<'a, E>>,
}

impl<E: Float> Task<'_, E> {
    fn run(&mut self, all: Sizes, inputs: Inputs<'_, E>, blocks: &Blocks<'_, E>) {
        let sizes = Sizes { batch: self.rows, ..all };
        let Sizes { cell, time, batch, hidden } = sizes;
        let width = sizes.columns();
        // All threads share the units only if they don't share the examples.
        let cuts = blocks.cuts(if batch == all.batch { sizes.tasks(blocks.count()) } else { 1 });
        for t in 0..time {
            let x = &inputs.x[(t * all.batch + self.first) * width..][..batch * width];
            let (mut before, mut outputs) = (scratch::list(), scratch::list());
            for (part, states) in self.parts.iter_mut().enumerate() {
                let (now, past) = states.row_and(t, t.checked_sub(1));
                outputs.push((MatrixMut::new(now, [batch, hidden], hidden), 1));
                if part < cell.carries() {
                    let first = part * all.step() + self.first * hidden;
                    before.push(past.unwrap_or(&inputs.carry[first..][..sizes.step()]));
                }
            }
            let last = before[cell.carries() - 1];
            for_tasks(outputs.drain(..), &cuts, &|task, columns| {
                let units = cuts[task]..cuts[task + 1];
                let length = batch * blocks.width();
                let mut z = scratch::filled(length + scratch::line_of::<E>(), E::ZERO);
                let z = scratch::aligned(&mut z, length);
                for index in blocks.between(&units, t) {
                    let all = blocks.units(index);
                    let z = &mut z[..batch * cell.gates() * all.len()];
                    gates::prefetch(sizes, &all, x);
                    blocks.product(index, last, batch, inputs.bias, z);
                    let own = all.start - units.start..all.end - units.start;
                    gates::forward(sizes, &Units { all, own }, z, x, &before, columns);
                }
            });
        }
    }
}
