//! The backward pass, from the last step to the first.

use super::gates::{self, Step, Units};
use super::packing::{Blocks, Packed};
use super::{Cell, Sizes, for_tasks};
use crate::kernel::Float;
use crate::kernel::gemm::{MatrixMut, MatrixRef};
use crate::kernel::parallel;
use crate::kernel::scratch::{self, List};

/// The gradients of the inputs of a sequence.
#[derive(Debug)]
pub(crate) struct Gradients<'a, E> {
    /// Of the projections of the inputs, (time, batch, gates · hidden).
    pub(crate) x: &'a mut [E],
    /// Of the first carry, (parts, batch, hidden).
    pub(crate) carry: &'a mut [E],
    /// For a GRU, of the projections of the previous outputs. For an LSTM they equal those of the inputs.
    pub(crate) projection: Option<&'a mut [E]>,
}

/// Computes the gradients of the inputs from the gradients of the carries after all steps, `dy` (parts, time, batch,
/// hidden). `first` and `weights` are the first carry and the recurrent weights, `states` is the output of
/// [`forward`](super::forward), including the parts saved for backward.
pub(crate) fn backward<E: Float>(
    sizes: Sizes,
    [first, weights]: [&[E]; 2],
    states: &[E],
    dy: &[E],
    gradients: Gradients<'_, E>,
) {
    let Sizes { cell, time, batch, hidden } = sizes;
    let (step, width) = (sizes.step(), sizes.columns());
    let [states, dy]: [List<&[E]>; 2] =
        [states, dy].map(|parts| parts.chunks_exact(time * step).collect());
    assert_eq!(states.len(), cell.carries() + Cell::SAVED, "the parts of the states");
    assert_eq!(dy.len(), cell.carries(), "a gradient for each part of the carry");
    let Gradients { x: dx, carry, mut projection } = gradients;
    assert_eq!(projection.is_some(), cell == Cell::Gru, "a GRU has two projections");

    let transposed = MatrixRef::row_major(weights, width).transposed();
    let packed = Packed::new(transposed, [width, 1, hidden], time);
    let blocks = Blocks::new(transposed, &packed);
    carry.fill(E::ZERO);
    let steps = Steps { sizes, first, states: &states, gradients: &dy, blocks: &blocks };
    let matrix = |all| MatrixMut::new(all, [time, batch * width], batch * width);
    let (mut all_x, mut all_projections) =
        (matrix(&mut *dx), projection.as_deref_mut().map(matrix));
    let mut all_carries = &mut carry[..step];
    let mut tasks = scratch::list();
    for own in sizes.examples() {
        let (first, rows) = (own.start, own.len());
        let (carry, after) = all_carries.split_at_mut(rows * hidden);
        all_carries = after;
        let (x, after) = all_x.split_columns(rows * width);
        all_x = after;
        let mut projection = None;
        if let Some(all) = all_projections.take() {
            let (part, after) = all.split_columns(rows * width);
            (projection, all_projections) = (Some(part), Some(after));
        }
        tasks.push(Task { first, rows, carry, x, projection });
    }
    parallel::for_chunks(&mut tasks, 1, true, &|_, tasks| {
        tasks.iter_mut().for_each(|task| task.run(&steps));
    });
    drop(tasks);
    // The gradient of the first carry flows through the projection of the first step, too.
    let of_first: &[E] = projection.as_deref().unwrap_or(dx);
    let unpacked = Packed::new(transposed, [width, 1, hidden], 1);
    let whole = Blocks::new(transposed, &unpacked);
    let mut dh = scratch::filled(step, E::ZERO);
    whole.product(0, &of_first[..batch * width], batch, None, &mut dh);
    let output = &mut carry[(cell.carries() - 1) * step..];
    output.iter_mut().zip(&dh).for_each(|(carry, dh)| *carry += *dh);
}

/// What all tasks read.
struct Steps<'a, E> {
    sizes: Sizes,
    /// The first carry.
    first: &'a [E],
    /// The parts of the states, and the gradients of the parts of the carry, in all steps.
    states: &'a [&'a [E]],
    gradients: &'a [&'a [E]],
    blocks: &'a Blocks<'a, E>,
}

/// Some examples of the batch, in all steps.
struct Task<'a, E> {
    /// The first example, and their number.
    first: usize,
    rows: usize,
    /// The gradient of the first part of the carry, (rows, hidden).
    carry: &'a mut [E],
    /// The gradients of the projections of the inputs, (time, rows · width), and for a GRU of the previous outputs.
    x: MatrixMut<'a, E>,
    projection: Option<MatrixMut<'a, E>>,
}

impl<E: Float> Task<'_, E> {
    fn run(&mut self, steps: &Steps<'_, E>) {
        let Steps { sizes: all, first, states, gradients, blocks } = *steps;
        let sizes = Sizes { batch: self.rows, ..all };
        let Sizes { cell, time, batch, hidden } = sizes;
        let width = sizes.columns();
        // All threads share the units only if they don't share the examples.
        let cuts = blocks.cuts(if batch == all.batch { sizes.tasks(blocks.count()) } else { 1 });
        for t in (0..time).rev() {
            let at = |t: usize| t * all.step() + self.first * hidden;
            let here = at(t)..at(t) + sizes.step();
            let after: List<&[E]> = states.iter().map(|part| &part[here.clone()]).collect();
            let to_carry: List<&[E]> = gradients.iter().map(|part| &part[here.clone()]).collect();
            let before: List<&[E]> = (0..cell.carries())
                .map(|part| match t {
                    0 => &first[at(part)..][..sizes.step()],
                    _ => &states[part][at(t - 1)..][..sizes.step()],
                })
                .collect();
            let step_of = Step { before: &before, after: &after, gradients: &to_carry };

            let of_step = |all| (MatrixMut::new(all, [batch, width], width), cell.gates());
            let later = Some(t + 1).filter(|&later| later < time);
            let mut outputs = scratch::list();
            outputs.push((MatrixMut::new(&mut *self.carry, [batch, hidden], hidden), 1));
            let (now, mut next) = self.x.row_and(t, later);
            outputs.push(of_step(now));
            if let Some(projection) = &mut self.projection {
                let (now, of_projection) = projection.row_and(t, later);
                outputs.push(of_step(now));
                next = of_projection;
            }
            for_tasks(outputs.drain(..), &cuts, &|task, columns| {
                let units = cuts[task]..cuts[task + 1];
                let length = batch * blocks.width();
                let mut dh = scratch::filled(length + scratch::line_of::<E>(), E::ZERO);
                let dh = scratch::aligned(&mut dh, length);
                for index in blocks.between(&units, t) {
                    let all = blocks.units(index);
                    let dh = &mut dh[..batch * all.len()];
                    if let Some(next) = next {
                        blocks.product(index, next, batch, None, dh);
                    }
                    let own = all.start - units.start..all.end - units.start;
                    gates::backward(sizes, &Units { all, own }, dh, &step_of, columns);
                }
            });
        }
    }
}
