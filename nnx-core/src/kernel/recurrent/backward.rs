//! The backward pass, from the last step to the first.

use super::gates::{self, Step, Units};
use super::packing::Blocks;
use super::{Cell, Sizes, for_tasks};
use crate::kernel::Float;
use crate::kernel::gemm::{MatrixMut, MatrixRef};
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
    let blocks = Blocks::new(transposed, [width, 1, hidden], time);
    let cuts = blocks.cuts(sizes.tasks(blocks.count()));
    carry.fill(E::ZERO);
    for t in (0..time).rev() {
        let here = t * step..(t + 1) * step;
        let after: List<&[E]> = states.iter().map(|part| &part[here.clone()]).collect();
        let to_carry: List<&[E]> = dy.iter().map(|part| &part[here.clone()]).collect();
        let before: List<&[E]> = (0..cell.carries())
            .map(|part| match t {
                0 => &first[part * step..][..step],
                _ => &states[part][(t - 1) * step..][..step],
            })
            .collect();
        let step_of = Step { before: &before, after: &after, gradients: &to_carry };

        let (dx, next) = dx.split_at_mut((t + 1) * batch * width);
        let of_step = |all| -> (MatrixMut<'_, E>, usize) {
            (MatrixMut::new(all, [batch, width], width), cell.gates())
        };
        let mut outputs = scratch::list();
        outputs.push((MatrixMut::new(&mut carry[..step], [batch, hidden], hidden), 1));
        outputs.push(of_step(&mut dx[t * batch * width..]));
        let next: &[E] = match &mut projection {
            None => next,
            Some(projection) => {
                let (now, next) = projection.split_at_mut((t + 1) * batch * width);
                outputs.push(of_step(&mut now[t * batch * width..]));
                next
            }
        };
        for_tasks(outputs.drain(..), &cuts, &|task, columns| {
            let units = cuts[task]..cuts[task + 1];
            let mut dh = scratch::filled(batch * blocks.width(), E::ZERO);
            for index in blocks.between(&units) {
                let all = blocks.units(index);
                let dh = &mut dh[..batch * all.len()];
                if !next.is_empty() {
                    blocks.product(index, &next[..batch * width], batch, None, dh);
                }
                let own = all.start - units.start..all.end - units.start;
                gates::backward(sizes, &Units { all, own }, dh, &step_of, columns);
            }
        });
    }
    // The gradient of the first carry flows through the projection of the first step, too.
    let of_first: &[E] = projection.as_deref().unwrap_or(dx);
    let whole = Blocks::new(transposed, [width, 1, hidden], 1);
    let mut dh = scratch::filled(step, E::ZERO);
    whole.product(0, &of_first[..batch * width], batch, None, &mut dh);
    let output = &mut carry[(cell.carries() - 1) * step..];
    output.iter_mut().zip(&dh).for_each(|(carry, dh)| *carry += *dh);
}
