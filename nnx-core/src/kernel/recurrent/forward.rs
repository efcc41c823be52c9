//! The forward pass, from the first step to the last.

use std::ops::Range;

use super::gates::{self, Units};
use super::packing::{self, Blocks, Packed};
use super::{Sizes, for_tasks};
use crate::kernel::Float;
use crate::kernel::gemm::{MatrixMut, MatrixRef};
use crate::kernel::parallel;
use crate::kernel::scratch::{self, List};

/// The inputs of a sequence.
#[derive(Clone, Copy)]
pub(crate) struct Inputs<'a, E> {
    /// The projections of the inputs, with their bias: (time, batch, gates · hidden).
    pub(crate) x: &'a [E],
    /// The parts of the first carry: (parts, batch, hidden).
    pub(crate) carry: &'a [E],
    /// The recurrent weights: (hidden, gates · hidden).
    pub(crate) weights: &'a [E],
    /// The bias of the projection of the previous output, one element for each of its columns.
    pub(crate) bias: Option<&'a [E]>,
    /// The recurrent weights as [`pack`] returned them, if they were packed before.
    pub(crate) packed: Option<&'a Packed<E>>,
}

/// Whether the recurrent weights are packed. Otherwise they are read in place.
pub(crate) fn packs(sizes: Sizes) -> bool {
    packing::packs(sizes.hidden, sizes.time)
}

/// The recurrent weights, packed for any number of sequences of these steps.
pub(crate) fn pack<E: Float>(sizes: Sizes, weights: &[E]) -> Packed<E> {
    let Sizes { cell, time, hidden, .. } = sizes;
    let weights = MatrixRef::row_major(weights, sizes.columns());
    Packed::new(weights, [hidden, cell.gates(), hidden], time)
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
    let size = [hidden, cell.gates(), hidden];
    let own;
    let packed = match inputs.packed.filter(|packed| packed.suits(size, time)) {
        Some(packed) => packed,
        None => {
            own = Packed::new(weights, size, time);
            &own
        }
    };
    let blocks = Blocks::new(weights, packed);
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
                let rows = blocks.tiles(batch).map(|rows| rows.end - rows.start).max();
                let length = rows.unwrap_or(0) * blocks.width();
                let mut z = scratch::filled(length + scratch::line_of::<E>(), E::ZERO);
                let z = scratch::aligned(&mut z, length);
                let row = |units: &Range<usize>, row: usize| {
                    gates::prefetch(sizes, units, &x[row * width..][..width]);
                };
                let mut order = blocks.between(&units, t).peekable();
                let first = order.peek().map(|&index| blocks.units(index));
                blocks.tiles(batch).next().into_iter().flatten().for_each(|i| {
                    first.iter().for_each(|units| row(units, i));
                });
                while let Some(index) = order.next() {
                    let all = blocks.units(index);
                    let next = order.peek().map(|&index| blocks.units(index));
                    let own = all.start - units.start..all.end - units.start;
                    let units = Units { all, own };
                    for rows in blocks.tiles(batch) {
                        let each = cell.gates() * units.all.len();
                        let z = &mut z[..rows.len() * each];
                        let last = &last[rows.start * hidden..];
                        blocks.product(index, last, rows.len(), inputs.bias, z);
                        // The projections of the next tile are fetched a few at a time: a processor leaves out a prefetch if
                        // many are under way.
                        for (i, z) in z.chunks_mut(2 * each).enumerate() {
                            let start = rows.start + 2 * i;
                            let own = start..rows.end.min(start + 2);
                            let ahead = own.start + rows.len()..own.end + rows.len();
                            gates::forward(sizes, &units, own, z, x, &before, columns);
                            for i in ahead {
                                match (i.checked_sub(batch), &next) {
                                    (None, _) => row(&units.all, i),
                                    (Some(i), Some(next)) => row(next, i),
                                    (Some(_), None) => {}
                                }
                            }
                        }
                    }
                }
            });
        }
    }
}
